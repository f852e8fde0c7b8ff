//! Further columns of a hospital, kept together as JSON; from the list itself or from a second file
//! with the same ids.

use csv::StringRecord;
use serde_json::{Map, Value};
use std::collections::HashMap;

use super::columns::{Columns, Field};
use super::table::Table;
use crate::failure::CliError;

/// What a second file says, by id.
pub struct Details {
    pub path: String,
    pub by_id: HashMap<String, Detail>,
    pub rejected: Vec<(u64, String)>,
    pub ignored: Vec<String>,
    /// Names of its columns.
    pub names: Vec<&'static str>,
}

/// Of one hospital.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Detail {
    pub ykiho: Option<String>,
    pub members: Map<String, Value>,
}

impl Details {
    pub fn of(table: &Table) -> Result<Self, CliError> {
        let columns = Columns::find_details(table)?;
        let id = columns.index(Field::Id).unwrap_or_default();
        let mut details = Self {
            path: table.path.clone(),
            by_id: HashMap::new(),
            rejected: Vec::new(),
            ignored: columns.ignored.clone(),
            names: columns.details.iter().map(|(name, _)| *name).collect(),
        };
        for record in table.records() {
            let values = match record.values {
                Ok(values) => values,
                Err(reason) => {
                    details.rejected.push((record.line, reason));
                    continue;
                }
            };
            let key = values.get(id).unwrap_or_default().trim();
            if key.is_empty() {
                details.rejected.push((record.line, "the id is empty".to_owned()));
            } else if details.by_id.contains_key(key) {
                details.rejected.push((record.line, format!("the id {key} stands twice")));
            } else {
                details.by_id.insert(key.to_owned(), Detail::of(&values, &columns));
            }
        }
        Ok(details)
    }
}

impl Detail {
    /// What is not empty. Whole numbers become numbers, everything else stays as it was written.
    pub fn of(values: &StringRecord, columns: &Columns) -> Self {
        let value =
            |index: usize| values.get(index).map(str::trim).filter(|value| !value.is_empty());
        let member = |(name, index): &(&'static str, usize)| {
            let text = value(*index)?;
            let counted = matches!(*name, "specialists_count" | "beds" | "parking");
            let number = counted.then(|| text.parse::<u32>().ok()).flatten();
            Some(((*name).to_owned(), number.map_or_else(|| Value::from(text), Value::from)))
        };
        let ykiho = columns.index(Field::Ykiho).and_then(value).map(str::to_owned);
        Self { ykiho, members: columns.details.iter().filter_map(member).collect() }
    }

    /// This and what a second file adds.
    pub fn and(mut self, other: Option<&Detail>) -> Self {
        if let Some(other) = other {
            self.ykiho = self.ykiho.or_else(|| other.ykiho.clone());
            self.members.extend(other.members.clone());
        }
        self
    }
}
