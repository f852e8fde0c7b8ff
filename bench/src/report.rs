//! What the bench measures, as JSON for CI, in the shape that CONTRACT.md fixes. `report_tables` shows it to people.

use serde::Serialize;

use crate::baseline::sweep::Score;
use crate::cost::{ByProcess, Cost};
use crate::inspection::{Inspection, RunTotals};
use crate::line::waiting_figures::WaitingFigures;
use crate::opening::figures::OpeningFigures;
use crate::rules::PacedTimes;
use crate::tally::hundredth;

/// A load's figures.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Row {
    /// `uniform`, `skewed`, `sold_out`, `opening`, `line`, `line_five` or `line_sockets`.
    pub load: String,
    /// Of committed bookings or tickets a second (sold out: refusals a second) to the baseline's. Opening: of the baseline's time
    /// until the last outcome to the system's.
    pub ratio: f64,
    pub committed_per_s: f64,
    pub baseline_per_s: f64,
    pub baseline_kind: String,
    /// Opening: of the 202s, from the moment that each request was meant to start.
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
    /// Processor time a booking (sold out: a refusal) at the maximum.
    pub cpu_us: ByProcess,
    pub baseline_cpu_us: ByProcess,
    /// The load generator's own share, which is in neither of the two.
    pub generator_cpu_us: f64,
    pub baseline_generator_cpu_us: f64,
    /// Of a booking, at the maximum.
    pub fdatasyncs: ByProcess,
    pub baseline_fdatasyncs: ByProcess,
    /// At the maximum; null where no batch was committed.
    pub statements_per_batch: Option<f64>,
    pub commands_per_batch: Option<f64>,
    /// In the same run: batches rolled back for a deadlock or a lock wait, and decided again.
    pub batches_again: f64,
    /// To the outcome, at 30, 50 and 70 % of the maximum. The baseline's answer is its outcome.
    pub told_ms: PacedTimes,
    pub baseline_told_ms: PacedTimes,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opening: Option<OpeningFigures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_sockets: Option<WaitingFigures>,
}

impl Row {
    /// One without the system's side.
    pub fn of_baseline(load: &str) -> Self {
        Self { load: load.to_owned(), audit: true, ..Self::default() }
    }

    /// Fills in what a booking took.
    pub fn spent(&mut self, cost: Cost) {
        self.cpu_us = cost.cpu_us;
        self.generator_cpu_us = cost.generator_us;
        self.fdatasyncs = cost.fdatasyncs;
        self.statements_per_batch = cost.statements_per_batch;
        self.commands_per_batch = cost.commands_per_batch;
        self.batches_again = cost.batches_again;
    }

    /// Fills in what a booking of the baseline's took.
    pub fn baseline_spent(&mut self, cost: Cost) {
        self.baseline_cpu_us = cost.cpu_us;
        self.baseline_generator_cpu_us = cost.generator_us;
        self.baseline_fdatasyncs = cost.fdatasyncs;
    }

    /// Fills in what became of all that was sent.
    pub fn ended(&mut self, totals: &RunTotals, end: &Inspection) {
        (self.lost, self.expired, self.untold) = (totals.lost, totals.expired, totals.untold);
        (self.double, self.audit) = (end.double, end.audit);
    }

    /// Fills in the baseline's side.
    pub fn against(&mut self, baseline: &Score) {
        self.baseline_per_s = tenth(baseline.per_s);
        self.baseline_kind = baseline.setting.to_string();
        self.ratio = ratio(self.committed_per_s, baseline.per_s);
        self.baseline_told_ms.clone_from(&baseline.told_ms);
        self.baseline_spent(baseline.cost.clone());
    }

    /// Something was measured; nothing lost, nothing twice, nothing too late, nobody left untold, books balanced, at the
    /// opening everybody got the booking, and of the sockets that wait the one that does not read was sent away.
    pub fn is_sound(&self) -> bool {
        let measured = self.committed_per_s > 0.0 || self.baseline_per_s > 0.0;
        measured
            && self.lost == 0
            && self.double == 0
            && self.expired == 0
            && self.untold == 0
            && self.audit
            && self.opening.as_ref().is_none_or(|opening| opening.failures.total() == 0)
            && self.line_sockets.as_ref().is_none_or(|waiting| waiting.slow_closed > 0)
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
    /// Writes the JSON.
    pub fn write(&self, path: &str) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::other)?;
        std::fs::write(path, text + "\n")
    }
}

/// How often the one holds the other, to a hundredth; 0 where one of them was not measured.
pub fn ratio(one: f64, other: f64) -> f64 {
    if other > 0.0 { hundredth(one / other) } else { 0.0 }
}

/// To a tenth.
pub fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opening::figures::Failures;

    #[test]
    fn the_json_has_the_members_that_others_read() {
        let told = PacedTimes::from([("30".to_owned(), [1.5, 9.0])]);
        let cost = Cost {
            cpu_us: [("workers".to_owned(), 35.0)].into(),
            fdatasyncs: [("mariadbd".to_owned(), 0.02)].into(),
            statements_per_batch: Some(9.5),
            batches_again: 2.0,
            ..Cost::default()
        };
        let mut row = Row { load: "uniform".to_owned(), told_ms: told, ..Row::default() };
        row.spent(cost.clone());
        row.baseline_spent(cost);
        let json = serde_json::to_value(&row).unwrap();
        assert_eq!(json["told_ms"]["30"], serde_json::json!([1.5, 9.0]));
        assert_eq!(json["cpu_us"]["workers"], 35.0);
        assert_eq!(json["baseline_cpu_us"]["workers"], 35.0);
        assert_eq!(json["fdatasyncs"]["mariadbd"], 0.02);
        assert_eq!(json["baseline_fdatasyncs"]["mariadbd"], 0.02);
        assert_eq!(json["statements_per_batch"], 9.5);
        assert_eq!(json["batches_again"], 2.0);
        for name in [
            "load",
            "ratio",
            "committed_per_s",
            "baseline_per_s",
            "baseline_kind",
            "answer_p50_ms",
            "answer_p99_ms",
            "told_p50_ms",
            "told_p99_ms",
            "lost",
            "double",
            "expired",
            "workers",
            "batch",
        ] {
            assert!(json.get(name).is_some(), "{name}");
        }
        assert!(json.get("opening").is_none(), "of the opening alone");
    }

    #[test]
    fn an_opening_with_a_failure_is_not_sound() {
        let mut row = Row { committed_per_s: 1.0, audit: true, ..Row::default() };
        row.opening = Some(OpeningFigures::default());
        assert!(row.is_sound());
        let failures = Failures { busy: 1, ..Failures::default() };
        row.opening = Some(OpeningFigures { failures, ..OpeningFigures::default() });
        assert!(!row.is_sound());
    }
}
