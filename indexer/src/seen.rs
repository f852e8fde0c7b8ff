//! What of the feed was seen: which hospitals it named, and how many committed events it has not brought yet.

use domain::feed::{self, Entry};
use domain::partition::PartitionId;
use platform::metrics;

use crate::changes::Changes;

/// The last event seen of every partition.
pub struct Seen {
    seen: Vec<u64>,
    /// Partitions that were behind at the last look, with how far the database was.
    behind: Vec<Option<u64>>,
}

impl Seen {
    pub fn new(heads: Vec<u64>) -> Self {
        Self { behind: vec![None; heads.len()], seen: heads }
    }

    pub fn take(&mut self, message: &[u8], changes: &Changes) {
        let Some((head, lines)) = feed::read(message) else { return };
        let Some(seen) = self.seen.get_mut(usize::from(head.partition.index())) else { return };
        for line in lines {
            match line {
                Entry::Event { seq, .. } => *seen = seq.max(*seen),
                Entry::Day { .. } => metrics::INDEX_DAYS.inc(),
                Entry::Hospital { hospital } => changes.add(hospital),
                Entry::Echo { .. }
                | Entry::Schedules { .. }
                | Entry::Doctor { .. }
                | Entry::Decided { .. } => {}
            }
        }
    }

    /// Shows the lag. True where events that were missing at the last look are missing still: their messages were lost.
    /// They count as seen from then on.
    pub fn compare(&mut self, heads: &[u64]) -> bool {
        let mut lost = false;
        for (index, (head, (seen, behind))) in
            (0..).zip(heads.iter().zip(self.seen.iter_mut().zip(&mut self.behind)))
        {
            if behind.is_some_and(|before| *seen < before) {
                lost = true;
                *seen = behind.unwrap_or(*seen);
            }
            *behind = (*seen < *head).then_some(*head);
            let lag = i64::try_from(head.saturating_sub(*seen)).unwrap_or(i64::MAX);
            metrics::INDEX_LAG.with_label_values(&[&PartitionId::new(index).to_string()]).set(lag);
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::command::BodyHash;
    use domain::event::{Audience, EventKind};
    use domain::feed::{Feed, Head};
    use domain::ids::{AccountId, DoctorId, HospitalId};

    fn message(partition: u16, seq: u64) -> Vec<u8> {
        let mut message = Feed::new(Head {
            partition: PartitionId::new(partition),
            epoch: 1,
            backlog: 0,
            rate: 0.0,
            settled: 0,
        });
        message.push(Entry::Event {
            seq,
            to: Audience::Account(AccountId::generate()),
            kind: EventKind::Outcome,
            about: None,
            body_hash: BodyHash::UNKNOWN,
            document: "{}",
        });
        message.push(Entry::Day {
            doctor: DoctorId::generate(),
            day: "2026-11-23".parse().unwrap(),
            revision: 1,
        });
        message.push(Entry::Hospital { hospital: HospitalId::from_uuid(uuid::Uuid::nil()) });
        message.into_bytes()
    }

    /// Of partitions that the other test of this process does not have: the gauges are shared.
    #[test]
    fn the_lag_is_what_was_committed_and_not_seen() {
        let changes = Changes::default();
        let mut seen = Seen::new(vec![0, 0, 4, 0]);
        let days = metrics::INDEX_DAYS.get();
        seen.take(&message(3, 7), &changes);
        seen.take(b"no feed message", &changes);
        // The other test counts in this one too.
        assert!(metrics::INDEX_DAYS.get() > days);
        assert_eq!(changes.take(10), [HospitalId::from_uuid(uuid::Uuid::nil())]);
        assert!(!seen.compare(&[0, 0, 4, 9]));
        assert_eq!(metrics::INDEX_LAG.with_label_values(&["p02"]).get(), 0);
        assert_eq!(metrics::INDEX_LAG.with_label_values(&["p03"]).get(), 2);
    }

    #[test]
    fn what_no_message_brought_is_noticed_once() {
        let changes = Changes::default();
        let mut seen = Seen::new(vec![0, 0]);
        assert!(!seen.compare(&[0, 9]), "it may be on its way");
        assert!(seen.compare(&[0, 9]));
        assert!(!seen.compare(&[0, 9]));
        assert!(!seen.compare(&[0, 12]));
        seen.take(&message(1, 12), &changes);
        assert!(!seen.compare(&[0, 12]));
    }
}
