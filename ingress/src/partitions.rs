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
    /// Unix milliseconds: the latest acceptance of what is known to be decided.
    decided: AtomicI64,
}

impl Partitions {
    pub fn new(count: u16) -> Self {
        Self((0..count).map(|_| Line::default()).collect())
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

    /// Where a command stands that was published just now, or a little before.
    pub fn place(&self, partition: PartitionId, now: Timestamp) -> Place {
        let rate = self.line(partition).map_or(0.0, |line| f64::from_bits(line.rate.load(Relaxed)));
        // The command itself is among those published.
        let ahead = self.backlog(partition).saturating_sub(1);
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
        let partitions = Partitions::new(2);
        let (partition, now) = (PartitionId::new(1), time::from_millis(0));
        partitions.published(partition);
        assert_eq!(partitions.place(partition, now).ahead, 0);
        partitions.hear(Head { partition, epoch: 2, backlog: 100, rate: 50.0 });
        partitions.published(partition);
        let place = partitions.place(partition, now);
        assert_eq!((place.ahead, place.estimate_s), (100, Some(2.0)));
        partitions.hear(Head { partition, epoch: 1, backlog: 7, rate: 0.0 });
        assert_eq!((partitions.backlog(partition), partitions.epoch(partition)), (101, 2), "an old owner");
        partitions.hear(Head { partition: PartitionId::new(9), epoch: 1, backlog: 7, rate: 0.0 });
    }
}
