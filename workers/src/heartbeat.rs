//! A worker's heartbeat: it says that it lives and hears who else does. Before that it compares the host's clock with
//! the database's: a worker whose clock is wrong does not count among the live ones, so others own its partitions.

use chrono::TimeDelta;
use domain::time::Timestamp;
use platform::metrics;
use sqlx::MySqlConnection;
use std::time::Duration;
use uuid::Uuid;

use crate::config::MAX_CLOCK_DIFFERENCE;
use crate::{Shared, ownership_store};

/// Longest that a heartbeat is waited for.
const BEAT_TIMEOUT: Duration = Duration::from_secs(3);

/// This worker's place among the live ones.
#[derive(Default)]
pub struct Heartbeat {
    /// Holds the named lock. `None`: to be opened with the next beat.
    connection: Option<MySqlConnection>,
    joined: bool,
    clock_is_wrong: bool,
}

impl Heartbeat {
    /// Beats once. The live workers; none while this one's clock is wrong.
    pub async fn beat(&mut self, shared: &Shared) -> Result<Vec<Uuid>, sqlx::Error> {
        let beaten = tokio::time::timeout(BEAT_TIMEOUT, self.try_beat(shared)).await;
        let result = beaten.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        if result.is_err() {
            (self.connection, self.joined) = (None, false);
        }
        result
    }

    async fn try_beat(&mut self, shared: &Shared) -> Result<Vec<Uuid>, sqlx::Error> {
        if self.connection.is_none() {
            self.connection = Some(ownership_store::connect(&shared.pool, shared.id).await?);
        }
        let Some(connection) = &mut self.connection else { return Err(sqlx::Error::PoolClosed) };
        let host = &shared.config.host_clock;
        let asked = host.now();
        let database = ownership_store::time(connection).await?;
        let ahead = ahead_of(database, (asked, host.now()));
        metrics::CLOCK_AHEAD.set(ahead.num_milliseconds());
        let was_wrong = std::mem::replace(&mut self.clock_is_wrong, is_wrong(ahead));
        if self.clock_is_wrong {
            if !was_wrong {
                tracing::error!(
                    ahead_ms = ahead.num_milliseconds(),
                    "the host's clock differs from the database's: owning no partition"
                );
            }
            if std::mem::take(&mut self.joined) {
                ownership_store::leave(connection, shared.id).await?;
            }
            return Ok(Vec::new());
        }
        if was_wrong {
            tracing::info!("the host's clock agrees with the database's again");
        }
        if !self.joined {
            ownership_store::join(connection, shared.id).await?;
            self.joined = true;
        }
        ownership_store::beat(connection, shared.id).await
    }

    /// As of the last beat that was answered.
    pub fn clock_is_wrong(&self) -> bool {
        self.clock_is_wrong
    }

    /// Says goodbye.
    pub async fn end(mut self, shared: &Shared) {
        if let Some(connection) = &mut self.connection {
            let _ = ownership_store::leave(connection, shared.id).await;
        }
    }
}

/// How far the host is ahead for certain: the database said its time between the host's two.
fn ahead_of(database: Timestamp, (asked, answered): (Timestamp, Timestamp)) -> TimeDelta {
    if database < asked {
        asked - database
    } else if database > answered {
        answered - database
    } else {
        TimeDelta::zero()
    }
}

fn is_wrong(ahead: TimeDelta) -> bool {
    ahead.abs() > MAX_CLOCK_DIFFERENCE
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::from_millis;

    /// Whether a clock is wrong that showed these milliseconds around an answer of 100,000.
    fn wrong(asked: i64, answered: i64) -> bool {
        is_wrong(ahead_of(from_millis(100_000), (from_millis(asked), from_millis(answered))))
    }

    #[test]
    fn a_clock_is_wrong_beyond_the_limit_on_either_side() {
        assert!(!wrong(105_000, 105_010) && wrong(105_001, 105_010), "fast");
        assert!(!wrong(94_000, 95_000) && wrong(94_000, 94_999), "slow");
    }

    #[test]
    fn the_round_trip_is_not_held_against_it() {
        assert!(!wrong(94_000, 106_000), "an answer that took twelve seconds");
        assert_eq!(ahead_of(from_millis(5), (from_millis(4), from_millis(6))), TimeDelta::zero());
    }
}
