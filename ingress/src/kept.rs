//! For how long things are kept, as the environment says, and how often is looked for what is over.

use chrono::TimeDelta;
use platform::config::{ConfigError, Env};
use std::time::Duration;

/// See above.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    /// `DOCDE_LEFTOVERS_MS` (60000).
    pub every: Duration,
    /// `DOCDE_ACCESS_LOG_DAYS` (731, so never less than two years): what staff have read.
    pub access_log: TimeDelta,
}

impl Kept {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let every = env.number("DOCDE_LEFTOVERS_MS", 60_000, 100..=86_400_000)?;
        let days = env.number("DOCDE_ACCESS_LOG_DAYS", 731, 1..=36_500)?;
        let access_log = TimeDelta::days(i64::try_from(days).unwrap_or(731));
        Ok(Self { every: Duration::from_millis(every), access_log })
    }
}
