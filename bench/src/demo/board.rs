//! What the opening minute came to, counted by the patients themselves: live for the progress line, then as a table.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

use crate::store::StateCounts;
use crate::tally::{AnswerKind, percentile_ms};

/// Shared by all patients.
#[derive(Debug, Default)]
pub struct Board(Mutex<Counts>);

/// The counts.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Calls that were made, repeats included.
    pub calls: u64,
    pub accepted: Vec<Uuid>,
    pub confirmed: u64,
    pub rejected: u64,
    pub expired: u64,
    /// Outcomes of accepted requests that were refused, by code.
    pub refused: BTreeMap<String, u64>,
    /// Refused before the queue, nothing recorded, by code.
    pub at_the_door: BTreeMap<String, u64>,
    /// Came too early and were told when it opens.
    pub too_early: u64,
    /// Left, and found the outcome by asking later.
    pub found_later: u64,
    /// Accepted, and neither told nor found.
    pub untold: u64,
    /// Calls that got no answer, or one that they must not get.
    pub failed: u64,
    /// Calls that were asked to come again (429, 503).
    pub put_off: u64,
    pub answers: Vec<u32>,
    pub outcomes: Vec<u32>,
}

impl Board {
    pub fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the progress line.
    pub fn line(&self) -> String {
        let counts = self.counts();
        let at_the_door: u64 = counts.at_the_door.values().sum();
        format!(
            "accepted {:>5}  told {:>5}  confirmed {:>5}  refused {:>5} (and {at_the_door} at the door)",
            counts.accepted.len(),
            counts.told(),
            counts.confirmed,
            counts.rejected
        )
    }
}

impl Counts {
    pub fn told(&self) -> u64 {
        self.confirmed + self.rejected + self.expired
    }

    /// Counts a call that was made once more under the same key. What it must not come to is a failure; whether it made a
    /// second booking is counted in the database.
    pub fn again(&mut self, kind: AnswerKind) {
        self.calls += 1;
        self.failed += u64::from(kind == AnswerKind::Failed);
    }

    /// Counts an outcome by its state.
    pub fn outcome(&mut self, state: &str, code: Option<&str>) {
        match state {
            "confirmed" => self.confirmed += 1,
            "expired" => self.expired += 1,
            _ => {
                self.rejected += 1;
                *self.refused.entry(code.unwrap_or("?").to_owned()).or_default() += 1;
            }
        }
    }

    /// What patients were told is what the database holds.
    pub fn is_true(&self, states: StateCounts) -> bool {
        (self.confirmed, self.rejected, self.expired)
            == (states.confirmed, states.rejected, states.expired)
    }

    /// The table.
    pub fn table(&mut self, states: StateCounts, double: u64) -> String {
        self.answers.sort_unstable();
        self.outcomes.sort_unstable();
        let accepted = u64::try_from(self.accepted.len()).unwrap_or(u64::MAX);
        let mut text = String::new();
        let mut row = |name: &str, value: String| {
            let _ = writeln!(text, "  {name:<44} {value:>12}");
        };
        row("calls made, retries included", self.calls.to_string());
        row("accepted requests", accepted.to_string());
        row("  confirmed", self.confirmed.to_string());
        for (code, count) in &self.refused {
            row(&format!("  refused, {code}"), count.to_string());
        }
        row("  expired", self.expired.to_string());
        for (code, count) in &self.at_the_door {
            row(&format!("refused at the door, {code}"), count.to_string());
        }
        row("came too early, told when it opens", self.too_early.to_string());
        row("left, and found the outcome later", self.found_later.to_string());
        row("asked to come again (429, 503)", self.put_off.to_string());
        row("failed calls", self.failed.to_string());
        row("to the answer, p50 / p99 ms", pair(&self.answers));
        row("to the outcome, p50 / p99 ms", pair(&self.outcomes));
        row(
            "told and not so in the database",
            if self.is_true(states) { "0".into() } else { format!("{states:?}") },
        );
        row("accepted and never told", self.untold.to_string());
        row("double bookings", double.to_string());
        row("lost", accepted.saturating_sub(states.decided()).to_string());
        text
    }
}

fn pair(sorted: &[u32]) -> String {
    format!("{:.1} / {:.1}", percentile_ms(sorted, 50), percentile_ms(sorted, 99))
}
