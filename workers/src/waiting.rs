//! Waiting for the database, and why an owner stops.

use platform::lifecycle::Shutdown;
use std::time::Duration;

/// Between two looks whether the database is back, and two tries of what failed twice.
const DATABASE_PAUSE: Duration = Duration::from_millis(200);

/// Why an owner stops.
#[derive(Debug, thiserror::Error)]
pub enum End {
    #[error("another worker has taken the partition over")]
    Stale,
    #[error("stopped while the database was away")]
    Stopped,
}

/// The database is away: the messages are kept.
pub async fn pause(error: &sqlx::Error, stop: &Shutdown) -> Result<(), End> {
    tracing::warn!(%error, "the database is away; messages are kept");
    rest(stop).await
}

/// For a moment.
pub async fn rest(stop: &Shutdown) -> Result<(), End> {
    tokio::select! {
        () = tokio::time::sleep(DATABASE_PAUSE) => Ok(()),
        () = stop.stopping() => Err(End::Stopped),
    }
}
