//! Further columns of a hospital, kept together as JSON; from the list itself or from a second file
//! with the same ids.

use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashMap;

use super::cell;
use super::columns::{Columns, Field};
use super::table::{Lost, Table};
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
        let columns = table.detail_columns()?;
        let id = columns.index(Field::Id).unwrap_or_default();
        let mut details = Self {
            path: table.path.clone(),
            by_id: HashMap::new(),
            rejected: Vec::new(),
            ignored: columns.ignored.clone(),
            names: columns.details.iter().map(|(name, _)| *name).collect(),
        };
        for record in table.records() {
            let cells = match record.cells {
                Ok(cells) => cells,
                Err(Lost { reason, unread: Some(unread) }) => {
                    // What is not read would count as empty.
                    let (line, rows) = (record.line, unread.rows);
                    let reason =
                        format!("line {line}: {reason}; {rows} rows after it were not read");
                    return Err(CliError::Table { path: table.path.clone(), reason });
                }
                Err(lost) => {
                    details.rejected.push((record.line, lost.reason));
                    continue;
                }
            };
            let rejected = match cell::cleaned(&cells.values, &columns) {
                Err(reason) => Some(reason),
                Ok(values) => details.take(&values, &columns, id),
            };
            details.rejected.extend(rejected.map(|reason| (record.line, reason)));
        }
        Ok(details)
    }

    /// Takes a row, or says why not.
    fn take(&mut self, values: &[Cow<str>], columns: &Columns, id: usize) -> Option<String> {
        let key = values[id].as_ref();
        if key.is_empty() {
            return Some("the id is empty".to_owned());
        }
        if self.by_id.contains_key(key) {
            return Some(format!("the id {key} stands twice"));
        }
        self.by_id.insert(key.to_owned(), Detail::of(values, columns));
        None
    }
}

impl Detail {
    /// What is not empty. Whole numbers become numbers, everything else stays as it was written.
    pub fn of(values: &[Cow<str>], columns: &Columns) -> Self {
        let value = |index: usize| Some(values[index].as_ref()).filter(|value| !value.is_empty());
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
