//! Which partitions this worker owns. Live workers agree by rendezvous hashing over the rows of their
//! heartbeats: no leader, and a worker that comes or goes moves only its share. The broker's
//! single-active-consumer flag keeps two from consuming at once, the epoch from committing.

use domain::partition::{PartitionId, fnv1a_64};
use platform::Failure;
use platform::health::Readiness;
use platform::lifecycle::Shutdown;
use platform::metrics;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{Id, JoinSet};
use uuid::Uuid;

use crate::heartbeat::Heartbeat;
use crate::{Shared, owner};

/// Between two heartbeats (CONTRACT, Ownership).
const HEARTBEAT: Duration = Duration::from_secs(1);
/// The first look after a change, so that a takeover does not wait for the next heartbeat.
const SOON: Duration = Duration::from_millis(200);

/// The worker to whom a partition belongs: the one with the highest mixed hash.
pub fn owner_of(partition: PartitionId, live: &[Uuid]) -> Option<Uuid> {
    live.iter().copied().max_by_key(|worker| (weight(partition, *worker), *worker))
}

fn weight(partition: PartitionId, worker: Uuid) -> u64 {
    let mut bytes = worker.as_bytes().to_vec();
    bytes.extend(partition.index().to_be_bytes());
    // FNV alone mixes its last bytes poorly; the finalizer of SplitMix64 spreads them.
    let mut hash = fnv1a_64(&bytes);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

struct Running {
    stops: BTreeMap<PartitionId, Shutdown>,
    tasks: JoinSet<()>,
    names: BTreeMap<Id, PartitionId>,
}

/// Beats, looks who lives, starts and stops owners, until the shutdown; then drains them all. Ready is who may own
/// partitions.
pub async fn run(
    shared: Arc<Shared>,
    partitions: u16,
    readiness: &Readiness,
    shutdown: Shutdown,
) -> Result<(), Failure> {
    let mut running =
        Running { stops: BTreeMap::new(), tasks: JoinSet::new(), names: BTreeMap::new() };
    let mut heartbeat = Heartbeat::default();
    while !shutdown.is_stopping() {
        match heartbeat.beat(&shared).await {
            Ok(live) => {
                readiness.set(!heartbeat.clock_is_wrong());
                running.settle(&shared, &mine(shared.id, partitions, &live), &shutdown);
            }
            // Owners hold their messages and wait for the database by themselves.
            Err(error) => tracing::warn!(%error, "no heartbeat"),
        }
        metrics::OWNED.set(i64::try_from(running.stops.len()).unwrap_or(0));
        let pause = if running.changed() { SOON } else { HEARTBEAT };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            Some(ended) = running.tasks.join_next_with_id() => running.ended(ended),
            () = shutdown.stopping() => {}
        }
    }
    readiness.set(false);
    running.stops.values().for_each(Shutdown::stop);
    while let Some(ended) = running.tasks.join_next_with_id().await {
        running.ended(ended);
    }
    heartbeat.end(&shared).await;
    Ok(())
}

fn mine(me: Uuid, partitions: u16, live: &[Uuid]) -> BTreeSet<PartitionId> {
    (0..partitions)
        .map(PartitionId::new)
        .filter(|partition| owner_of(*partition, live) == Some(me))
        .collect()
}

impl Running {
    fn settle(
        &mut self,
        shared: &Arc<Shared>,
        wanted: &BTreeSet<PartitionId>,
        shutdown: &Shutdown,
    ) {
        for (partition, stop) in &self.stops {
            if !wanted.contains(partition) {
                stop.stop();
            }
        }
        for partition in wanted {
            if !self.stops.contains_key(partition) {
                let stop = shutdown.child();
                let owner = owner::own(Arc::clone(shared), *partition, stop.clone());
                let task = self.tasks.spawn(shared.tasks.guard("owner", owner));
                self.names.insert(task.id(), *partition);
                self.stops.insert(*partition, stop);
            }
        }
    }

    /// Some owner is on its way out: look again soon.
    fn changed(&self) -> bool {
        self.stops.values().any(Shutdown::is_stopping)
    }

    fn ended(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let id = match &ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        let Some(partition) = self.names.remove(&id) else { return };
        self.stops.remove(&partition);
        if let Err(error) = ended {
            // `Tasks` knows of it too, so this worker stops; another one takes the partition over.
            tracing::error!(%partition, %error, "the owner of a partition failed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(live: &[Uuid]) -> Vec<Option<Uuid>> {
        (0..64).map(|index| owner_of(PartitionId::new(index), live)).collect()
    }

    #[test]
    fn a_worker_that_leaves_moves_only_its_own() {
        let live: Vec<Uuid> = (0..4).map(|_| Uuid::now_v7()).collect();
        let before = spread(&live);
        for gone in &live {
            let left: Vec<Uuid> = live.iter().copied().filter(|id| id != gone).collect();
            for (was, is) in before.iter().zip(spread(&left)) {
                assert!(*was == is || *was == Some(*gone));
            }
        }
        let shares =
            live.iter().map(|id| before.iter().filter(|owner| **owner == Some(*id)).count());
        assert!(shares.min().unwrap() >= 4, "64 partitions spread over 4 workers: {before:?}");
        assert_eq!(owner_of(PartitionId::new(0), &[]), None);
    }
}
