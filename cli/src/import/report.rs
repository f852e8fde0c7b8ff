//! What an import found, for people: counts, and the first rejected rows with line and reason.

use std::time::Duration;

use super::columns::Columns;
use super::details::Details;
use super::plan::Plan;
use super::row::{Hospital, Rows};
use super::table::Table;
use crate::Out;
use crate::failure::CliError;

/// Lines of a kind that are printed; the rest is counted.
const SHOWN: usize = 50;
/// Warnings are many in a real file and harmless.
const WARNINGS_SHOWN: usize = 5;

/// The figures and remarks of one run.
#[derive(Debug, Default)]
pub struct Facts {
    source: String,
    rows: usize,
    counts: [usize; 4],
    ignored: Vec<String>,
    rejected: Vec<(u64, String)>,
    warnings: Vec<(u64, String)>,
    details_rejected: Vec<(u64, String)>,
    without_row: usize,
}

impl Facts {
    /// The facts of what was read, and the rows that can be written.
    pub fn of(
        table: &Table,
        columns: &Columns,
        details: Option<&Details>,
        rows: Rows,
    ) -> (Self, Vec<Hospital>) {
        let gzip = if table.gzip { ", gzip" } else { "" };
        let mut source = format!("{} ({}{gzip})", table.path, table.encoding);
        let mut ignored = columns.ignored.clone();
        if let Some(details) = details {
            source.push_str(" with ");
            source.push_str(&details.path);
            ignored.extend(details.ignored.iter().cloned());
        }
        let facts = Self {
            source,
            rows: rows.hospitals.len() + rows.rejected.len(),
            counts: [0; 4],
            ignored,
            rejected: rows.rejected,
            warnings: rows.warnings,
            details_rejected: details.map(|details| details.rejected.clone()).unwrap_or_default(),
            without_row: rows.without_row,
        };
        (facts, rows.hospitals)
    }

    pub fn planned(&mut self, plan: &Plan) {
        self.counts = [plan.added.len(), plan.changed.len(), plan.unchanged, plan.missing];
    }

    /// At least one row could be used.
    pub fn is_usable(&self) -> bool {
        self.rows > self.rejected.len()
    }

    pub fn print(&self, took: Duration, out: Out<'_>) -> Result<(), CliError> {
        let [added, changed, unchanged, missing] = self.counts;
        writeln!(out, "{}: {} rows in {:.1} s", self.source, self.rows, took.as_secs_f64())?;
        writeln!(
            out,
            "  added     {added:>7}\n  changed   {changed:>7}\n  unchanged {unchanged:>7}"
        )?;
        writeln!(
            out,
            "  rejected  {:>7}\n  warnings  {:>7}  (kept, without the doubtful value)",
            self.rejected.len(),
            self.warnings.len()
        )?;
        writeln!(out, "  missing from this file: {missing} (kept)")?;
        if !self.ignored.is_empty() {
            writeln!(out, "  columns not imported: {}", self.ignored.join(", "))?;
        }
        if self.without_row > 0 {
            writeln!(
                out,
                "  details of institutions that the list does not have: {}",
                self.without_row
            )?;
        }
        list("rejected", &self.rejected, SHOWN, out)?;
        list("rejected in the file of details", &self.details_rejected, SHOWN, out)?;
        list("warning", &self.warnings, WARNINGS_SHOWN, out)
    }
}

fn list(what: &str, lines: &[(u64, String)], shown: usize, out: Out<'_>) -> Result<(), CliError> {
    for (line, reason) in lines.iter().take(shown) {
        writeln!(out, "  {what}, line {line}: {reason}")?;
    }
    if lines.len() > shown {
        writeln!(out, "  {what}: {} more", lines.len() - shown)?;
    }
    Ok(())
}
