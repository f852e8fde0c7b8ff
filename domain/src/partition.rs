//! Which broker queue takes a hospital's commands. FNV-1a-64 is fixed here with test vectors,
//! because the broker's own consistent-hash exchange moves keys when it restarts (measured: 469 of
//! 500) and the standard library's hasher promises nothing.

use crate::ids::{DoctorId, HospitalId};
use std::fmt;
use strum::{EnumString, IntoStaticStr};

/// One partition: two queues, their owner, the order of each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct PartitionId(u16);

impl PartitionId {
    pub const fn new(index: u16) -> Self {
        Self(index)
    }

    pub const fn index(self) -> u16 {
        self.0
    }

    /// The partition of all of a hospital's doctors, for a topology of `count` partitions.
    pub fn of(hospital: HospitalId, count: u16) -> Self {
        let slot = fnv1a_64(hospital.uuid().as_bytes()) % u64::from(count.max(1));
        Self(u16::try_from(slot).unwrap_or(0))
    }

    /// The queue of bookings and tickets.
    pub const fn usual(self) -> QueueId {
        QueueId { partition: self, kind: QueueKind::Usual }
    }

    /// The queue of the desk.
    pub const fn desk(self) -> QueueId {
        QueueId { partition: self, kind: QueueKind::Desk }
    }

    /// Both.
    pub fn queues(self) -> [QueueId; 2] {
        QueueKind::ALL.map(|kind| QueueId { partition: self, kind })
    }
}

/// Which of a partition's two queues. Order is kept within one queue.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum QueueKind {
    /// Bookings and tickets, whoever sends them.
    Usual,
    /// What staff do at the desk, and what falls due: read first, so that it never waits behind the peak.
    Desk,
}

impl QueueKind {
    pub const ALL: [QueueKind; 2] = [QueueKind::Usual, QueueKind::Desk];

    /// The name in the feed.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// First word of its routing keys.
    const fn word(self) -> &'static str {
        match self {
            QueueKind::Usual => "doctor",
            QueueKind::Desk => "desk",
        }
    }
}

/// One of the broker's command queues.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct QueueId {
    pub partition: PartitionId,
    pub kind: QueueKind,
}

impl QueueId {
    /// The queue's name at the broker.
    pub fn name(self) -> String {
        match self.kind {
            QueueKind::Usual => format!("docde.{}", self.partition),
            QueueKind::Desk => format!("docde.{}.desk", self.partition),
        }
    }

    /// The binding that brings the commands of every doctor of the partition to the queue.
    pub fn binding(self) -> String {
        self.key_with("#")
    }

    /// The key of a command that travels alone.
    pub fn key(self, doctor: Option<DoctorId>) -> String {
        match doctor {
            Some(doctor) => self.key_with(doctor),
            None => self.key_with("any"),
        }
    }

    /// The key of several commands in one message.
    pub fn key_of_many(self) -> String {
        self.key_with("many")
    }

    fn key_with(self, last: impl fmt::Display) -> String {
        format!("{}.{}.{last}", self.kind.word(), self.partition)
    }

    /// The queue that a routing key leads to, if its partition is one of `count`.
    pub fn of_key(key: &str, count: u16) -> Option<Self> {
        let mut words = key.split('.');
        let first = words.next()?;
        let kind = QueueKind::ALL.into_iter().find(|kind| kind.word() == first)?;
        let index = words.next()?.strip_prefix('p')?.parse().ok()?;
        (index < count).then_some(Self { partition: PartitionId(index), kind })
    }
}

impl fmt::Display for PartitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{:02}", self.0)
    }
}

/// FNV-1a, 64 bit, as published by Fowler, Noll and Vo.
pub fn fnv1a_64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv_matches_the_published_vectors() {
        assert_eq!(fnv1a_64(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a_64(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a_64(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn partitions_of_known_hospitals_never_move() {
        let vectors = [
            ("018f0000-0000-7000-8000-000000000001", 8, 6),
            ("018f0000-0000-7000-8000-000000000002", 8, 3),
            ("018f0000-0000-7000-8000-000000000001", 5, 2),
        ];
        for (id, count, expected) in vectors {
            let hospital: HospitalId = id.parse().unwrap();
            assert_eq!(PartitionId::of(hospital, count).index(), expected, "{id} of {count}");
        }
    }

    #[test]
    fn keys_name_queue_partition_and_doctor() {
        let partition = PartitionId::new(7);
        let (usual, desk) = (partition.usual(), partition.desk());
        assert_eq!((usual.name().as_str(), desk.name().as_str()), ("docde.p07", "docde.p07.desk"));
        assert_eq!(
            (usual.binding().as_str(), desk.binding().as_str()),
            ("doctor.p07.#", "desk.p07.#")
        );
        assert_eq!(
            (usual.key(None).as_str(), desk.key(None).as_str()),
            ("doctor.p07.any", "desk.p07.any")
        );
        assert_eq!(usual.key_of_many(), "doctor.p07.many");
        let doctor = DoctorId::generate();
        assert_eq!(desk.key(Some(doctor)), format!("desk.p07.{doctor}"));
        for queue in partition.queues() {
            assert_eq!(QueueId::of_key(&queue.key_of_many(), 8), Some(queue));
            assert_eq!(queue.kind.as_str().parse(), Ok(queue.kind));
        }
        for foreign in
            ["doctor.p08.any", "desk.px.any", "doctor.07.any", "nobody.p01.any", "nobody", ""]
        {
            assert_eq!(QueueId::of_key(foreign, 8), None, "{foreign}");
        }
    }
}
