//! What patients do, chosen by chance: a few doctors that all of them like, few enough times that they meet, some of which they
//! hold first, numbers in the lines of these doctors, and now and then two places at once.

use chrono::{DateTime, Days, NaiveTime, TimeZone};
use docde_tests::history::Action;
use platform::clock::Clock;
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::held::Held;
use crate::seeds::{STEP, VISIT};
use crate::stage::Doctor;
use docde_tests::Chance;

const DAYS: u64 = 2;
/// Starts a day, every quarter of an hour: half as many fit.
const STARTS: usize = 24;
/// Doctors that half of the actions are for.
const POPULAR: usize = 3;
const MAX_BOOKINGS: usize = 4;
const MINUTE: i64 = 60_000;

/// The doctors and times to choose from.
pub struct ActionPicker {
    doctors: Vec<Doctor>,
    pub zone: chrono_tz::Tz,
    /// Nine o'clock of each day, Unix milliseconds.
    mornings: Vec<i64>,
}

impl ActionPicker {
    /// `popular` shuffles who is liked most.
    pub fn new(doctors: &[Doctor], zone: chrono_tz::Tz, popular: &mut Chance) -> Self {
        let mut doctors = doctors.to_vec();
        popular.shuffle(&mut doctors);
        let today = Clock::host().now().with_timezone(&zone).date_naive();
        let nine = NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default();
        let morning =
            |day| zone.from_local_datetime(&(today + Days::new(day)).and_time(nine)).earliest();
        let mornings = (1..=DAYS).filter_map(morning).map(|at| at.timestamp_millis()).collect();
        Self { doctors, zone, mornings }
    }

    /// One or two actions, to be sent together.
    pub fn choose(&self, chance: &mut Chance, held: &mut Held) -> Vec<Action> {
        if let Some(actions) = self.of_holds(chance, held) {
            return actions;
        }
        if chance.percent(35) {
            return self.of_line(chance, &held.tickets);
        }
        let bookings: Vec<_> = held.bookings.iter().collect();
        if bookings.is_empty() || (bookings.len() < MAX_BOOKINGS && chance.percent(55)) {
            return if chance.percent(35) {
                self.twins(chance)
            } else {
                vec![book(self.doctor(chance).id, self.start(chance))]
            };
        }
        let (booking, doctor) = *chance.pick(&bookings);
        match chance.below(10) {
            0..5 => vec![Action::Cancel { booking: *booking }],
            5..9 => vec![self.moved(chance, *booking, *doctor)],
            _ => vec![self.moved(chance, *booking, *doctor), Action::Cancel { booking: *booking }],
        }
    }

    /// Holds a time, or books or gives back what is held, or both at once. Whoever left a hold until it was over wants its time
    /// again at once, before anybody has ended it, or sends the form too late.
    fn of_holds(&self, chance: &mut Chance, held: &mut Held) -> Option<Vec<Action>> {
        let now = Clock::host().now().timestamp_millis();
        let over = held.holds.iter().find(|(_, hold)| hold.until <= now);
        if let Some((booking, over)) = over.map(|(id, hold)| (*id, *hold)) {
            held.holds.remove(&booking);
            return match chance.below(4) {
                0 => Some(vec![Action::BookHeld { booking }]),
                1 => None,
                _ => Some(vec![book(over.doctor, over.starts_at)]),
            };
        }
        if !chance.percent(25) {
            return None;
        }
        let open: Vec<Uuid> = held
            .holds
            .iter()
            .filter(|(_, hold)| !hold.is_left)
            .map(|(booking, _)| *booking)
            .collect();
        if open.is_empty() || chance.percent(30) {
            let (doctor, starts_at) = (self.doctor(chance).id, self.start(chance));
            return Some(vec![Action::Hold { doctor, starts_at, ends_at: end_of(starts_at) }]);
        }
        let booking = *chance.pick(&open);
        let (book, release) = (Action::BookHeld { booking }, Action::Release { booking });
        Some(match chance.below(10) {
            0..7 => vec![book],
            7..9 => vec![release],
            _ => vec![book, release],
        })
    }

    /// Leaves a line, or takes a number: one, two in one line by a double tap, or two at hospitals of two partitions, where
    /// only the account's own limit forbids the second.
    fn of_line(&self, chance: &mut Chance, tickets: &BTreeSet<Uuid>) -> Vec<Action> {
        let tickets: Vec<_> = tickets.iter().copied().collect();
        if !tickets.is_empty() && chance.percent(35) {
            return vec![Action::Leave { ticket: *chance.pick(&tickets) }];
        }
        let first = self.doctor(chance);
        let second = match chance.below(10) {
            0..2 => Some(first),
            2..5 => Some(self.elsewhere(chance, first)),
            _ => None,
        };
        std::iter::once(first)
            .chain(second)
            .map(|doctor| Action::Take { doctor: doctor.id })
            .collect()
    }

    /// The same time, or half of it, at hospitals of two partitions: only the patient's own time forbids it.
    fn twins(&self, chance: &mut Chance) -> Vec<Action> {
        let (first, at) = (self.doctor(chance), self.start(chance));
        let second = self.elsewhere(chance, first);
        let later = if chance.percent(30) { i64::from(STEP) * MINUTE } else { 0 };
        vec![book(first.id, at), book(second.id, at + later)]
    }

    /// A doctor of another partition.
    fn elsewhere(&self, chance: &mut Chance, first: Doctor) -> Doctor {
        let elsewhere: Vec<_> =
            self.doctors.iter().filter(|doctor| doctor.partition != first.partition).collect();
        **chance.pick(&elsewhere)
    }

    fn moved(&self, chance: &mut Chance, booking: Uuid, doctor: Uuid) -> Action {
        let hospital =
            self.doctors.iter().find(|known| known.id == doctor).map(|known| known.hospital);
        let near: Vec<_> =
            self.doctors.iter().filter(|known| Some(known.hospital) == hospital).collect();
        let (doctor, starts_at) = (chance.pick(&near).id, self.start(chance));
        Action::Reschedule { booking, doctor, starts_at, ends_at: end_of(starts_at) }
    }

    /// Half of the time one of the few that all like.
    pub fn doctor(&self, chance: &mut Chance) -> Doctor {
        let among = if chance.percent(50) { &self.doctors[..POPULAR] } else { &self.doctors };
        *chance.pick(among)
    }

    /// An hour in which visits begin.
    pub fn hour(&self, chance: &mut Chance) -> (i64, i64) {
        let hours = i64::try_from(chance.below(STARTS * usize::from(STEP) / 60)).unwrap_or(0);
        let from = *chance.pick(&self.mornings) + hours * 60 * MINUTE;
        (from, from + 60 * MINUTE)
    }

    fn start(&self, chance: &mut Chance) -> i64 {
        let steps = i64::try_from(chance.below(STARTS)).unwrap_or(0);
        *chance.pick(&self.mornings) + steps * i64::from(STEP) * MINUTE
    }
}

fn book(doctor: Uuid, starts_at: i64) -> Action {
    Action::Book { doctor, starts_at, ends_at: end_of(starts_at) }
}

fn end_of(starts_at: i64) -> i64 {
    starts_at + i64::from(VISIT) * MINUTE
}

/// RFC 3339, as a client sends it.
pub fn text(at: i64) -> String {
    DateTime::from_timestamp_millis(at).map(|at| at.to_rfc3339()).unwrap_or_default()
}
