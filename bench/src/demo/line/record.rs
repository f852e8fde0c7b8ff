//! What the day came to, as its desks and visitors saw it.

use chrono::TimeDelta;
use domain::time::Timestamp;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Consultations of a doctor after which a wait has to be estimated.
const KNOWN_FROM: usize = 5;

/// What the app said of a wait when the number was taken.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Expected {
    pub as_of: Timestamp,
    pub p50: TimeDelta,
    pub p90: TimeDelta,
    /// Who goes before, by the rule of the line.
    pub ahead: u64,
}

/// The same of which doctor, and the mean of the day at that time, in minutes.
#[derive(Clone, Copy, Debug)]
struct Said {
    doctor: usize,
    expected: Expected,
    mean: Option<f64>,
}

/// One doctor's day.
#[derive(Clone, Debug, Default)]
pub struct OfDoctor {
    /// Who is with the doctor.
    pub serving: Option<u64>,
    pub seen: usize,
    took: TimeDelta,
    /// From when until when nobody was with the doctor and nobody was there; of the present, the end is not known yet.
    free: Vec<(Timestamp, Option<Timestamp>)>,
}

impl OfDoctor {
    /// Minutes of the consultations so far.
    pub fn mean(&self) -> f64 {
        minutes(self.took) / self.seen.max(1) as f64
    }

    /// When nobody was there and the doctor was free, from then on.
    fn free_from(&self, at: Timestamp) -> Option<Timestamp> {
        let lasts = |(_, until): &&(_, Option<Timestamp>)| until.is_none_or(|until| until > at);
        self.free.iter().find(lasts).map(|(from, _)| at.max(*from))
    }
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub doctors: Vec<OfDoctor>,
    pub taken: usize,
    /// Of these, by who has booked.
    pub booked: usize,
    /// Who has booked, and did not come.
    pub absent: usize,
    pub urgent: usize,
    pub undone: usize,
    pub skipped: usize,
    /// Minutes from being there to being called.
    pub waits: Vec<f64>,
    /// Waits for a turn that an estimate was given of, and those that were no longer than its p50 and its p90.
    pub estimated: usize,
    pub within_p50: usize,
    pub within_p90: usize,
    /// Numbers taken in the app when the doctor had seen enough, and those of them without an estimate.
    pub asked: usize,
    pub unknown: usize,
    /// Minutes by which the p50 was wrong, and the number ahead times the day's mean, in all of so many.
    pub compared: usize,
    pub wrong: f64,
    pub wrong_by_mean: f64,
    arrived: HashMap<Uuid, Timestamp>,
    expected: HashMap<Uuid, Said>,
}

/// Shared by a clinic's tasks.
#[derive(Debug)]
pub struct Record(Mutex<Counts>);

impl Record {
    pub fn of(doctors: usize) -> Self {
        let doctors = vec![OfDoctor::default(); doctors];
        Self(Mutex::new(Counts { doctors, ..Counts::default() }))
    }

    pub fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn taken(&self, urgent: bool, booked: bool) {
        let mut counts = self.counts();
        counts.taken += 1;
        counts.booked += usize::from(booked);
        counts.urgent += usize::from(urgent);
    }

    pub fn arrived(&self, ticket: Uuid, at: Timestamp) {
        self.counts().arrived.insert(ticket, at);
    }

    /// The app shows the place of a number that was just taken; without an estimate, nothing is held against it.
    pub fn asked(&self, doctor: usize, ticket: Uuid, expected: Option<Expected>) {
        let mut counts = self.counts();
        let Some(of) = counts.doctors.get(doctor).cloned() else { return };
        if of.seen >= KNOWN_FROM {
            counts.asked += 1;
            counts.unknown += usize::from(expected.is_none());
        }
        if let Some(expected) = expected {
            let mean = (of.seen >= KNOWN_FROM).then(|| of.mean());
            counts.expected.insert(ticket, Said { doctor, expected, mean });
        }
    }

    /// Who has booked does not come.
    pub fn stayed_away(&self) {
        self.counts().absent += 1;
    }

    pub fn undone(&self) {
        self.counts().undone += 1;
    }

    pub fn skipped(&self) {
        self.counts().skipped += 1;
    }

    /// The doctor is free at `at`, and nobody is there.
    pub fn nobody(&self, doctor: usize, at: Timestamp) {
        if let Some(of) = self.counts().doctors.get_mut(doctor)
            && of.free.last().is_none_or(|(_, until)| until.is_some())
        {
            of.free.push((at, None));
        }
    }

    /// Goes in at `at`.
    pub fn called(&self, doctor: usize, ticket: Uuid, shown: &Value, at: Timestamp) {
        let mut counts = self.counts();
        if let Some(of) = counts.doctors.get_mut(doctor) {
            of.serving = shown["number"].as_u64();
            if let Some((_, until @ None)) = of.free.last_mut() {
                *until = Some(at);
            }
        }
        if let Some(since) = counts.arrived.remove(&ticket) {
            counts.waits.push(minutes(at - since));
        }
    }

    pub fn seen(&self, doctor: usize, took: TimeDelta) {
        if let Some(doctor) = self.counts().doctors.get_mut(doctor) {
            (doctor.serving, doctor.took) = (None, doctor.took + took);
            doctor.seen += 1;
        }
    }

    /// Holds what was said against when each ticket's turn came: at that time, or before, when the doctor was free.
    pub fn settle(&self, turns: &HashMap<Uuid, Timestamp>) {
        let mut counts = self.counts();
        for (ticket, said) in std::mem::take(&mut counts.expected) {
            let Some(turn) = turns.get(&ticket) else { continue };
            let Expected { as_of, p50, p90, ahead } = said.expected;
            let free = counts.doctors.get(said.doctor).and_then(|of| of.free_from(as_of));
            let waited = free.map_or(*turn, |free| free.min(*turn)) - as_of;
            // Whose turn it was at once, waited for nobody.
            if free == Some(as_of) {
                continue;
            }
            if let Some(mean) = said.mean {
                counts.compared += 1;
                counts.wrong += minutes(waited - p50).abs();
                counts.wrong_by_mean += (minutes(waited) - ahead as f64 * mean).abs();
            }
            counts.estimated += 1;
            counts.within_p50 += usize::from(waited <= p50);
            counts.within_p90 += usize::from(waited <= p90);
        }
    }
}

impl Counts {
    /// Adds another clinic's.
    pub fn add(&mut self, other: Self) {
        self.taken += other.taken;
        self.booked += other.booked;
        self.absent += other.absent;
        self.urgent += other.urgent;
        self.undone += other.undone;
        self.skipped += other.skipped;
        self.estimated += other.estimated;
        self.within_p50 += other.within_p50;
        self.within_p90 += other.within_p90;
        self.asked += other.asked;
        self.unknown += other.unknown;
        self.compared += other.compared;
        self.wrong += other.wrong;
        self.wrong_by_mean += other.wrong_by_mean;
        self.waits.extend(other.waits);
        self.doctors.extend(other.doctors);
    }

    /// The wait that so many of a hundred did not pass, in minutes.
    pub fn wait(&mut self, percent: usize) -> f64 {
        self.waits.sort_by(f64::total_cmp);
        let last = self.waits.len().saturating_sub(1);
        self.waits.get((self.waits.len() * percent / 100).min(last)).copied().unwrap_or(0.0)
    }
}

fn minutes(span: TimeDelta) -> f64 {
    span.num_milliseconds() as f64 / 60_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::from_millis;

    #[test]
    fn a_wait_is_held_against_what_was_said_of_it_once() {
        let (record, ticket) = (Record::of(1), Uuid::from_u128(1));
        let minute = |n: i64| from_millis(n * 60_000);
        let (p50, p90) = (TimeDelta::minutes(5), TimeDelta::minutes(20));
        let expected = Expected { as_of: minute(0), p50, p90, ahead: 2 };
        let shown = serde_json::json!({"number": 4});
        record.asked(0, Uuid::from_u128(2), None);
        for _ in 0..KNOWN_FROM {
            record.seen(0, TimeDelta::minutes(3));
        }
        record.asked(0, Uuid::from_u128(3), None);
        record.asked(0, ticket, Some(expected));
        record.arrived(ticket, minute(4));
        for at in [10, 30] {
            record.called(0, ticket, &shown, minute(at));
        }
        record.settle(&HashMap::from([(ticket, minute(10))]));
        let mut counts = record.counts().clone();
        assert_eq!((counts.estimated, counts.within_p50, counts.within_p90), (1, 0, 1));
        assert_eq!((counts.asked, counts.unknown, counts.compared), (2, 1, 1));
        // Ten minutes, when five were said, and two ahead of three minutes each.
        assert!((counts.wrong - 5.0).abs() < 1e-9 && (counts.wrong_by_mean - 4.0).abs() < 1e-9);
        assert!((counts.wait(50) - 6.0).abs() < 1e-9 && counts.waits.len() == 1);
        assert_eq!(counts.doctors[0].serving, Some(4));
    }

    #[test]
    fn the_turn_of_who_is_not_there_comes_when_the_doctor_is_free() {
        let record = Record::of(1);
        let minute = |n: i64| from_millis(n * 60_000);
        let said = |as_of| Expected {
            as_of: minute(as_of),
            p50: TimeDelta::minutes(5),
            p90: TimeDelta::minutes(20),
            ahead: 0,
        };
        let [before, within, never] = [1, 2, 3].map(Uuid::from_u128);
        record.asked(0, before, Some(said(0)));
        record.nobody(0, minute(4));
        record.nobody(0, minute(5));
        record.asked(0, within, Some(said(6)));
        record.asked(0, never, Some(said(6)));
        let shown = serde_json::json!({"number": 1});
        record.called(0, before, &shown, minute(30));
        record.settle(&HashMap::from([(before, minute(30)), (within, minute(31))]));
        let counts = record.counts().clone();
        assert_eq!((counts.estimated, counts.within_p50), (1, 1), "free from the fourth minute on");
    }
}
