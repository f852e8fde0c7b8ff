//! What an audit found: for people as tables, for scripts as one JSON object.

use domain::partition::PartitionId;
use serde::Serialize;
use std::collections::HashMap;

use super::store::Partition;
use crate::Out;
use crate::failure::CliError;

/// The whole of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    pub ok: bool,
    pub partitions: Vec<PartitionReport>,
    pub checks: Vec<Check>,
    /// What nothing was asked about, and why: no part of `ok`.
    pub unchecked: Vec<Unchecked>,
}

/// A check of the design that this version has nothing for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Unchecked {
    pub name: &'static str,
    pub why: &'static str,
}

/// The terms of the equation at one partition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PartitionReport {
    pub partition: String,
    /// Confirmed to publishers, as far as they have said.
    pub acked: u64,
    pub received: u64,
    pub confirmed: u64,
    pub rejected: u64,
    pub expired: u64,
    pub duplicate: u64,
    pub undecodable: u64,
    pub parked: u64,
    /// Held back, beyond what their hospitals may have decided in one transaction.
    pub held: u64,
    /// Messages at the broker, each of one command or several; `None` where it has not counted yet.
    pub queued_messages: Option<u64>,
    pub lost: u64,
}

/// One thing that must hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub ok: bool,
    /// Offenders.
    pub found: u64,
    pub detail: String,
}

impl Check {
    /// Holds when nothing was found; `finds` says what was looked for.
    pub fn none(name: &'static str, found: u64, finds: &str) -> Self {
        Self { name, ok: found == 0, found, detail: finds.to_owned() }
    }

    /// The same, naming each offender.
    pub fn without(name: &'static str, found: u64, finds: &str, offenders: &[String]) -> Self {
        let detail = if offenders.is_empty() { finds.to_owned() } else { offenders.join("; ") };
        Self { name, ok: found == 0, found, detail }
    }
}

/// Of both queues; `None` where one is not counted.
fn queued(partition: PartitionId, depths: &HashMap<String, u64>) -> Option<u64> {
    partition.queues().iter().map(|queue| depths.get(&queue.name()).copied()).sum()
}

impl Report {
    pub fn of(partitions: &[Partition], depths: &HashMap<String, u64>, checks: Vec<Check>) -> Self {
        let partition = |partition: &Partition| PartitionReport {
            partition: partition.id.to_string(),
            acked: partition.acked,
            received: partition.received,
            confirmed: partition.counted.confirmed,
            rejected: partition.counted.rejected,
            expired: partition.counted.expired,
            duplicate: partition.duplicate,
            undecodable: partition.undecodable,
            parked: partition.counted.parked,
            held: partition.held,
            queued_messages: queued(partition.id, depths),
            lost: partition.lost.max(partition.lost_in_gaps),
        };
        let ok = checks.iter().all(|check| check.ok);
        let unchecked = vec![Unchecked {
            name: "places",
            why: "what was pushed is kept nowhere; tests hold it",
        }];
        Self { ok, partitions: partitions.iter().map(partition).collect(), checks, unchecked }
    }

    pub fn print_json(&self, out: Out<'_>) -> Result<(), CliError> {
        let text = serde_json::to_string(self).map_err(std::io::Error::from)?;
        writeln!(out, "{text}")?;
        Ok(())
    }

    pub fn print_table(&self, out: Out<'_>) -> Result<(), CliError> {
        let titles = [
            "part",
            "acked",
            "received",
            "confirmed",
            "rejected",
            "expired",
            "duplicate",
            "undecod.",
            "parked",
            "held",
            "queued",
            "lost",
        ];
        let line = |cells: [String; 12]| cells.map(|cell| format!("{cell:>9}")).join(" ");
        writeln!(out, "{}", line(titles.map(str::to_owned)))?;
        for part in &self.partitions {
            let queued =
                part.queued_messages.map_or_else(|| "?".to_owned(), |count| count.to_string());
            let counts = [
                part.acked,
                part.received,
                part.confirmed,
                part.rejected,
                part.expired,
                part.duplicate,
                part.undecodable,
            ];
            let [acked, received, confirmed, rejected, expired, duplicate, undecodable] =
                counts.map(|count| count.to_string());
            let [parked, held, lost] =
                [part.parked, part.held, part.lost].map(|count| count.to_string());
            let name = part.partition.clone();
            let cells = [
                name,
                acked,
                received,
                confirmed,
                rejected,
                expired,
                duplicate,
                undecodable,
                parked,
                held,
                queued,
                lost,
            ];
            writeln!(out, "{}", line(cells))?;
        }
        writeln!(out)?;
        for check in &self.checks {
            let mark = if check.ok { "ok " } else { "RED" };
            writeln!(out, "{mark}  {:<28} {:>6}  {}", check.name, check.found, check.detail)?;
        }
        for Unchecked { name, why } in &self.unchecked {
            writeln!(out, "-    {name:<28} {:>6}  not checked: {why}", "")?;
        }
        writeln!(out, "\n{}", if self.ok { "all good" } else { "SOMETHING IS WRONG" })?;
        Ok(())
    }
}
