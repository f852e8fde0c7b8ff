//! What every service waits for before it serves: the database with its partitions, and a broker whose topology is
//! that of this build. One that is away is waited for; a wrong one ends the service.

use sqlx::mysql::MySqlPool;

use crate::lifecycle::Shutdown;
use crate::management::Management;
use crate::topology::TopologyError;
use crate::{heads_store, retry};

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
    let heads =
        retry::until_it_works("reading the database's partitions", || partitions(pool)).await;
    let verify = || async {
        match management.verify(count(&heads)).await {
            Err(TopologyError::Unreachable(error)) => Err(error),
            verified => Ok(verified),
        }
    };
    retry::until_it_works("asking the broker's management API", verify).await?;
    Ok(heads)
}

async fn partitions(pool: &MySqlPool) -> Result<Vec<u64>, String> {
    match heads_store::heads(pool).await {
        Ok(heads) if heads.is_empty() => Err("there are none yet: run `docde migrate`".to_owned()),
        Ok(heads) => Ok(heads),
        Err(error) => Err(error.to_string()),
    }
}

/// How many partitions these heads are of.
pub fn count(heads: &[u64]) -> u16 {
    u16::try_from(heads.len()).unwrap_or(u16::MAX)
}
