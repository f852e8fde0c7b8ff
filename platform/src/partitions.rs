//! What is known of each partition's backlog from its owner's feed: how much is waiting, how fast it is decided, under
//! which epoch. It serves estimates and the choice of the answer; no rule rests on it.

use domain::feed::Head;
use domain::ids::HospitalId;
use domain::partition::{PartitionId, QueueId, QueueKind};
use domain::request::QueueEstimate;
use domain::time::{self, Timestamp};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// All partitions.
pub struct Partitions(Vec<Backlog>);

#[derive(Default)]
struct Backlog {
    epoch: AtomicU64,
    waiting: AtomicU64,
    /// Bits of an `f64`: decisions a second.
    rate: AtomicU64,
    /// Published from here since the owner last spoke.
    since: AtomicU64,
    /// Commands that have ever been settled. Events are no measure: a command may make several.
    settled: AtomicU64,
    /// Unix milliseconds, a queue: the latest acceptance of what is known to be decided. One queue says nothing of the other.
    decided: [AtomicI64; QueueKind::ALL.len()],
}

impl Partitions {
    /// `settled` is how many commands of every partition have ever been settled.
    pub fn new(settled: &[u64]) -> Self {
        Self(
            settled
                .iter()
                .map(|settled| Backlog { settled: AtomicU64::new(*settled), ..Backlog::default() })
                .collect(),
        )
    }

    fn backlog_of(&self, partition: PartitionId) -> Option<&Backlog> {
        self.0.get(usize::from(partition.index()))
    }

    pub fn of(&self, hospital: HospitalId) -> PartitionId {
        PartitionId::of(hospital, u16::try_from(self.0.len()).unwrap_or(u16::MAX))
    }

    /// The owner spoke. One that has been taken over is not listened to any more.
    pub fn hear(&self, head: Head) {
        let Some(backlog) = self.backlog_of(head.partition) else { return };
        if backlog.epoch.fetch_max(head.epoch, Relaxed) <= head.epoch {
            backlog.waiting.store(head.backlog, Relaxed);
            backlog.rate.store(head.rate.to_bits(), Relaxed);
            backlog.since.store(0, Relaxed);
            backlog.settled.fetch_max(head.settled, Relaxed);
        }
    }

    fn settled_of(&self, partition: PartitionId) -> u64 {
        self.backlog_of(partition).map_or(0, |backlog| backlog.settled.load(Relaxed))
    }

    /// A command that was accepted then is decided, and so is all that was in its queue before it.
    pub fn decided(&self, queue: QueueId, accepted_at: Timestamp) {
        if let Some(backlog) = self.backlog_of(queue.partition) {
            let decided = &backlog.decided[queue.kind as usize];
            decided.fetch_max(accepted_at.timestamp_millis(), Relaxed);
        }
    }

    /// The latest acceptance of what is known to be decided of the queue.
    pub fn decided_of(&self, queue: QueueId) -> Timestamp {
        let backlog = self.backlog_of(queue.partition);
        let decided = |backlog: &Backlog| backlog.decided[queue.kind as usize].load(Relaxed);
        time::from_millis(backlog.map_or(0, decided))
    }

    pub fn published(&self, partition: PartitionId) {
        if let Some(backlog) = self.backlog_of(partition) {
            backlog.since.fetch_add(1, Relaxed);
        }
    }

    /// It was not published after all.
    pub fn unpublished(&self, partition: PartitionId) {
        if let Some(backlog) = self.backlog_of(partition) {
            let _ = backlog.since.fetch_update(Relaxed, Relaxed, |since| since.checked_sub(1));
        }
    }

    /// The highest epoch heard of; what an older one wrote into the cache is not believed.
    pub fn epoch(&self, partition: PartitionId) -> u64 {
        self.backlog_of(partition).map_or(0, |backlog| backlog.epoch.load(Relaxed))
    }

    pub fn backlog(&self, partition: PartitionId) -> u64 {
        self.backlog_of(partition)
            .map_or(0, |backlog| backlog.waiting.load(Relaxed) + backlog.since.load(Relaxed))
    }

    /// How many commands are settled when the turn of one comes that is published next. What the desk sends is read first.
    pub fn due(&self, queue: QueueId) -> u64 {
        let ahead = match queue.kind {
            QueueKind::Usual => self.backlog(queue.partition),
            QueueKind::Desk => 0,
        };
        self.settled_of(queue.partition) + ahead
    }

    /// Where a command stands that was published just now.
    pub fn last_estimate(&self, queue: QueueId, now: Timestamp) -> QueueEstimate {
        let ahead = match queue.kind {
            // The command itself is among those published.
            QueueKind::Usual => self.backlog(queue.partition).saturating_sub(1),
            QueueKind::Desk => 0,
        };
        self.estimate(queue.partition, ahead, now)
    }

    /// Where a command stands whose turn comes once `due` commands are settled. Who comes later does not change it.
    pub fn estimate_of(&self, partition: PartitionId, due: u64, now: Timestamp) -> QueueEstimate {
        let ahead = due.saturating_sub(self.settled_of(partition));
        // Of an owner that has not spoken yet, nobody knows how much waits.
        let heard = self.epoch(partition) > 0;
        let most = if heard { self.backlog(partition).saturating_sub(1) } else { u64::MAX };
        self.estimate(partition, ahead.min(most), now)
    }

    fn estimate(&self, partition: PartitionId, ahead: u64, now: Timestamp) -> QueueEstimate {
        let rate = self
            .backlog_of(partition)
            .map_or(0.0, |backlog| f64::from_bits(backlog.rate.load(Relaxed)));
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let estimate_s = (rate > 0.0).then(|| (ahead as f64 / rate * 10.0).ceil() / 10.0);
        QueueEstimate { ahead, estimate_s, as_of: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_was_published_since_the_owner_spoke() {
        let partitions = Partitions::new(&[0, 0]);
        let (partition, now) = (PartitionId::new(1), time::from_millis(0));
        partitions.published(partition);
        assert_eq!(partitions.last_estimate(partition.usual(), now).ahead, 0);
        partitions.hear(Head { partition, epoch: 2, backlog: 100, rate: 50.0, settled: 0 });
        partitions.published(partition);
        let place = partitions.last_estimate(partition.usual(), now);
        assert_eq!((place.ahead, place.estimate_s), (100, Some(2.0)));
        partitions.hear(Head { partition, epoch: 1, backlog: 7, rate: 0.0, settled: 0 });
        assert_eq!(
            (partitions.backlog(partition), partitions.epoch(partition)),
            (101, 2),
            "an old owner"
        );
        partitions.hear(Head {
            partition: PartitionId::new(9),
            epoch: 1,
            backlog: 7,
            rate: 0.0,
            settled: 0,
        });
    }

    #[test]
    fn a_place_only_gets_better() {
        let partitions = Partitions::new(&[500]);
        let (partition, now) = (PartitionId::new(0), time::from_millis(0));
        let hear = |backlog, settled| {
            partitions.hear(Head { partition, epoch: 1, backlog, rate: 10.0, settled });
        };
        let ahead = |due| partitions.estimate_of(partition, due, now).ahead;
        hear(30, 500);
        let due = partitions.due(partition.usual());
        partitions.published(partition);
        assert_eq!((due, ahead(due)), (530, 30));
        for _ in 0..100 {
            partitions.published(partition);
        }
        assert_eq!((ahead(due), ahead(partitions.due(partition.usual()))), (30, 130));
        hear(111, 520);
        assert_eq!(
            (ahead(due), partitions.estimate_of(partition, due, now).estimate_s),
            (10, Some(1.0))
        );
        hear(111, 519);
        hear(11, 620);
        assert_eq!(ahead(due), 0);
        assert_eq!(ahead(u64::MAX), 10, "never more than wait");
    }

    /// What a command makes (its outcome, notices to others) is told in events; a place counts commands.
    #[test]
    fn a_place_counts_commands_and_not_events() {
        let partitions = Partitions::new(&[0]);
        let (partition, now) = (PartitionId::new(0), time::from_millis(0));
        partitions.hear(Head { partition, epoch: 1, backlog: 5, rate: 0.0, settled: 100 });
        let due = partitions.due(partition.usual());
        // One command was decided and made four events since.
        partitions.hear(Head { partition, epoch: 1, backlog: 9, rate: 0.0, settled: 101 });
        assert_eq!((due, partitions.estimate_of(partition, due, now).ahead), (105, 4));
    }
}
