//! What became of a load, told by the database and the audit once all that was accepted is decided.

use platform::Failure;
use sqlx::MySqlPool;
use std::time::Duration;
use uuid::Uuid;

use crate::prepared::Bench;
use crate::store::{self, StateCounts};
use crate::system;

/// The requests' states, once all are decided or the time is over.
pub async fn settled(
    pool: &MySqlPool,
    accepted: &[Uuid],
    timeout: Duration,
) -> Result<StateCounts, Failure> {
    let since = std::time::Instant::now();
    let total = u64::try_from(accepted.len()).unwrap_or(u64::MAX);
    loop {
        let states = store::count_states(pool, accepted).await?;
        if states.decided() >= total || since.elapsed() > timeout {
            if states.decided() < total {
                let missing = store::undecided(pool, accepted, 5).await?;
                eprintln!(
                    "  WITHOUT OUTCOME: {}, parked {}, such as {missing:?}",
                    total - states.decided(),
                    states.parked
                );
            }
            return Ok(states);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// What the database and the audit say after a load.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inspection {
    /// Times that were given twice.
    pub double: u64,
    /// Whether the audit is green.
    pub audit: bool,
    found: String,
}

impl Inspection {
    pub async fn of(bench: &Bench) -> Result<Self, Failure> {
        let double = store::double_bookings(&bench.pool).await?;
        let (audit, found) = system::audit(&bench.env).await?;
        Ok(Self { double, audit, found })
    }
}

impl std::fmt::Display for Inspection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "audit {}: {}", if self.audit { "green" } else { "RED" }, self.found)
    }
}

/// Accepted requests and what became of them, over several runs.
#[derive(Debug, Default)]
pub struct RunTotals {
    pub lost: u64,
    pub expired: u64,
    pub untold: u64,
}

impl RunTotals {
    /// Adds a run of which so many were accepted, and so many of those told or answered with their outcome.
    pub fn add(&mut self, accepted: u64, known: u64, states: StateCounts) {
        self.lost += accepted.saturating_sub(states.decided());
        self.expired += states.expired;
        self.untold += accepted.saturating_sub(known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_accepted_and_not_decided_is_lost_and_what_was_not_told_is_untold() {
        let mut totals = RunTotals::default();
        let states = StateCounts { confirmed: 7, expired: 1, parked: 2, ..StateCounts::default() };
        totals.add(10, 6, states);
        totals.add(5, 5, StateCounts { confirmed: 5, ..StateCounts::default() });
        assert_eq!((totals.lost, totals.expired, totals.untold), (2, 1, 4));
    }
}
