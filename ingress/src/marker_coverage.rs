//! Whether "no marker" means "never seen". It does when Redis holds markers for longer than a marker lives, or
//! when nothing had been decided before it began to. Otherwise, and with Redis away, the database
//! is asked before a retry could be refused as if it were new; and as long as such a request may still be
//! queued, even the database does not know.

use chrono::TimeDelta;
use domain::time::Timestamp;
use platform::crash;
use sqlx::MySqlPool;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

use crate::marker::TIME_TO_LIVE;
use crate::requests_store;

/// Longer than a command is on its way from its arrival to the broker's queue, unsure confirms and a moment without
/// Redis included.
const HANDING_OVER: TimeDelta = TimeDelta::seconds(30);

/// What was found out for the `since` seen last.
#[derive(Clone, Default)]
pub(crate) struct MarkerCoverage {
    found: Arc<Mutex<Option<(Timestamp, Coverage)>>>,
    /// The database is to be asked.
    wanted: Arc<Notify>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Coverage {
    Asking,
    /// Nothing was decided before.
    Nothing,
    Something,
}

impl MarkerCoverage {
    /// With the task that asks the database, to be spawned.
    pub fn new(database: MySqlPool) -> (Self, impl Future<Output = ()>) {
        let coverage = Self::default();
        (coverage.clone(), coverage.ask(database))
    }

    /// Whether a request without a marker may wait for its decision, so that no row tells of it either. All that
    /// was handed over without one is decided once something is that came a while after Redis did.
    pub fn may_wait(since: Option<Timestamp>, decided: Timestamp) -> bool {
        since.is_none_or(|since| decided < since + HANDING_OVER)
    }

    /// Whether a request with a marker and no row never reached its queue: what came well after it is decided. Its ingress died
    /// in between, or never learned that the broker did not take it. Sent again it is accepted, whatever became of it.
    pub fn is_overdue(accepted_at: Timestamp, decided: Timestamp) -> bool {
        decided > accepted_at + HANDING_OVER
    }

    /// `since` is what Redis said, `None` when it said nothing. While the database is being asked: no.
    pub fn in_absence(&self, since: Option<Timestamp>, now: Timestamp) -> bool {
        let Some(since) = since else { return false };
        let lives = i64::try_from(TIME_TO_LIVE.as_millis()).unwrap_or(i64::MAX);
        if (now - since).num_milliseconds() > lives {
            return true;
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match *found {
            Some((of, answer)) if of == since => answer == Coverage::Nothing,
            _ => {
                *found = Some((since, Coverage::Asking));
                self.wanted.notify_one();
                false
            }
        }
    }

    /// Answers what is asked, one question after the other.
    async fn ask(self, database: MySqlPool) {
        loop {
            crash::round("marker_coverage");
            self.wanted.notified().await;
            if let Some(since) = self.asked() {
                self.answer(since, requests_store::any_before(&database, since).await.ok());
            }
        }
    }

    fn asked(&self) -> Option<Timestamp> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.filter(|(_, answer)| *answer == Coverage::Asking).map(|(since, _)| since)
    }

    /// `None`: the database did not say, the next one asks again.
    fn answer(&self, since: Timestamp, any: Option<bool>) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.is_some_and(|(of, _)| of == since) {
            let coverage = |any| if any { Coverage::Something } else { Coverage::Nothing };
            *found = any.map(|any| (since, coverage(any)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::from_millis;

    #[test]
    fn a_request_is_overdue_once_what_came_well_after_it_is_decided() {
        let accepted_at = from_millis(1_800_000_000_000);
        assert!(!MarkerCoverage::is_overdue(accepted_at, from_millis(0)), "nothing was heard yet");
        assert!(!MarkerCoverage::is_overdue(accepted_at, accepted_at + HANDING_OVER));
        assert!(MarkerCoverage::is_overdue(
            accepted_at,
            accepted_at + HANDING_OVER + TimeDelta::milliseconds(1)
        ));
    }
}
