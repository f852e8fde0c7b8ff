//! Settings of a worker.

use chrono::TimeDelta;
use platform::broker::Broker;
use platform::clock::Clock;
use platform::config::{ConfigError, Env};
use platform::kv::Kv;
use platform::management::Management;
use sqlx::MySqlPool;
use std::time::Duration;

/// Read once at the start.
pub struct Config {
    pub pool: MySqlPool,
    pub kv: Kv,
    pub consume: Broker,
    pub publish: Broker,
    pub management: Management,
    pub batching: Batching,
    /// The host's, whatever clock decides: it is compared with the database's. Tests have others.
    pub host_clock: Clock,
    /// `DOCDE_DIRECTORY_MS` (10000), see [`platform::directory::fresh_for`].
    pub directory_fresh_for: Duration,
}

/// How commands are gathered.
#[derive(Clone, Copy, Debug)]
pub struct Batching {
    /// `DOCDE_BATCH` (256): commands in one transaction, as far as whole messages allow.
    pub size: usize,
    /// `DOCDE_BATCH_AGE_MS` (20): how long an incomplete batch waits for more while there is load. A command
    /// that comes alone never waits. With 0 a batch is what gathered while the one before was committed.
    pub age: Duration,
    /// `DOCDE_TRANSACTIONS` (2): batches that are decided at the same time. On two cores eight at once commit a tenth
    /// fewer bookings than two: their statements wait for each other, and what arrives meanwhile would have joined them.
    pub transactions: usize,
}

/// Unacknowledged messages a partition. No setting, and never to be lowered: what a closed channel gives back, the broker
/// keeps apart in order, and what the next one gives back of that goes behind the rest. So a consumer that takes fewer
/// messages than the one before it would turn the order round (seen on 3.10).
pub const PREFETCH: u16 = 256;
/// Farthest that the host's clock may be from the database's for a worker that owns partitions. One that runs fast would
/// expire what is in time, and open a day before it opens.
pub const MAX_CLOCK_DIFFERENCE: TimeDelta = TimeDelta::seconds(5);
/// Attempts at a redelivered command before it is parked (CONTRACT, Messages).
pub const MAX_ATTEMPTS: u16 = 3;
/// Days that events are kept for listeners that come back (CONTRACT, Messages).
pub const EVENT_DAYS: i64 = 7;
/// Days that a publisher's row is kept after it was last heard of. One that lives says every `DOCDE_PUBLISH_REPEAT_MS` what
/// is confirmed.
pub const PUBLISHER_DAYS: i64 = 7;

impl Config {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let (consume, publish, management) = crate::brokers(env)?;
        Ok(Self {
            pool: platform::database::pool(env, 24)?,
            kv: Kv::from_env(env)?,
            consume,
            publish,
            management,
            host_clock: Clock::host(),
            directory_fresh_for: platform::directory::fresh_for(env)?,
            batching: Batching {
                size: usize::try_from(env.number("DOCDE_BATCH", 256, 1..=2_000)?).unwrap_or(256),
                age: env.millis("DOCDE_BATCH_AGE_MS", 20)?,
                transactions: usize::try_from(env.number("DOCDE_TRANSACTIONS", 2, 1..=256)?)
                    .unwrap_or(2),
            },
        })
    }
}
