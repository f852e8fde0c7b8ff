//! What both sides of a line's load are given.

use platform::Failure;
use platform::config::Env;
use sqlx::MySqlPool;
use std::time::Duration;

use crate::arguments::RunArguments;
use crate::prepared::Bench;
use crate::world::Size;

/// A world of lines, how long runs are, and where the baseline has its tables.
pub struct Line<'a> {
    pub bench: Bench,
    pub over: &'a RunArguments,
    pub length: Duration,
    /// Of the baseline.
    pub url: &'a str,
    pub pool: &'a MySqlPool,
}

impl<'a> Line<'a> {
    /// A world whose doctors have reception at every hour, so that it can be measured at any.
    pub async fn prepare(
        env: &Env,
        over: &'a RunArguments,
        url: &'a str,
        pool: &'a MySqlPool,
    ) -> Result<Self, Failure> {
        let size = Size { accounts: 1, family: 1, round_the_clock: true, ..over.size() };
        let bench = Bench::prepare(env.clone(), size).await?;
        Ok(Self { bench, over, length: Duration::from_secs(over.seconds), url, pool })
    }
}
