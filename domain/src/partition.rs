//! Which broker queue takes a hospital's commands. FNV-1a-64 is fixed here with test vectors,
//! because the broker's own consistent-hash exchange moves keys when it restarts (measured: 469 of
//! 500) and the standard library's hasher promises nothing.

use crate::ids::{DoctorId, HospitalId};
use std::fmt;

/// One partition: a queue, its owner, its order.
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

    /// The queue's name.
    pub fn queue(self) -> String {
        format!("docde.{self}")
    }

    /// The binding that brings every doctor of the partition to its queue.
    pub fn binding(self) -> String {
        format!("doctor.{self}.#")
    }

    /// The key of a command that travels alone.
    pub fn key(self, doctor: Option<DoctorId>) -> String {
        match doctor {
            Some(doctor) => format!("doctor.{self}.{doctor}"),
            None => format!("doctor.{self}.any"),
        }
    }

    /// The partition that a routing key names, if it is one of `count`.
    pub fn of_key(key: &str, count: u16) -> Option<Self> {
        let index = key.strip_prefix("doctor.p")?.split('.').next()?.parse().ok()?;
        (index < count).then_some(Self(index))
    }

    /// The key of several commands in one message.
    pub fn key_of_many(self) -> String {
        format!("doctor.{self}.many")
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
    fn keys_name_partition_and_doctor() {
        let partition = PartitionId::new(7);
        assert_eq!(partition.queue(), "docde.p07");
        assert_eq!(partition.binding(), "doctor.p07.#");
        assert_eq!(partition.key(None), "doctor.p07.any");
        assert_eq!(partition.key_of_many(), "doctor.p07.many");
        assert_eq!(PartitionId::of_key("doctor.p07.any", 8), Some(partition));
        for foreign in ["doctor.p08.any", "doctor.px.any", "nobody", ""] {
            assert_eq!(PartitionId::of_key(foreign, 8), None, "{foreign}");
        }
    }
}
