//! An opening in figures: how late requests started, when their patients knew the outcome, and what failed.

use serde::Serialize;
use std::fmt;

use super::rush::RushTally;
use crate::tally::{hundredth, p50_p99_max_ms};

/// Requests that did not end with a booking of which the patient knows, by what became of them. At an opening where
/// everybody asks for a time of their own each is a failure.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Failures {
    /// 429.
    pub busy: u64,
    /// 503.
    pub unavailable: u64,
    /// Refused by the answer.
    pub refused: u64,
    /// Accepted, and then rejected or expired.
    pub rejected: u64,
    /// Another answer, or none.
    pub failed: u64,
    /// Accepted, and nobody was told an outcome.
    pub untold: u64,
}

impl Failures {
    pub fn of(tally: &RushTally) -> Self {
        let (counts, told) = (&tally.counts, tally.told);
        let accepted = u64::try_from(counts.accepted.len()).unwrap_or(u64::MAX);
        Self {
            busy: counts.busy,
            unavailable: counts.unavailable,
            refused: counts.refused,
            rejected: told.rejected + told.expired,
            failed: counts.failed,
            untold: accepted.saturating_sub(told.total()),
        }
    }

    pub fn total(&self) -> u64 {
        self.busy + self.unavailable + self.refused + self.rejected + self.failed + self.untold
    }

    pub fn add(&mut self, other: Self) {
        self.busy += other.busy;
        self.unavailable += other.unavailable;
        self.refused += other.refused;
        self.rejected += other.rejected;
        self.failed += other.failed;
        self.untold += other.untold;
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "failures {}: 429 {}  503 {}  refused {}  rejected {}  other {}  untold {}",
            self.total(),
            self.busy,
            self.unavailable,
            self.refused,
            self.rejected,
            self.failed,
            self.untold
        )
    }
}

/// Median, 99th percentile and largest, milliseconds.
pub type Spread = [f64; 3];

/// One side's times, of its quoted opening.
#[derive(Clone, Copy, Default, PartialEq, Debug, Serialize)]
pub struct RushTimes {
    /// How late requests started.
    pub late_ms: Spread,
    /// From the moment that each was meant to start until its outcome was known to its patient.
    pub outcome_ms: Spread,
    /// From the opening until the last outcome was known.
    pub last_outcome_ms: f64,
}

impl RushTimes {
    pub fn of(tally: &RushTally) -> Self {
        Self {
            late_ms: p50_p99_max_ms(&tally.late),
            outcome_ms: p50_p99_max_ms(&tally.outcomes),
            last_outcome_ms: hundredth(tally.last.as_secs_f64() * 1_000.0),
        }
    }

    /// Confirmed bookings a second until the last outcome.
    pub fn per_s(&self, confirmed: u64) -> f64 {
        let seconds = self.last_outcome_ms / 1_000.0;
        if seconds > 0.0 { confirmed as f64 / seconds } else { 0.0 }
    }
}

/// Both sides, in the row's JSON.
#[derive(Clone, Default, PartialEq, Debug, Serialize)]
pub struct OpeningFigures {
    pub requests: usize,
    pub connections: usize,
    /// How the connections are shared: the baseline has no sockets.
    pub sockets: usize,
    pub http_connections: usize,
    pub baseline_http_connections: usize,
    #[serde(flatten)]
    pub times: RushTimes,
    /// The 202s, from the moment that each request was meant to start.
    pub accepted_ms: Spread,
    /// The 202s, from when each request was really sent.
    pub accepted_since_sent_ms: Spread,
    /// Of all openings of this side that were measured.
    pub failures: Failures,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<RushTimes>,
    /// Of the quoted opening.
    pub baseline_failures: Failures,
}

impl fmt::Display for OpeningFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "opening: {} requests of as many patients, meant to start within 1 s, p50 / p99 / max ms",
            self.requests
        )?;
        if self.times.last_outcome_ms > 0.0 {
            write!(
                f,
                "\n  docde, {} sockets and {} HTTP connections",
                self.sockets, self.http_connections
            )?;
            write_times(f, &self.times)?;
            let [since_due, since_sent] =
                [self.accepted_ms, self.accepted_since_sent_ms].map(shown);
            write!(
                f,
                "\n    202s {since_due}, from the sending {since_sent}\n    {}",
                self.failures
            )?;
        }
        if let Some(times) = &self.baseline {
            write!(f, "\n  baseline, {} HTTP connections", self.baseline_http_connections)?;
            write_times(f, times)?;
            write!(f, "\n    {}", self.baseline_failures)?;
        }
        Ok(())
    }
}

fn write_times(f: &mut fmt::Formatter<'_>, times: &RushTimes) -> fmt::Result {
    write!(
        f,
        "\n    started late by {}\n    outcome known after {}; the last {:.0} ms after the opening",
        shown(times.late_ms),
        shown(times.outcome_ms),
        times.last_outcome_ms
    )
}

fn shown([p50, p99, max]: Spread) -> String {
    format!("{p50:.1} / {p99:.1} / {max:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::OutcomeCounts;
    use crate::tally::{AnswerKind, ClientTally};
    use std::time::Duration;
    use uuid::Uuid;

    #[test]
    fn whoever_has_no_booking_or_does_not_know_of_it_is_a_failure() {
        let mut counts = ClientTally::default();
        for kind in [
            AnswerKind::Accepted,
            AnswerKind::Accepted,
            AnswerKind::Accepted,
            AnswerKind::Busy,
            AnswerKind::Unavailable,
            AnswerKind::Failed,
            AnswerKind::Refused,
        ] {
            counts.count(kind, Uuid::nil());
        }
        let told = OutcomeCounts { confirmed: 1, rejected: 1, expired: 0 };
        let failures = Failures::of(&RushTally { counts, told, ..RushTally::default() });
        let each =
            Failures { busy: 1, unavailable: 1, refused: 1, rejected: 1, failed: 1, untold: 1 };
        assert_eq!(failures, each);
        assert_eq!(failures.total(), 6);
    }

    #[test]
    fn the_rate_is_over_the_time_to_the_last_outcome() {
        let tally = RushTally {
            outcomes: vec![1_000, 2_000],
            last: Duration::from_millis(2_500),
            ..RushTally::default()
        };
        let times = RushTimes::of(&tally);
        assert!((times.last_outcome_ms - 2_500.0).abs() < 1e-9);
        assert!((times.per_s(20_000) - 8_000.0).abs() < 1e-9);
        assert!(RushTimes::default().per_s(1).abs() < 1e-9);
    }
}
