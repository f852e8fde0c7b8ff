//! Which column is which: by name, in any order, under the names seen in the wild.

use super::table::Table;
use crate::failure::CliError;

/// A column that has a place of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Field {
    Id,
    Ykiho,
    Name,
    Kind,
    Address,
    Sido,
    Sigungu,
    Dong,
    Phone,
    Lat,
    Lon,
    Departments,
    DoctorsCount,
    OpenedOn,
}

/// The field and its names in files.
const FIELDS: [(Field, &[&str]); 14] = [
    (Field::Id, &["id"]),
    (Field::Ykiho, &["ykiho", "암호화요양기호", "요양기호", "암호화된요양기호"]),
    (
        Field::Name,
        &["name", "요양기관명", "요양기관명칭", "의료기관명", "기관명", "병원명", "yadmnm"],
    ),
    (Field::Kind, &["type", "kind", "종별코드명", "종별명", "종별", "요양종별", "clcdnm"]),
    (Field::Address, &["address", "주소", "도로명주소", "소재지", "소재지도로명주소", "addr"]),
    (Field::Sido, &["sido", "시도코드명", "시도명", "시도", "sidocdnm"]),
    (Field::Sigungu, &["sigungu", "시군구코드명", "시군구명", "시군구", "sggucdnm"]),
    (Field::Dong, &["dong", "읍면동", "읍면동명", "emdongnm"]),
    (Field::Phone, &["phone", "전화번호", "대표전화", "telno"]),
    (Field::Lat, &["lat", "latitude", "좌표(y)", "y좌표", "위도", "ypos"]),
    (Field::Lon, &["lon", "lng", "longitude", "좌표(x)", "x좌표", "경도", "xpos"]),
    (
        Field::Departments,
        &["departments", "진료과목", "진료과목명", "진료과목코드명", "진료과목내용명"],
    ),
    (Field::DoctorsCount, &["doctors_count", "총의사수", "의사총수", "의사수", "drtotcnt"]),
    (Field::OpenedOn, &["opened_on", "개설일자", "개설일", "estbdd"]),
];

/// Columns that are kept together as JSON: their name there, and other names in files.
const DETAILS: [(&str, &[&str]); 19] = [
    ("department_specialists", &[]),
    ("specialists_count", &["전문의수"]),
    ("beds", &["병상수", "총병상수"]),
    ("mon", &["진료시간월"]),
    ("tue", &["진료시간화"]),
    ("wed", &["진료시간수"]),
    ("thu", &["진료시간목"]),
    ("fri", &["진료시간금"]),
    ("sat", &["진료시간토"]),
    ("sun", &["진료시간일"]),
    ("lunch_weekday", &["점심시간_평일", "점심시간"]),
    ("lunch_sat", &["점심시간_토요일"]),
    ("closed_sunday", &["휴진안내_일요일", "일요일휴진안내"]),
    ("closed_holiday", &["휴진안내_공휴일", "공휴일휴진안내"]),
    ("er_day", &["응급실_주간_운영여부"]),
    ("er_night", &["응급실_야간_운영여부"]),
    ("parking", &["주차_가능대수", "주차가능대수"]),
    ("url", &["병원홈페이지", "홈페이지", "hospurl"]),
    ("phone_raw", &[]),
];

/// What a file has columns for: an import overwrites that and keeps the rest.
pub struct ListedColumns {
    pub fields: Vec<Field>,
    pub details: Vec<&'static str>,
}

/// The columns of one file.
pub struct Columns {
    fields: Vec<(Field, usize)>,
    pub details: Vec<(&'static str, usize)>,
    /// Columns that are not imported, by their names in the file.
    pub ignored: Vec<String>,
}

impl Columns {
    /// Finds the columns; a list without names or addresses is refused, and the missing column named.
    pub fn find(table: &Table) -> Result<Self, CliError> {
        let columns = Self::of(&table.header);
        for (field, name) in
            [(Field::Name, "name (요양기관명)"), (Field::Address, "address (주소)")]
        {
            if columns.index(field).is_none() {
                let found = table.header.join(", ");
                let reason = format!("the column {name} is missing; the file has: {found}");
                return Err(CliError::Table { path: table.path.clone(), reason });
            }
        }
        Ok(columns)
    }

    /// The columns of a file of details: its ids are what it must have.
    pub fn find_details(table: &Table) -> Result<Self, CliError> {
        let columns = Self::of(&table.header);
        if columns.index(Field::Id).is_none() {
            return Err(CliError::Table {
                path: table.path.clone(),
                reason: "the column id is missing".to_owned(),
            });
        }
        Ok(columns)
    }

    fn of(header: &[String]) -> Self {
        let mut columns = Self { fields: Vec::new(), details: Vec::new(), ignored: Vec::new() };
        for (index, title) in header.iter().enumerate() {
            let plain = plain(title);
            let is =
                |name: &str, others: &[&str]| name == plain || others.contains(&plain.as_str());
            // A column without a title is nobody's.
            let field = FIELDS
                .iter()
                .find(|(_, names)| names.contains(&plain.as_str()))
                .map(|(field, _)| *field);
            let detail =
                DETAILS.iter().find(|(name, others)| is(name, others)).map(|(name, _)| *name);
            match (field, detail) {
                (Some(field), _) if columns.index(field).is_none() => {
                    columns.fields.push((field, index));
                }
                (_, Some(name)) if columns.details.iter().all(|(known, _)| *known != name) => {
                    columns.details.push((name, index));
                }
                _ => columns.ignored.push(title.trim().to_owned()),
            }
        }
        columns
    }

    pub fn index(&self, field: Field) -> Option<usize> {
        self.fields.iter().find(|(known, _)| *known == field).map(|(_, index)| *index)
    }

    /// What the file tells, with a second file that adds `details`.
    pub fn listed(&self, details: Option<&[&'static str]>) -> ListedColumns {
        let mut listed = ListedColumns {
            fields: self.fields.iter().map(|(field, _)| *field).collect(),
            details: self.details.iter().map(|(name, _)| *name).collect(),
        };
        if let Some(details) = details {
            listed.fields.push(Field::Ykiho);
            listed.details.extend(details);
        }
        listed
    }
}

/// A title without blanks and letter case: exports differ in both.
fn plain(title: &str) -> String {
    title
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '\u{feff}')
        .flat_map(char::to_lowercase)
        .collect()
}
