//! What an import found and did, for people: counts that add up, and rejected rows with line and reason.

use std::time::Duration;

use super::columns::Columns;
use super::details::Details;
use super::plan::Plan;
use super::row::{Hospital, Rows};
use super::table::{Table, Unread};
use crate::Out;
use crate::failure::CliError;

/// Lines of a kind that are printed; the rest is counted.
const SHOWN: usize = 50;

/// What became of the rows of a file. Every row that was read is in exactly one of the other five.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    pub read: u64,
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub rejected: u64,
    pub unread: u64,
}

impl Counts {
    pub fn add_up(&self) -> bool {
        self.read == self.added + self.changed + self.unchanged + self.rejected + self.unread
    }
}

/// The figures and remarks of one run.
#[derive(Debug, Default)]
pub struct Report {
    pub counts: Counts,
    source: String,
    missing: usize,
    ignored: Vec<String>,
    rejected: Vec<(u64, String)>,
    unread: Vec<Unread>,
    warnings: Vec<(u64, String)>,
    details_rejected: Vec<(u64, String)>,
    without_row: usize,
}

impl Report {
    /// Of what was read, and the rows that can be written.
    pub fn of(
        table: &Table,
        columns: &Columns,
        details: Option<&Details>,
        rows: Rows,
    ) -> (Self, Vec<Hospital>) {
        let gzip = if table.gzip { ", gzip" } else { "" };
        let mut source = format!(
            "{} ({}, separated by {}{gzip})",
            table.path, table.encoding, table.separated_by
        );
        let mut ignored = columns.ignored.clone();
        if let Some(details) = details {
            source.push_str(" with ");
            source.push_str(&details.path);
            ignored.extend(details.ignored.iter().cloned());
        }
        let counts = Counts {
            read: rows.read,
            rejected: rows.rejected.len() as u64,
            unread: rows.unread.iter().map(|unread| unread.rows).sum(),
            ..Counts::default()
        };
        let report = Self {
            counts,
            source,
            missing: 0,
            ignored,
            rejected: rows.rejected,
            unread: rows.unread,
            warnings: rows.warnings,
            details_rejected: details.map(|details| details.rejected.clone()).unwrap_or_default(),
            without_row: rows.without_row,
        };
        (report, rows.hospitals)
    }

    pub fn planned(&mut self, plan: &Plan) {
        self.counts.added = plan.added.len() as u64;
        self.counts.changed = plan.changed.len() as u64;
        self.counts.unchanged = plan.unchanged as u64;
        self.missing = plan.missing;
    }

    /// The file was read to its end, and at least one row could be used.
    pub fn is_whole(&self) -> bool {
        let counts = &self.counts;
        counts.unread == 0 && counts.read > counts.rejected && counts.add_up()
    }

    pub fn print(&self, took: Duration, out: Out<'_>) -> Result<(), CliError> {
        let Counts { read, added, changed, unchanged, rejected, unread } = self.counts;
        writeln!(out, "{}: {read} rows in {:.1} s", self.source, took.as_secs_f64())?;
        for (what, count) in [
            ("added", added),
            ("changed", changed),
            ("unchanged", unchanged),
            ("rejected", rejected),
            ("unread", unread),
        ] {
            writeln!(out, "  {what:<9} {count:>7}")?;
        }
        let warnings = self.warnings.len();
        writeln!(out, "  warnings  {warnings:>7}  (kept, without the doubtful value)")?;
        writeln!(out, "  missing from this file: {} (kept)", self.missing)?;
        if !self.ignored.is_empty() {
            writeln!(out, "  columns not imported: {}", self.ignored.join(", "))?;
        }
        if self.without_row > 0 {
            let count = self.without_row;
            writeln!(out, "  details of institutions that the list does not have: {count}")?;
        }
        list("rejected", &self.rejected, out)?;
        list("rejected in the file of details", &self.details_rejected, out)?;
        list("warning", &self.warnings, out)?;
        // Last, where it is seen.
        for Unread { from, rows, reason } in &self.unread {
            writeln!(out, "  unread: {rows} rows were not read, from line {from} on: {reason}")?;
        }
        Ok(self.print_end(out)?)
    }

    fn print_end(&self, out: Out<'_>) -> std::io::Result<()> {
        if self.counts.read == 0 {
            return writeln!(out, "  the file has a header and no rows: nothing was written");
        }
        if self.is_whole() {
            return Ok(());
        }
        let good = self.counts.read - self.counts.rejected - self.counts.unread;
        writeln!(
            out,
            "  the list is NOT whole: {good} rows of it are in the database; mend the file and import it again"
        )
    }
}

fn list(what: &str, lines: &[(u64, String)], out: Out<'_>) -> Result<(), CliError> {
    for (line, reason) in lines.iter().take(SHOWN) {
        writeln!(out, "  {what}, line {line}: {reason}")?;
    }
    if lines.len() > SHOWN {
        writeln!(out, "  {what}: {} more", lines.len() - SHOWN)?;
    }
    Ok(())
}
