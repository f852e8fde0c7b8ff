//! The times in which an operator had a kind of command, or its partition, paused. They do not count for a command's time
//! to live (CONTRACT, Request).

use chrono::TimeDelta;

use crate::time::Timestamp;

/// One time without decisions or without new commands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pause {
    /// The kind that was paused; `None`: the partition with all of them.
    pub kind: Option<&'static str>,
    pub from: Timestamp,
    /// `None`: it lasts.
    pub until: Option<Timestamp>,
}

/// Those of a partition.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pauses(Vec<Pause>);

impl Pauses {
    pub fn new(mut pauses: Vec<Pause>) -> Self {
        pauses.sort_unstable_by_key(|pause| pause.from);
        Self(pauses)
    }

    /// How long of the time between both the kind was paused, by itself or with its partition. What overlaps counts once.
    pub fn within(&self, kind: &str, (from, until): (Timestamp, Timestamp)) -> TimeDelta {
        let (mut paused, mut counted_to) = (TimeDelta::zero(), from);
        for pause in self.0.iter().filter(|pause| pause.kind.is_none_or(|paused| paused == kind)) {
            let begins = pause.from.max(counted_to);
            let ends = pause.until.map_or(until, |ends| ends.min(until));
            if begins < ends {
                paused += ends - begins;
                counted_to = ends;
            }
        }
        paused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::from_millis;

    fn at(minutes: i64) -> Timestamp {
        from_millis(1_800_000_000_000 + minutes * 60_000)
    }

    fn pause(kind: Option<&'static str>, from: i64, until: Option<i64>) -> Pause {
        Pause { kind, from: at(from), until: until.map(at) }
    }

    fn within(pauses: &[Pause], from: i64, until: i64) -> i64 {
        Pauses::new(pauses.to_vec()).within("book", (at(from), at(until))).num_minutes()
    }

    #[test]
    fn only_pauses_of_the_kind_and_of_its_partition_count() {
        let pauses = [
            pause(Some("book"), 0, Some(3)),
            pause(Some("cancel"), 10, Some(20)),
            pause(None, 30, Some(35)),
        ];
        assert_eq!(within(&pauses, 0, 60), 8);
        assert_eq!(within(&[], 0, 60), 0);
    }

    #[test]
    fn what_overlaps_counts_once_and_what_lies_outside_does_not() {
        let pauses = [
            pause(None, 5, Some(15)),
            pause(Some("book"), 0, Some(10)),
            pause(Some("book"), 6, Some(8)),
            pause(Some("book"), 50, None),
        ];
        assert_eq!(within(&pauses, 0, 40), 15);
        assert_eq!(within(&pauses, 7, 60), 8 + 10);
        assert_eq!(within(&pauses, 16, 40), 0);
        assert_eq!(within(&pauses, 55, 60), 5);
    }
}
