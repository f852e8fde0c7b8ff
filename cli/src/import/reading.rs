//! The part of an import that needs no database: a file read to its end, and compared with what is known.

use std::path::Path;

use super::columns::ListedColumns;
use super::details::Details;
use super::plan::{Identified, Plan};
use super::report::Report;
use super::row::{Hospital, Rows};
use super::table::Table;
use crate::failure::CliError;

/// A list as it was read.
#[derive(Debug)]
pub struct Reading {
    hospitals: Vec<Hospital>,
    listed: ListedColumns,
    report: Report,
}

impl Reading {
    pub fn of_files(file: &Path, details: Option<&Path>) -> Result<Self, CliError> {
        let table = Table::read(file)?;
        let details = details.map(|path| Details::of(&Table::read(path)?)).transpose()?;
        Self::of(&table, details.as_ref())
    }

    /// Of a file with this name and these bytes.
    pub fn of_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, CliError> {
        Self::of(&Table::of(name, bytes)?, None)
    }

    fn of(table: &Table, details: Option<&Details>) -> Result<Self, CliError> {
        let columns = table.columns()?;
        let rows = Rows::read(table, &columns, details);
        let listed = columns.listed(details.map(|details| details.names.as_slice()));
        let (report, hospitals) = Report::of(table, &columns, details, rows);
        Ok(Self { hospitals, listed, report })
    }

    /// What is to be written where these are known, and what will be said of it.
    pub fn plan(self, known: &[Identified]) -> (Plan, Report) {
        let Self { hospitals, listed, mut report } = self;
        let plan = Plan::of(hospitals, known, &listed);
        report.planned(&plan);
        (plan, report)
    }
}
