//! A hospital as a row of the list: checked and normalised.

use chrono::NaiveDate;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;

use super::columns::{Columns, Field, ListedColumns};
use super::details::{Detail, Details};
use super::table::{Cells, Table, Unread};
use super::{cell, dates, foreign, values};

/// Members of the details that are hours.
const HOURS: [&str; 8] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "closed_sunday"];

/// One that can be written.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Hospital {
    /// The list's id, or a hash of name, address and type where it has none.
    pub source_key: String,
    pub name: String,
    pub kind: String,
    pub address: String,
    pub sido: String,
    pub sigungu: String,
    pub dong: String,
    pub phone: Option<String>,
    pub coordinates: Option<(f64, f64)>,
    pub departments: String,
    pub doctors_count: Option<i32>,
    pub opened_on: Option<NaiveDate>,
    pub ykiho: Option<String>,
    pub details: Map<String, Value>,
    /// What the row says of these cannot be believed: what is known stays.
    pub doubtful: Vec<Field>,
    /// What a person has set, by the names of the column `edited`: it stays.
    pub edited: Vec<String>,
}

/// All rows of a file.
#[derive(Default)]
pub struct Rows {
    /// Every row of the file, whatever became of it.
    pub read: u64,
    pub hospitals: Vec<Hospital>,
    /// Line and reason.
    pub rejected: Vec<(u64, String)>,
    /// Rows that are kept without a value that cannot be believed.
    pub warnings: Vec<(u64, String)>,
    /// Rows that could not be told apart.
    pub unread: Vec<Unread>,
    /// Ids of the second file that the list does not have.
    pub without_row: usize,
}

impl Rows {
    pub fn read(table: &Table, columns: &Columns, details: Option<&Details>) -> Self {
        let mut rows = Self::default();
        let mut lines: HashMap<String, u64> = HashMap::new();
        let mut matched = 0;
        for record in table.records() {
            let line = record.line;
            rows.read += 1;
            let parsed = record.cells.and_then(|cells| Ok(parse(&cells, columns, details)?));
            match parsed {
                Err(lost) => {
                    rows.read += lost.unread.as_ref().map_or(0, |unread| unread.rows);
                    rows.rejected.push((line, lost.reason));
                    rows.unread.extend(lost.unread);
                }
                Ok(parsed) => {
                    let key = &parsed.hospital.source_key;
                    if let Some(first) = lines.get(key) {
                        let reason = format!("the same institution as line {first} ({key})");
                        rows.rejected.push((line, reason));
                        continue;
                    }
                    matched += usize::from(parsed.with_details);
                    lines.insert(key.clone(), line);
                    rows.warnings.extend(parsed.warnings.into_iter().map(|text| (line, text)));
                    rows.hospitals.push(parsed.hospital);
                }
            }
        }
        rows.without_row = details.map_or(0, |details| details.by_id.len() - matched);
        rows
    }
}

/// What a row says.
struct Parsed {
    hospital: Hospital,
    warnings: Vec<String>,
    /// The second file knows it.
    with_details: bool,
}

fn parse(cells: &Cells, columns: &Columns, details: Option<&Details>) -> Result<Parsed, String> {
    for field in [Field::Name, Field::Address] {
        if columns.index(field).is_some_and(|index| index >= cells.given) {
            let (given, wanted) = (cells.given, cells.values.len());
            return Err(format!("{given} values instead of {wanted}: name or address is missing"));
        }
    }
    let values = cell::cleaned(&cells.values, columns)?;
    let reader = Reader { values: &values, columns };
    let (name, address) = (reader.text(Field::Name), reader.text(Field::Address));
    if foreign::is_total(&values, name, address) {
        return Err("a row of totals, no institution".to_owned());
    }
    if name.is_empty() {
        let blank = cells.values.iter().all(|value| value.trim().is_empty());
        return Err(if blank { "the row is empty" } else { "the name is empty" }.to_owned());
    }
    if name.contains(char::REPLACEMENT_CHARACTER) {
        return Err("the name has damaged characters".to_owned());
    }
    let mut parsed = reader.hospital(details);
    if cells.cut {
        let (given, wanted) = (cells.given, cells.values.len());
        let text = format!("the file ends here, after {given} values of {wanted}: is it cut off?");
        parsed.warnings.push(text);
    }
    Ok(parsed)
}

struct Reader<'a> {
    values: &'a [Cow<'a, str>],
    columns: &'a Columns,
}

impl Reader<'_> {
    fn text(&self, field: Field) -> &str {
        self.columns.index(field).map_or("", |index| self.values[index].as_ref())
    }

    fn owned(&self, field: Field) -> String {
        self.text(field).to_owned()
    }

    /// A row with a name.
    fn hospital(&self, details: Option<&Details>) -> Parsed {
        let (name, address, kind) =
            (self.text(Field::Name), self.text(Field::Address), self.text(Field::Kind));
        let mut take = Take::default();
        if address.is_empty() {
            take.warnings.push("the address is empty".to_owned());
        } else if address.contains(char::REPLACEMENT_CHARACTER) {
            take.warnings.push("the address has damaged characters".to_owned());
        }
        let id = self.text(Field::Id);
        let second = details.and_then(|details| details.by_id.get(id));
        let detail = Detail::of(self.values, self.columns).and(second);
        let coordinates = values::coordinates(self.text(Field::Lat), self.text(Field::Lon));
        let mut hospital = Hospital {
            source_key: source_key(id, name, address, kind),
            name: name.to_owned(),
            kind: kind.to_owned(),
            address: address.to_owned(),
            sido: self.owned(Field::Sido),
            sigungu: self.owned(Field::Sigungu),
            dong: self.owned(Field::Dong),
            phone: Some(self.owned(Field::Phone)).filter(|phone| !phone.is_empty()),
            coordinates: take.value(Field::Lat, coordinates),
            departments: values::departments(self.text(Field::Departments)),
            doctors_count: take
                .value(Field::DoctorsCount, values::count(self.text(Field::DoctorsCount))),
            opened_on: take.value(Field::OpenedOn, dates::date(self.text(Field::OpenedOn))),
            ykiho: detail.ykiho,
            details: detail.members,
            doubtful: Vec::new(),
            edited: Vec::new(),
        };
        hospital.doubtful = take.doubtful;
        Parsed { hospital, warnings: take.warnings, with_details: second.is_some() }
    }
}

/// Takes a value, or leaves it out and warns.
#[derive(Default)]
struct Take {
    warnings: Vec<String>,
    doubtful: Vec<Field>,
}

impl Take {
    fn value<T: Default>(&mut self, field: Field, value: Result<T, String>) -> T {
        value.unwrap_or_else(|warning| {
            self.warnings.push(warning);
            self.doubtful.push(field);
            T::default()
        })
    }
}

impl Hospital {
    /// This one with what a file tells of it: what the file has no column for stays. HIRA's id is never taken
    /// away, and the key changes only to an id that the list itself gives.
    pub fn overwritten_by(&self, row: Hospital, listed: &ListedColumns) -> Hospital {
        let mut merged = self.clone();
        let told = listed.fields.iter().filter(|field| match field {
            Field::Lon => !row.doubtful.contains(&Field::Lat),
            field => !row.doubtful.contains(field),
        });
        let told = told.filter(|field| !self.is_set(field.edited_as()));
        for field in told {
            match field {
                Field::Id => merged.source_key.clone_from(&row.source_key),
                Field::Ykiho => merged.ykiho = row.ykiho.clone().or(merged.ykiho),
                Field::Name => merged.name.clone_from(&row.name),
                Field::Kind => merged.kind.clone_from(&row.kind),
                Field::Address => merged.address.clone_from(&row.address),
                Field::Sido => merged.sido.clone_from(&row.sido),
                Field::Sigungu => merged.sigungu.clone_from(&row.sigungu),
                Field::Dong => merged.dong.clone_from(&row.dong),
                Field::Phone => merged.phone.clone_from(&row.phone),
                Field::Lat | Field::Lon => merged.coordinates = row.coordinates,
                Field::Departments => merged.departments.clone_from(&row.departments),
                Field::DoctorsCount => merged.doctors_count = row.doctors_count,
                Field::OpenedOn => merged.opened_on = row.opened_on,
            }
        }
        let keeps_hours = self.is_set(Some("hours"));
        let told = |name: &str| !(keeps_hours && HOURS.contains(&name));
        merged.details.retain(|name, _| !(listed.details.contains(&name.as_str()) && told(name)));
        merged.details.extend(row.details.into_iter().filter(|(name, _)| told(name)));
        merged
    }

    /// Whether a person has set that.
    fn is_set(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.edited.iter().any(|set| set == name))
    }

    /// About as many bytes as it takes in a statement.
    pub fn bytes(&self) -> usize {
        let details =
            self.details.values().map(|value| value.as_str().map_or(10, str::len) * 2 + 32);
        let texts = [&self.name, &self.kind, &self.address, &self.sido, &self.sigungu, &self.dong];
        let fixed = 512;
        fixed
            + self.departments.len()
            + texts.map(String::len).iter().sum::<usize>()
            + details.sum::<usize>()
    }

    /// The details as they are stored.
    pub fn details_json(&self) -> Option<String> {
        (!self.details.is_empty()).then(|| Value::Object(self.details.clone()).to_string())
    }
}

/// The list's own id where it has the form of a key; else a hash that stays the same from month to month.
fn source_key(id: &str, name: &str, address: &str, kind: &str) -> String {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    if !id.is_empty() && id.len() <= 64 && id.bytes().all(plain) {
        return id.to_owned();
    }
    let what = if id.is_empty() { format!("{name}|{address}|{kind}") } else { id.to_owned() };
    let mut half = [0; 16];
    half.copy_from_slice(&Sha256::digest(what.as_bytes())[..16]);
    format!("sha256-{:032x}", u128::from_be_bytes(half))
}
