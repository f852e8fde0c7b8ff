//! A doctor's time in use and what can be read off it: a free seat, the nearest free slots.

use chrono::NaiveDate;
use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::ids::RequestId;
use crate::schedule::{Schedule, Slot, Visit};
use crate::time::Timestamp;

/// One seat's time in use, and the request that took it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    pub seat: u8,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub request_id: RequestId,
    /// A hold uses the time until then, whether or not anybody has ended it.
    pub held_until: Option<Timestamp>,
}

impl Taken {
    /// A hold that is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.held_until.is_some_and(|until| until <= now)
    }

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

    /// What is in use at `now`: holds that are over are not.
    pub fn at(&self, now: Timestamp) -> Cow<'_, Self> {
        if !self.has_over(now) {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Self(self.0.iter().filter(|taken| !taken.is_over(now)).copied().collect()))
    }

    /// Whether a hold in it is over.
    pub fn has_over(&self, now: Timestamp) -> bool {
        self.0.iter().any(|taken| taken.is_over(now))
    }

    /// What overlaps the slot.
    pub fn overlapping(&self, slot: Slot) -> impl Iterator<Item = &Taken> {
        self.0.iter().filter(move |taken| taken.overlaps(slot))
    }

    /// The lowest seat that is free for the whole slot. There is none where as many are in use as the doctor has: of these, some may
    /// lie beyond, if there were more when they were booked.
    pub fn free_seat(&self, slot: Slot, seats: u8) -> Option<u8> {
        let is_free = |seat: &u8| !self.overlapping(slot).any(|taken| taken.seat == *seat);
        if self.seats_free(slot, seats) == 0 { None } else { (0..seats).find(is_free) }
    }

    /// How many seats are free for the whole slot.
    pub fn seats_free(&self, slot: Slot, seats: u8) -> u8 {
        let in_use: BTreeSet<u8> = self.overlapping(slot).map(|taken| taken.seat).collect();
        seats.saturating_sub(u8::try_from(in_use.len()).unwrap_or(u8::MAX))
    }

    /// The day's slots with a free seat, in order, whether or not they can still be booked.
    pub fn free_slots(&self, schedule: &Schedule, day: NaiveDate, visit: Visit) -> Vec<Slot> {
        let mut slots = schedule.slots_on(day, visit);
        let seats = schedule.seats_on(day);
        slots.retain(|slot| self.free_seat(*slot, seats).is_some());
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
        free.iter().copied().filter(|slot| schedule.booking_ends(slot.starts_at) > now).collect();
    open.sort_by_key(|slot| ((slot.starts_at - wished).num_milliseconds().abs(), slot.starts_at));
    open.truncate(most);
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;

    fn slot(from: i64, until: i64) -> Slot {
        Slot { starts_at: time::from_millis(from), ends_at: time::from_millis(until) }
    }

    fn taken(seat: u8, from: i64, until: i64) -> Taken {
        let slot = slot(from, until);
        Taken {
            seat,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            request_id: RequestId::generate(),
            held_until: None,
        }
    }

    #[test]
    fn a_hold_uses_its_time_until_it_is_over() {
        let until = Some(time::from_millis(5));
        let time =
            TakenTime::new(vec![Taken { held_until: until, ..taken(0, 10, 20) }, taken(1, 10, 20)]);
        let free = |now: i64| time.at(time::from_millis(now)).free_seat(slot(10, 20), 2);
        assert_eq!((free(4), free(5)), (None, Some(0)));
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
    fn a_seat_that_the_doctor_had_before_counts_among_those_in_use() {
        let mut time = TakenTime::default();
        time.add(taken(2, 10, 20));
        assert_eq!((time.seats_free(slot(10, 20), 1), time.free_seat(slot(10, 20), 1)), (0, None));
        assert_eq!(time.free_seat(slot(10, 20), 2), Some(0));
        time.add(taken(0, 10, 20));
        assert_eq!(time.free_seat(slot(10, 20), 2), None, "two of two");
        assert_eq!(time.free_seat(slot(20, 30), 1), Some(0));
    }
}
