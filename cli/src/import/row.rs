//! A hospital as a row of the list: checked and normalised.

use chrono::NaiveDate;
use csv::StringRecord;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

use super::columns::{Columns, Field, ListedColumns};
use super::details::{Detail, Details};
use super::table::Table;
use super::values;

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
}

/// All rows of a file.
#[derive(Default)]
pub struct Rows {
    pub hospitals: Vec<Hospital>,
    /// Line and reason.
    pub rejected: Vec<(u64, String)>,
    /// Rows that are kept without a value that cannot be believed.
    pub warnings: Vec<(u64, String)>,
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
            let parsed = record
                .values
                .and_then(|values| Reader { values: &values, columns }.hospital(details));
            match parsed {
                Err(reason) => rows.rejected.push((line, reason)),
                Ok((hospital, warnings, with_details)) => {
                    if let Some(first) = lines.get(&hospital.source_key) {
                        rows.rejected.push((
                            line,
                            format!(
                                "the same institution as line {first} ({})",
                                hospital.source_key
                            ),
                        ));
                        continue;
                    }
                    matched += usize::from(with_details);
                    lines.insert(hospital.source_key.clone(), line);
                    rows.warnings.extend(warnings.into_iter().map(|warning| (line, warning)));
                    rows.hospitals.push(hospital);
                }
            }
        }
        rows.without_row = details.map_or(0, |details| details.by_id.len() - matched);
        rows
    }
}

struct Reader<'a> {
    values: &'a StringRecord,
    columns: &'a Columns,
}

impl Reader<'_> {
    fn text(&self, field: Field) -> &str {
        self.columns
            .index(field)
            .and_then(|index| self.values.get(index))
            .unwrap_or_default()
            .trim()
    }

    /// The hospital, what was left out of it, and whether the second file knows it.
    fn hospital(&self, details: Option<&Details>) -> Result<(Hospital, Vec<String>, bool), String> {
        let mut warnings = Vec::new();
        let (name, address, kind) =
            (self.text(Field::Name), self.text(Field::Address), self.text(Field::Kind));
        if name.is_empty() {
            return Err("the name is empty".to_owned());
        }
        if name.contains(char::REPLACEMENT_CHARACTER) {
            return Err("the name has damaged characters".to_owned());
        }
        if address.is_empty() {
            warnings.push("the address is empty".to_owned());
        } else if address.contains(char::REPLACEMENT_CHARACTER) {
            warnings.push("the address has damaged characters".to_owned());
        }
        let id = self.text(Field::Id);
        let second = details.and_then(|details| details.by_id.get(id));
        let detail = Detail::of(self.values, self.columns).and(second);
        let mut take = Take(&mut warnings);
        let hospital = Hospital {
            source_key: source_key(id, name, address, kind),
            name: values::short("name", name, 255)?.to_owned(),
            kind: take.short("type", kind, 64),
            address: take.short("address", address, 512),
            sido: take.short("sido", self.text(Field::Sido), 64),
            sigungu: take.short("sigungu", self.text(Field::Sigungu), 64),
            dong: take.short("dong", self.text(Field::Dong), 64),
            phone: Some(take.short("phone", self.text(Field::Phone), 64))
                .filter(|phone| !phone.is_empty()),
            coordinates: take
                .value(values::coordinates(self.text(Field::Lat), self.text(Field::Lon))),
            departments: take.short("departments", self.text(Field::Departments), 16_000),
            doctors_count: take.value(values::count(self.text(Field::DoctorsCount))),
            opened_on: take.value(values::date(self.text(Field::OpenedOn))),
            ykiho: detail
                .ykiho
                .clone()
                .map(|ykiho| take.short("ykiho", &ykiho, 255))
                .filter(|ykiho| !ykiho.is_empty()),
            details: detail.members,
        };
        Ok((hospital, warnings, second.is_some()))
    }
}

/// Takes a value, or leaves it out and warns.
struct Take<'a>(&'a mut Vec<String>);

impl Take<'_> {
    fn value<T: Default>(&mut self, value: Result<T, String>) -> T {
        value.unwrap_or_else(|warning| {
            self.0.push(warning);
            T::default()
        })
    }

    fn short(&mut self, what: &str, text: &str, most: usize) -> String {
        self.value(values::short(what, text, most).map(str::to_owned))
    }
}

impl Hospital {
    /// This one with what a file tells of it: what the file has no column for stays. HIRA's id is never taken
    /// away, and the key changes only to an id that the list itself gives.
    pub fn overwritten_by(&self, row: Hospital, listed: &ListedColumns) -> Hospital {
        let mut merged = self.clone();
        for field in &listed.fields {
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
        merged.details.retain(|name, _| !listed.details.contains(&name.as_str()));
        merged.details.extend(row.details);
        merged
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
