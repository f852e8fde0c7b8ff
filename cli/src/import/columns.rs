//! Which column is which: by name, in any order, under the names seen in the wild.

use domain::unicode;
use std::collections::HashMap;
use std::sync::LazyLock;

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

impl Field {
    /// Under which name a person sets it, if anybody can (`hospital.edited`).
    pub const fn edited_as(self) -> Option<&'static str> {
        match self {
            Self::Name => Some("name"),
            Self::Kind => Some("kind"),
            Self::Address | Self::Sido | Self::Sigungu | Self::Dong => Some("address"),
            Self::Phone => Some("phone"),
            Self::Lat | Self::Lon => Some("location"),
            Self::Departments => Some("departments"),
            Self::Id | Self::Ykiho | Self::DoctorsCount | Self::OpenedOn => None,
        }
    }
}

/// A column of its own: the field, its name, how many characters fit (as `migrations` have it), and its names in files.
type FieldColumn = (Field, &'static str, usize, &'static [&'static str]);

#[rustfmt::skip]
const FIELDS: [FieldColumn; 14] = [
    (Field::Id, "id", 255, &[]),
    (Field::Ykiho, "ykiho", 255, &["암호화요양기호", "요양기호", "암호화된요양기호"]),
    (Field::Name, "name", 255, &["요양기관명", "요양기관명칭", "의료기관명", "기관명", "병원명", "yadmnm"]),
    (Field::Kind, "type", 64, &["kind", "종별코드명", "종별명", "종별", "요양종별", "clcdnm"]),
    (Field::Address, "address", 512, &["주소", "도로명주소", "소재지", "소재지도로명주소", "addr"]),
    (Field::Sido, "sido", 64, &["시도코드명", "시도명", "시도", "sidocdnm"]),
    (Field::Sigungu, "sigungu", 64, &["시군구코드명", "시군구명", "시군구", "sggucdnm"]),
    (Field::Dong, "dong", 64, &["읍면동", "읍면동명", "emdongnm"]),
    (Field::Phone, "phone", 64, &["전화번호", "대표전화", "telno"]),
    (Field::Lat, "lat", VALUE, &["latitude", "좌표(y)", "y좌표", "위도", "ypos"]),
    (Field::Lon, "lon", VALUE, &["lng", "longitude", "좌표(x)", "x좌표", "경도", "xpos"]),
    (Field::Departments, "departments", 16_000,
        &["진료과목", "진료과목명", "진료과목코드명", "진료과목내용명"]),
    (Field::DoctorsCount, "doctors_count", VALUE, &["총의사수", "의사총수", "의사수", "drtotcnt"]),
    (Field::OpenedOn, "opened_on", VALUE, &["개설일자", "개설일", "estbdd"]),
];

/// Bytes of a title that may be a known one, with blanks and decomposed.
const LONGEST_TITLE: usize = 200;
/// Characters of a title that a message repeats.
const TITLE_SHOWN: usize = 60;
/// Characters of a number or a date.
const VALUE: usize = 64;
/// Characters of a short text among the details.
const SHORT: usize = 255;

/// Columns that are kept together as JSON: their name there, how many characters fit, and other names in files. All at their
/// limits fit into the column `details` (a test adds them up).
#[rustfmt::skip]
const DETAILS: [(&str, usize, &[&str]); 19] = [
    ("department_specialists", 4_000, &[]),
    ("specialists_count", VALUE, &["전문의수"]),
    ("beds", VALUE, &["병상수", "총병상수"]),
    ("mon", SHORT, &["진료시간월"]),
    ("tue", SHORT, &["진료시간화"]),
    ("wed", SHORT, &["진료시간수"]),
    ("thu", SHORT, &["진료시간목"]),
    ("fri", SHORT, &["진료시간금"]),
    ("sat", SHORT, &["진료시간토"]),
    ("sun", SHORT, &["진료시간일"]),
    ("lunch_weekday", SHORT, &["점심시간_평일", "점심시간"]),
    ("lunch_sat", SHORT, &["점심시간_토요일"]),
    ("closed_sunday", SHORT, &["휴진안내_일요일", "일요일휴진안내"]),
    ("closed_holiday", SHORT, &["휴진안내_공휴일", "공휴일휴진안내"]),
    ("er_day", SHORT, &["응급실_주간_운영여부"]),
    ("er_night", SHORT, &["응급실_야간_운영여부"]),
    ("parking", SHORT, &["주차_가능대수", "주차가능대수"]),
    ("url", 2_048, &["병원홈페이지", "홈페이지", "hospurl"]),
    ("phone_raw", SHORT, &[]),
];

/// Every column that is imported, and how many characters fit.
pub fn limits() -> Vec<(&'static str, usize)> {
    let fields = FIELDS.iter().map(|(_, name, limit, _)| (*name, *limit));
    fields.chain(DETAILS.iter().map(|(name, limit, _)| (*name, *limit))).collect()
}

/// What a file has columns for: an import overwrites that and keeps the rest.
#[derive(Debug)]
pub struct ListedColumns {
    pub fields: Vec<Field>,
    pub details: Vec<&'static str>,
}

/// The columns of one file.
pub struct Columns {
    fields: Vec<(Field, usize)>,
    pub details: Vec<(&'static str, usize)>,
    /// All that are imported.
    pub used: Vec<Used>,
    /// Columns that are not imported, by their names in the file.
    pub ignored: Vec<String>,
}

/// A column that is imported: its name, where it stands, how many characters fit.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    pub name: &'static str,
    pub index: usize,
    pub limit: usize,
}

impl Columns {
    /// How many of these titles are known.
    pub fn known(titles: &[String]) -> usize {
        Self::of(titles).used.len()
    }

    /// These titles have what a list of institutions must have.
    pub fn names_institutions(titles: &[String]) -> bool {
        let columns = Self::of(titles);
        [Field::Name, Field::Address].iter().all(|field| columns.index(*field).is_some())
    }

    /// The columns under these titles.
    pub fn of(header: &[String]) -> Self {
        let (fields, details, used, ignored) = Default::default();
        let mut columns = Self { fields, details, used, ignored };
        for (index, title) in header.iter().enumerate() {
            match KNOWN.get(plain(title).as_str()).copied() {
                Some(Known::Field(field, name, limit)) if columns.index(field).is_none() => {
                    columns.fields.push((field, index));
                    columns.used.push(Used { name, index, limit });
                }
                Some(Known::Detail(name, limit))
                    if columns.details.iter().all(|(known, _)| *known != name) =>
                {
                    columns.details.push((name, index));
                    columns.used.push(Used { name, index, limit });
                }
                // A column without a title is nobody's.
                _ => columns.ignored.push(title.chars().take(TITLE_SHOWN).collect()),
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

#[derive(Clone, Copy)]
enum Known {
    Field(Field, &'static str, usize),
    Detail(&'static str, usize),
}

/// Every title that is known.
static KNOWN: LazyLock<HashMap<&'static str, Known>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    for (name, limit, others) in DETAILS {
        let titles = others.iter().copied().chain([name]);
        known.extend(titles.map(|title| (title, Known::Detail(name, limit))));
    }
    for (field, name, limit, others) in FIELDS {
        let titles = others.iter().copied().chain([name]);
        known.extend(titles.map(|title| (title, Known::Field(field, name, limit))));
    }
    known
});

/// The text is a title of a column that is imported.
pub fn is_title(text: &str) -> bool {
    text.len() <= LONGEST_TITLE && KNOWN.contains_key(plain(text).as_str())
}

/// A title as it is shown.
pub fn title(text: &str) -> String {
    unicode::normal(text).trim().to_owned()
}

/// A title without blanks and letter case: exports differ in both.
pub fn plain(title: &str) -> String {
    unicode::normal(title)
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_at_their_limits_fit_into_their_column() {
        const COLUMN: usize = 65_535;
        // A character takes four bytes at most; a quote or backslash two in JSON. Behind the name stand `"":"",`.
        let all: usize = DETAILS.iter().map(|(name, limit, _)| name.len() + 6 + limit * 4).sum();
        assert!(all + 2 <= COLUMN, "{all}");
        let departments = FIELDS.iter().find(|(field, ..)| *field == Field::Departments);
        assert!(departments.is_some_and(|(_, _, limit, _)| limit * 4 <= COLUMN));
    }
}
