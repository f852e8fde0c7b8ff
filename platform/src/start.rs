//! What every service waits for before it serves: the database with its partitions, and a broker whose topology is
//! that of this build. One that is away is waited for; a wrong one ends the service.

use sqlx::mysql::MySqlPool;
use std::time::Duration;

use crate::heads_store;
use crate::lifecycle::Shutdown;
use crate::management::Management;
use crate::topology::TopologyError;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The last committed event of every partition, once all is there; `None` when told to stop before.
pub async fn wait(
    pool: &MySqlPool,
    management: &Management,
    shutdown: &Shutdown,
) -> Result<Option<Vec<u64>>, TopologyError> {
    tokio::select! {
        found = wait_for_both(pool, management) => found.map(Some),
        () = shutdown.stopping() => Ok(None),
    }
}

async fn wait_for_both(
    pool: &MySqlPool,
    management: &Management,
) -> Result<Vec<u64>, TopologyError> {
    let heads = loop {
        match heads_store::heads(pool).await {
            Ok(heads) if heads.is_empty() => {
                tracing::warn!("the database has no partitions yet: waiting for `docde migrate`");
            }
            Ok(heads) => break heads,
            Err(error) => tracing::warn!(%error, "waiting for the database"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    loop {
        match management.verify(count(&heads)).await {
            Ok(()) => return Ok(heads),
            Err(TopologyError::Unreachable(error)) => {
                tracing::warn!(%error, "waiting for the broker's management API");
            }
            Err(wrong @ TopologyError::Differs(_)) => return Err(wrong),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// How many partitions these heads are of.
pub fn count(heads: &[u64]) -> u16 {
    u16::try_from(heads.len()).unwrap_or(u16::MAX)
}
