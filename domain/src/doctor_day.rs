//! A doctor's taken time and what can be read off it: a free seat, the nearest free slots. Also the
//! form in which a day of it lies in the availability cache, so that the worker that writes it and the ingress
//! that reads it cannot disagree.

use chrono::NaiveDate;
use std::fmt::Write;

use crate::booking::Visit;
use crate::ids::RequestId;
use crate::schedule::{Schedule, Slot};
use crate::time::{self, Timestamp};

/// One seat's time in use, and the request that took it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    pub seat: u8,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub request_id: RequestId,
}

impl Taken {
    fn overlaps(&self, slot: Slot) -> bool {
        self.starts_at < slot.ends_at && self.ends_at > slot.starts_at
    }
}

/// Time in use of one doctor: of a day in the cache, of some days at the worker.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TakenTime(Vec<Taken>);

impl TakenTime {
    pub fn new(taken: Vec<Taken>) -> Self {
        Self(taken)
    }

    pub fn all(&self) -> &[Taken] {
        &self.0
    }

    pub fn add(&mut self, taken: Taken) {
        self.0.push(taken);
    }

    /// Frees the time that starts then on that seat.
    pub fn remove(&mut self, seat: u8, starts_at: Timestamp) {
        self.0.retain(|taken| taken.seat != seat || taken.starts_at != starts_at);
    }

    /// What overlaps the slot.
    pub fn overlapping(&self, slot: Slot) -> impl Iterator<Item = &Taken> {
        self.0.iter().filter(move |taken| taken.overlaps(slot))
    }

    /// The lowest seat that is free for the whole slot.
    pub fn free_seat(&self, slot: Slot, seats: u8) -> Option<u8> {
        (0..seats).find(|seat| !self.overlapping(slot).any(|taken| taken.seat == *seat))
    }

    /// How many seats are free for the whole slot.
    pub fn seats_free(&self, slot: Slot, seats: u8) -> u8 {
        let free =
            (0..seats).filter(|seat| !self.overlapping(slot).any(|taken| taken.seat == *seat));
        u8::try_from(free.count()).unwrap_or(u8::MAX)
    }

    /// The day's slots with a free seat, in order, whether or not they can still be booked.
    pub fn free_slots(&self, schedule: &Schedule, day: NaiveDate, visit: Visit) -> Vec<Slot> {
        let mut slots = schedule.slots_on(day, visit);
        slots.retain(|slot| self.free_seat(*slot, schedule.seats).is_some());
        slots
    }
}

/// Up to `most` of the free slots that can be booked at `now`, nearest to the wished start first.
pub fn nearest(
    free: &[Slot],
    schedule: &Schedule,
    wished: Timestamp,
    now: Timestamp,
    most: usize,
) -> Vec<Slot> {
    let mut open: Vec<Slot> =
        free.iter().copied().filter(|slot| schedule.cutoff_of(slot.starts_at) > now).collect();
    open.sort_by_key(|slot| ((slot.starts_at - wished).num_milliseconds().abs(), slot.starts_at));
    open.truncate(most);
    open
}

/// A day of taken time with its version, as it lies in the cache. A newer (epoch, revision) wins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CachedDay {
    pub epoch: u64,
    pub revision: u64,
    pub taken: TakenTime,
}

impl CachedDay {
    /// The Redis key. The braces keep a partition's keys on one node of a cluster.
    pub fn key(
        prefix: &str,
        partition: crate::partition::PartitionId,
        doctor: crate::ids::DoctorId,
        day: NaiveDate,
    ) -> String {
        format!("{prefix}avail:{{{partition}}}:{doctor}:{day}")
    }

    /// `epoch revision`, twenty digits each, and one line `start end seat request` for each time taken.
    pub fn encode(&self) -> String {
        let mut text = String::with_capacity(41 + self.taken.0.len() * 70);
        let _ = write!(text, "{:020} {:020}", self.epoch, self.revision);
        for taken in &self.taken.0 {
            let (starts, ends) =
                (taken.starts_at.timestamp_millis(), taken.ends_at.timestamp_millis());
            let _ = write!(text, "\n{starts} {ends} {} {}", taken.seat, taken.request_id);
        }
        text
    }

    /// `None` for anything that [`CachedDay::encode`] did not write: then the worker is asked.
    pub fn decode(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (epoch, revision) = lines.next()?.split_once(' ')?;
        let taken = lines.map(|line| {
            let mut words = line.split(' ');
            Some(Taken {
                starts_at: time::from_millis(words.next()?.parse().ok()?),
                ends_at: time::from_millis(words.next()?.parse().ok()?),
                seat: words.next()?.parse().ok()?,
                request_id: words.next()?.parse().ok()?,
            })
        });
        let taken = TakenTime(taken.collect::<Option<Vec<_>>>()?);
        Some(Self { epoch: epoch.parse().ok()?, revision: revision.parse().ok()?, taken })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(from: i64, until: i64) -> Slot {
        Slot { starts_at: time::from_millis(from), ends_at: time::from_millis(until) }
    }

    fn taken(seat: u8, from: i64, until: i64) -> Taken {
        let slot = slot(from, until);
        Taken {
            seat,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            request_id: RequestId::fresh(),
        }
    }

    #[test]
    fn seats_fill_from_the_lowest_and_touching_times_do_not_overlap() {
        let mut time = TakenTime::default();
        assert_eq!(time.free_seat(slot(10, 20), 2), Some(0));
        time.add(taken(0, 10, 20));
        assert_eq!(time.free_seat(slot(15, 25), 2), Some(1));
        assert_eq!(time.free_seat(slot(20, 30), 2), Some(0));
        time.add(taken(1, 15, 25));
        assert_eq!(time.free_seat(slot(10, 20), 2), None);
        time.remove(0, time::from_millis(10));
        assert_eq!(time.free_seat(slot(10, 20), 2), Some(0));
    }

    #[test]
    fn the_cache_form_reads_back() {
        let day = CachedDay {
            epoch: 3,
            revision: 41,
            taken: TakenTime(vec![taken(0, 10, 20), taken(1, 15, 25)]),
        };
        assert_eq!(CachedDay::decode(&day.encode()), Some(day));
        for bad in ["", "1", "x 1", "1 1\n10 20 0", "1 1\n10 20 0 nonsense"] {
            assert_eq!(CachedDay::decode(bad), None, "{bad:?}");
        }
    }
}
