//! SIGINT and SIGTERM while an import runs: it stops at once and says what it has done, which is nothing before its commit.

use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::CliError;

/// Before the commit was sent, or after the database said that it did not happen.
pub const NOTHING: &str = "nothing was written; the same command again imports the list";
/// The answer to the commit did not come.
pub const UNKNOWN: &str = "whether the list was written is not known; the same command again finishes it, or finds everything \
                           unchanged";

/// How long a commit that was sent may take once somebody wants to stop.
const COMMIT: Duration = Duration::from_secs(10);

/// The signals, from now on no longer the end of the process.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The work's end, unless a signal comes before.
    pub async fn or<T>(
        &mut self,
        work: impl Future<Output = Result<T, CliError>>,
    ) -> Result<T, CliError> {
        tokio::select! {
            done = work => done,
            name = self.told() => Err(CliError::Stopped { signal: name, done: NOTHING }),
        }
    }

    /// The same of a commit, which is waited for even then, but not for ever.
    pub async fn or_committed<T>(
        &mut self,
        work: impl Future<Output = Result<T, CliError>>,
    ) -> Result<T, CliError> {
        tokio::pin!(work);
        let name = tokio::select! {
            done = &mut work => return done,
            name = self.told() => name,
        };
        let late = |_| Err(CliError::Stopped { signal: name, done: UNKNOWN });
        tokio::time::timeout(COMMIT, work).await.unwrap_or_else(late)
    }

    async fn told(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}
