//! What every command of the command line is handed, and what it says in the end.

use platform::clock::Clock;
use platform::config::{ConfigError, Env};
use sqlx::MySqlPool;
use std::io::Write;

/// What a command found. Not an error: the command did its work and has said what is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finding {
    Good,
    Wrong,
}

impl Finding {
    pub fn of(good: bool) -> Self {
        if good { Finding::Good } else { Finding::Wrong }
    }
}

/// Where a command prints its answer; remarks go to stderr.
pub type Out<'a> = &'a mut (dyn Write + Send);

/// What every command is handed.
#[derive(Clone, Debug)]
pub struct Context {
    pub env: Env,
    pub clock: Clock,
}

impl Context {
    pub fn from_env(env: Env) -> Result<Self, ConfigError> {
        let clock = Clock::from_env(&env)?;
        Ok(Self { env, clock })
    }

    /// One command runs one statement after the other; the second connection is for what waits beside it.
    pub fn pool(&self) -> Result<MySqlPool, ConfigError> {
        platform::database::pool(&self.env, 2)
    }
}
