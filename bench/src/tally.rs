//! What a run came to: kinds of the answers, ids of what was accepted, times to the answer and to the
//! outcome.

use platform::Failure;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::inbox::{Inbox, OutcomeCounts};

/// What an answer means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnswerKind {
    /// 202: the outcome comes on the socket.
    Accepted,
    /// 201, or a refusal that was recorded: accepted and decided in one call.
    Decided { confirmed: bool },
    /// Refused before the queue; nothing was recorded.
    Refused,
    /// 429.
    Busy,
    /// 503: not accepted, or not known.
    Unavailable,
    /// Any other answer, or none.
    Failed,
}

impl AnswerKind {
    /// By status, and for a refusal by whether a request stands behind it.
    pub fn of(status: u16, body: &str) -> Self {
        match status {
            202 => Self::Accepted,
            200 | 201 => Self::Decided { confirmed: true },
            409 | 422 if body.contains("\"request\":{") => Self::Decided { confirmed: false },
            409 | 422 => Self::Refused,
            429 => Self::Busy,
            503 => Self::Unavailable,
            _ => Self::Failed,
        }
    }

    /// Of the same request sent again: once accepted, it stays accepted.
    #[must_use]
    pub fn or(self, again: Self) -> Self {
        match self {
            Self::Accepted | Self::Decided { .. } => self,
            _ => again,
        }
    }
}

/// One client's share.
#[derive(Clone, Debug, Default)]
pub struct ClientTally {
    pub sent: u64,
    pub repeats: u64,
    pub accepted: Vec<Uuid>,
    /// Of the accepted, those whose answer was the outcome.
    pub decided: u64,
    pub created: u64,
    pub refused: u64,
    pub busy: u64,
    pub unavailable: u64,
    pub failed: u64,
    /// Microseconds to each answer.
    pub answers: Vec<u32>,
    pub last: Option<Instant>,
}

impl ClientTally {
    /// Counts a request by its last answer.
    pub fn count(&mut self, kind: AnswerKind, id: Uuid) {
        self.sent += 1;
        match kind {
            AnswerKind::Accepted => self.accepted.push(id),
            AnswerKind::Decided { confirmed } => {
                self.accepted.push(id);
                self.decided += 1;
                self.created += u64::from(confirmed);
            }
            AnswerKind::Refused => self.refused += 1,
            AnswerKind::Busy => self.busy += 1,
            AnswerKind::Unavailable => self.unavailable += 1,
            AnswerKind::Failed => self.failed += 1,
        }
    }

    /// Takes in another's.
    pub fn add(&mut self, part: Self) {
        self.sent += part.sent;
        self.repeats += part.repeats;
        self.decided += part.decided;
        self.created += part.created;
        self.refused += part.refused;
        self.busy += part.busy;
        self.unavailable += part.unavailable;
        self.failed += part.failed;
        self.accepted.extend(part.accepted);
        self.answers.extend(part.answers);
        self.last = self.last.max(part.last);
    }
}

/// A whole run's.
#[derive(Clone, Debug)]
pub struct Tally {
    pub all: ClientTally,
    pub told: OutcomeCounts,
    /// Microseconds to each outcome.
    pub told_micros: Vec<u32>,
    started: Instant,
}

impl Tally {
    pub fn begun(started: Instant) -> Self {
        Self {
            all: ClientTally::default(),
            told: OutcomeCounts::default(),
            told_micros: Vec::new(),
            started,
        }
    }

    /// Of clients that began then, once all have ended.
    ///
    /// # Errors
    /// Where one has panicked.
    pub async fn of(started: Instant, mut running: JoinSet<ClientTally>) -> Result<Self, Failure> {
        let mut tally = Self::begun(started);
        while let Some(part) = running.join_next().await {
            tally.add(part?);
        }
        Ok(tally)
    }

    pub fn add(&mut self, part: ClientTally) {
        self.all.add(part);
    }

    pub fn add_inbox(&mut self, inbox: &Inbox) {
        let (told, micros, last) = inbox.take();
        self.told.add(told);
        self.told_micros.extend(micros);
        self.all.last = self.all.last.max(last);
    }

    /// Makes percentiles readable.
    pub fn sort(&mut self) {
        self.all.answers.sort_unstable();
        self.told_micros.sort_unstable();
    }

    /// From the start to the last answer or outcome.
    pub fn took(&self) -> Duration {
        self.all.last.map_or(Duration::ZERO, |last| last.saturating_duration_since(self.started))
    }

    /// So many of something, a second.
    pub fn rate_of(&self, count: u64) -> f64 {
        let seconds = self.took().as_secs_f64();
        if seconds > 0.0 { float(count) / seconds } else { 0.0 }
    }

    /// The share of requests that ended in an error: neither taken nor refused by a rule.
    pub fn error_share(&self) -> f64 {
        float(self.all.failed + self.all.unavailable + self.all.busy) / float(self.all.sent.max(1))
    }

    /// Outcomes that were told.
    pub fn told_count(&self) -> u64 {
        self.told.total()
    }
}

/// A count as a number to divide by.
pub fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// A percentile of sorted microseconds, in milliseconds.
pub fn percentile_ms(sorted: &[u32], percent: usize) -> f64 {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).map_or(0.0, |micros| f64::from(*micros) / 1_000.0)
}

/// Median and 99th percentile of sorted microseconds, in milliseconds to a hundredth.
pub fn p50_p99_ms(sorted: &[u32]) -> [f64; 2] {
    [50, 99].map(|percent| hundredth(percentile_ms(sorted, percent)))
}

/// The same and the largest.
pub fn p50_p99_max_ms(sorted: &[u32]) -> [f64; 3] {
    let [p50, p99] = p50_p99_ms(sorted);
    [p50, p99, hundredth(percentile_ms(sorted, 100))]
}

/// To a hundredth.
pub fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_with_a_request_were_accepted() {
        let recorded = r#"{"code":"SLOT_TAKEN","request":{"id":"x","state":"rejected"}}"#;
        assert_eq!(AnswerKind::of(409, recorded), AnswerKind::Decided { confirmed: false });
        assert_eq!(
            AnswerKind::of(409, r#"{"code":"SLOT_TAKEN","accepted":false}"#),
            AnswerKind::Refused
        );
        assert_eq!(AnswerKind::Accepted.or(AnswerKind::Failed), AnswerKind::Accepted);
        assert_eq!(AnswerKind::Busy.or(AnswerKind::Accepted), AnswerKind::Accepted);
    }

    #[test]
    fn percentiles_of_few() {
        assert!((percentile_ms(&[1_000, 2_000, 3_000], 50) - 2.0).abs() < 1e-9);
        assert!(percentile_ms(&[], 99).abs() < 1e-9);
    }

    #[test]
    fn the_largest_is_never_below_the_percentiles() {
        let sorted: Vec<u32> = (1..=200).map(|n| n * 1_000).collect();
        assert_eq!(format!("{:?}", p50_p99_max_ms(&sorted)), "[101.0, 199.0, 200.0]");
        assert_eq!(format!("{:?}", p50_p99_max_ms(&[2_354])), "[2.35, 2.35, 2.35]");
        assert_eq!(format!("{:?}", p50_p99_max_ms(&[])), "[0.0, 0.0, 0.0]");
    }
}
