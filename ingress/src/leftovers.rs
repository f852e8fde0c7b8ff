//! Deletes what is kept for a time only: answers for retries, e-mails that are done, sessions that are long over,
//! what staff have read.

use domain::time::Timestamp;
use platform::clock::Clock;
use platform::crash;
use sqlx::MySqlPool;

use crate::kept::Kept;
use crate::{access_store, mail, once_store, rooms};

/// Rows a statement, so that none holds its locks for long.
const AT_ONCE: u32 = 1_000;

pub(crate) async fn run(database: MySqlPool, clock: Clock, kept: Kept) {
    loop {
        crash::round("leftovers");
        tokio::time::sleep(kept.every).await;
        while let Some(more) = forget(&database, clock.now(), kept).await {
            if !more {
                break;
            }
        }
    }
}

/// Whether there is more to delete; `None`: the database is away, and the next time will do.
async fn forget(database: &MySqlPool, now: Timestamp, kept: Kept) -> Option<bool> {
    let counts = async {
        Ok::<_, sqlx::Error>([
            once_store::forget(database, now, AT_ONCE).await?,
            mail::forget(database, now, AT_ONCE).await?,
            access_store::forget(database, now - kept.access_log, AT_ONCE).await?,
            rooms::forget(database, now, AT_ONCE).await?,
        ])
    };
    match counts.await {
        Ok(counts) => Some(counts.iter().any(|count| *count >= u64::from(AT_ONCE))),
        Err(error) => {
            tracing::warn!(%error, "what is over could not be deleted");
            None
        }
    }
}
