//! What is known of each partition's line from its owner's feed: how much is waiting, how fast it is decided,
//! under which epoch. A guess for places and for the choice of the answer; no rule rests on it.

use domain::feed::Head;
use domain::ids::HospitalId;
use domain::partition::PartitionId;
use domain::request::Place;
use domain::time::{self, Timestamp};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// All partitions.
pub(crate) struct Partitions(Vec<Line>);

#[derive(Default)]
struct Line {
    epoch: AtomicU64,
    backlog: AtomicU64,
    /// Bits of an `f64`: decisions a second.
    rate: AtomicU64,
    /// Published from here since the owner last spoke.
    since: AtomicU64,
    /// The last event heard of: each decided command is one.
    reached: AtomicU64,
    /// Unix milliseconds: the latest acceptance of what is known to be decided.
    decided: AtomicI64,
}

impl Partitions {
    /// `heads` is the last event of every partition.
    pub fn new(heads: &[u64]) -> Self {
        Self(
            heads
                .iter()
                .map(|head| Line { reached: AtomicU64::new(*head), ..Line::default() })
                .collect(),
        )
    }

    fn line(&self, partition: PartitionId) -> Option<&Line> {
        self.0.get(usize::from(partition.index()))
    }

    pub fn of(&self, hospital: HospitalId) -> PartitionId {
        PartitionId::of(hospital, u16::try_from(self.0.len()).unwrap_or(u16::MAX))
    }

    /// The owner spoke. One that has been taken over is not listened to any more.
    pub fn hear(&self, head: Head) {
        let Some(line) = self.line(head.partition) else { return };
        if line.epoch.fetch_max(head.epoch, Relaxed) <= head.epoch {
            line.backlog.store(head.backlog, Relaxed);
            line.rate.store(head.rate.to_bits(), Relaxed);
            line.since.store(0, Relaxed);
        }
    }

    fn reached_of(&self, partition: PartitionId) -> u64 {
        self.line(partition).map_or(0, |line| line.reached.load(Relaxed))
    }

    /// The event was committed, and all before it.
    pub fn reached(&self, partition: PartitionId, event: u64) {
        if let Some(line) = self.line(partition) {
            line.reached.fetch_max(event, Relaxed);
        }
    }

    /// A command that was accepted then is decided, and so is all that was queued before it.
    pub fn decided(&self, partition: PartitionId, accepted_at: Timestamp) {
        if let Some(line) = self.line(partition) {
            line.decided.fetch_max(accepted_at.timestamp_millis(), Relaxed);
        }
    }

    /// The latest acceptance of what is known to be decided.
    pub fn decided_of(&self, partition: PartitionId) -> Timestamp {
        time::from_millis(self.line(partition).map_or(0, |line| line.decided.load(Relaxed)))
    }

    pub fn published(&self, partition: PartitionId) {
        if let Some(line) = self.line(partition) {
            line.since.fetch_add(1, Relaxed);
        }
    }

    /// It was not published after all.
    pub fn unpublished(&self, partition: PartitionId) {
        if let Some(line) = self.line(partition) {
            let _ = line.since.fetch_update(Relaxed, Relaxed, |since| since.checked_sub(1));
        }
    }

    /// The highest epoch heard of; what an older one wrote into the cache is not believed.
    pub fn epoch(&self, partition: PartitionId) -> u64 {
        self.line(partition).map_or(0, |line| line.epoch.load(Relaxed))
    }

    pub fn backlog(&self, partition: PartitionId) -> u64 {
        self.line(partition).map_or(0, |line| line.backlog.load(Relaxed) + line.since.load(Relaxed))
    }

    /// The event after which a command's turn comes that is published next.
    pub fn due(&self, partition: PartitionId) -> u64 {
        self.reached_of(partition) + self.backlog(partition)
    }

    /// Where a command stands that was published just now.
    pub fn last_place(&self, partition: PartitionId, now: Timestamp) -> Place {
        // The command itself is among those published.
        self.place(partition, self.backlog(partition).saturating_sub(1), now)
    }

    /// Where a command stands whose turn comes after the event `due`. Who comes later does not change it.
    pub fn place_of(&self, partition: PartitionId, due: u64, now: Timestamp) -> Place {
        let ahead = due
            .saturating_sub(self.reached_of(partition))
            .min(self.backlog(partition).saturating_sub(1));
        self.place(partition, ahead, now)
    }

    fn place(&self, partition: PartitionId, ahead: u64, now: Timestamp) -> Place {
        let rate = self.line(partition).map_or(0.0, |line| f64::from_bits(line.rate.load(Relaxed)));
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let estimate_s = (rate > 0.0).then(|| (ahead as f64 / rate * 10.0).ceil() / 10.0);
        Place { ahead, estimate_s, as_of: now }
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
        assert_eq!(partitions.last_place(partition, now).ahead, 0);
        partitions.hear(Head { partition, epoch: 2, backlog: 100, rate: 50.0 });
        partitions.published(partition);
        let place = partitions.last_place(partition, now);
        assert_eq!((place.ahead, place.estimate_s), (100, Some(2.0)));
        partitions.hear(Head { partition, epoch: 1, backlog: 7, rate: 0.0 });
        assert_eq!(
            (partitions.backlog(partition), partitions.epoch(partition)),
            (101, 2),
            "an old owner"
        );
        partitions.hear(Head { partition: PartitionId::new(9), epoch: 1, backlog: 7, rate: 0.0 });
    }

    #[test]
    fn a_place_only_gets_better() {
        let partitions = Partitions::new(&[500]);
        let (partition, now) = (PartitionId::new(0), time::from_millis(0));
        let hear = |backlog| partitions.hear(Head { partition, epoch: 1, backlog, rate: 10.0 });
        let ahead = |due| partitions.place_of(partition, due, now).ahead;
        hear(30);
        let due = partitions.due(partition);
        partitions.published(partition);
        assert_eq!((due, ahead(due)), (530, 30));
        for _ in 0..100 {
            partitions.published(partition);
        }
        assert_eq!((ahead(due), ahead(partitions.due(partition))), (30, 130));
        partitions.reached(partition, 520);
        hear(111);
        assert_eq!(
            (ahead(due), partitions.place_of(partition, due, now).estimate_s),
            (10, Some(1.0))
        );
        partitions.reached(partition, 519);
        partitions.reached(partition, 620);
        hear(11);
        assert_eq!(ahead(due), 0);
        assert_eq!(ahead(u64::MAX), 10, "never more than wait");
    }
}
