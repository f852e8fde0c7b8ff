//! What the bench says: a table for people, JSON for CI, in the shape that CONTRACT.md fixes.

use serde::Serialize;

use crate::baseline::sweep::Score;

/// A load's figures.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Row {
    /// `uniform`, `skewed` or `sold_out`.
    pub load: String,
    /// Of committed bookings a second (sold out: refusals a second) to the baseline's.
    pub ratio: f64,
    pub committed_per_s: f64,
    pub baseline_per_s: f64,
    pub baseline_kind: String,
    pub answer_p50_ms: f64,
    pub answer_p99_ms: f64,
    pub told_p50_ms: f64,
    pub told_p99_ms: f64,
    pub lost: u64,
    pub double: u64,
    pub expired: u64,
    pub workers: u32,
    pub batch: u32,
    /// The clients that reached the maximum.
    pub clients: usize,
    /// The rate at which the times were taken: 70 % of the maximum.
    pub paced_per_s: f64,
    /// Accepted, and not told within the patience although decided.
    pub untold: u64,
    pub audit: bool,
}

impl Row {
    /// One without the system's side.
    pub fn of_baseline(load: &str) -> Self {
        Self { load: load.to_owned(), audit: true, ..Self::default() }
    }

    /// Fills in the baseline's side.
    pub fn against(&mut self, baseline: &Score) {
        self.baseline_per_s = tenth(baseline.per_s);
        self.baseline_kind = baseline.setting.to_string();
        self.ratio = if baseline.per_s > 0.0 {
            hundredth(self.committed_per_s / baseline.per_s)
        } else {
            0.0
        };
    }

    /// Something was measured; nothing lost, nothing twice, nothing too late, nobody left untold, books balanced.
    pub fn is_sound(&self) -> bool {
        let measured = self.committed_per_s > 0.0 || self.baseline_per_s > 0.0;
        measured
            && self.lost == 0
            && self.double == 0
            && self.expired == 0
            && self.untold == 0
            && self.audit
    }
}

/// All of a run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub loads: Vec<Row>,
    /// Whether through a proxy, and what was not.
    pub via: String,
    pub seconds: u64,
}

impl Report {
    pub fn print(&self) {
        println!(
            "\n{}; baseline: no proxy; closed loop for the maximum, times at 70 % of it; {} s a run\n",
            self.via, self.seconds
        );
        println!(
            "{:<9} {:>3} {:>5} {:>10} {:>10} {:>6}  {:>17}  {:>17} {:>5} {:>6} {:>7} {:>6}  baseline",
            "load",
            "wrk",
            "batch",
            "docde/s",
            "baseline/s",
            "ratio",
            "answer p50/p99 ms",
            "told p50/p99 ms",
            "lost",
            "double",
            "expired",
            "untold"
        );
        for row in &self.loads {
            println!(
                "{:<9} {:>3} {:>5} {:>10.0} {:>10.0} {:>5.2}x  {:>8.1}/{:>8.1}  {:>8.1}/{:>8.1} {:>5} {:>6} {:>7} {:>6}  {}{}",
                row.load,
                row.workers,
                row.batch,
                row.committed_per_s,
                row.baseline_per_s,
                row.ratio,
                row.answer_p50_ms,
                row.answer_p99_ms,
                row.told_p50_ms,
                row.told_p99_ms,
                row.lost,
                row.double,
                row.expired,
                row.untold,
                row.baseline_kind,
                if row.audit { "" } else { "  AUDIT RED" },
            );
        }
    }

    /// Writes the JSON.
    pub fn write(&self, path: &str) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::other)?;
        std::fs::write(path, text + "\n")
    }
}

/// To a tenth.
pub fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// To a hundredth.
pub fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
