//! Who comes on the day and how long consultations take, drawn by a printed seed: a part has booked, the others come by chance,
//! all together a little fewer than the doctor can see, and how long consultations take, by the law that was chosen.

use chrono::TimeDelta;
use platform::Failure;
use rand::{RngExt, SeedableRng};
use rand_distr::{Exp1, LogNormal};
use rand_pcg::Pcg64Mcg;

use crate::arguments::Law;

/// Of a doctor's time, what those who come ask for.
const LOAD: f64 = 0.92;
/// Of those, who has booked.
const BOOKED: f64 = 0.3;
/// Between two times that can be booked, in minutes.
pub const SLOT: u32 = 10;
/// Booked patients come up to so many minutes before their time, and after it.
const EARLY: f64 = 20.0;
const LATE: f64 = 15.0;
/// Of a hundred who are not at the desk when they take a number or book, so many never come.
const ABSENT: u32 = 8;
/// The standard deviation of a consultation's logarithm.
const SPREAD: f64 = 0.5;
/// Of mixed consultations, the share of the long ones, how many times as long as a short one these take, and by what part
/// each may be shorter or longer.
const LONG: f64 = 0.25;
const TIMES: f64 = 4.0;
const VARIES: f64 = 0.3;
/// The mean consultation of the quickest doctor and what each further one takes longer, in minutes.
const QUICKEST: f64 = 5.0;
const LONGER: f64 = 2.0;

/// How somebody takes a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// In the app, from afar.
    App,
    /// At the desk.
    Desk,
    /// By phone.
    Phone,
    /// When they arrive for a booking: of the time so many slots after the opening.
    Booked(u32),
}

/// One visit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Visitor {
    pub doctor: usize,
    pub way: Way,
    /// After the opening. Who has booked, is there then.
    pub takes: TimeDelta,
    /// From taking the number to being there; `None`: never comes, and who has booked takes no number then.
    pub travels: Option<TimeDelta>,
    pub urgent: bool,
}

/// The consultations of one doctor.
#[derive(Debug)]
pub struct Consultations {
    law: Drawn,
    random: Pcg64Mcg,
    pub mean: TimeDelta,
}

#[derive(Debug)]
enum Drawn {
    LogNormal(LogNormal<f64>),
    /// Minutes of a short one.
    Mixed(f64),
}

impl Consultations {
    /// Of the `index`-th doctor of a clinic.
    pub fn of(index: usize, seed: u64, law: Law) -> Result<Self, Failure> {
        let minutes = mean(index);
        let law = match law {
            Law::LogNormal => {
                Drawn::LogNormal(LogNormal::new(minutes.ln() - SPREAD * SPREAD / 2.0, SPREAD)?)
            }
            Law::Mixed => Drawn::Mixed(minutes / (1.0 - LONG + LONG * TIMES)),
        };
        let random = Pcg64Mcg::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(index as u64));
        Ok(Self { law, random, mean: delta(minutes) })
    }

    /// How long the next one takes.
    pub fn draw(&mut self) -> TimeDelta {
        let minutes = match self.law {
            Drawn::LogNormal(law) => self.random.sample(law),
            Drawn::Mixed(short) => {
                let times = if self.random.random_bool(LONG) { TIMES } else { 1.0 };
                short * times * self.random.random_range(1.0 - VARIES..1.0 + VARIES)
            }
        };
        delta(minutes.clamp(0.5, 90.0))
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.random.random_ratio(percent, 100)
    }
}

fn mean(index: usize) -> f64 {
    QUICKEST + LONGER * (index % 4) as f64
}

fn delta(minutes: f64) -> TimeDelta {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a day")]
    TimeDelta::milliseconds((minutes * 60_000.0) as i64)
}

/// Everybody who comes to a clinic with so many doctors, within so many hours.
pub fn visitors(doctors: usize, hours: u32, seed: u64) -> Vec<Visitor> {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut visitors = Vec::new();
    for doctor in 0..doctors {
        // Nobody is sent away at the end: the last number is taken half an hour before it.
        let last = f64::from(hours) * 60.0 - 30.0;
        let mut at = 0.0;
        loop {
            at += random.sample::<f64, _>(Exp1) * mean(doctor) / (LOAD * (1.0 - BOOKED));
            if at > last {
                break;
            }
            visitors.push(visitor(doctor, at, &mut random));
        }
        let share = f64::from(SLOT) / mean(doctor) * LOAD * BOOKED;
        for slot in (1..).take_while(|slot| f64::from(slot * SLOT) + LATE < last) {
            if random.random_bool(share.min(1.0)) {
                visitors.push(booked(doctor, slot, &mut random));
            }
        }
    }
    visitors.sort_by_key(|visitor| visitor.takes);
    visitors
}

fn booked(doctor: usize, slot: u32, random: &mut Pcg64Mcg) -> Visitor {
    let at = f64::from(slot * SLOT) + random.random_range(-EARLY..LATE);
    let comes = !random.random_ratio(ABSENT, 100);
    let urgent = comes && random.random_ratio(4, 100);
    let (way, travels) = (Way::Booked(slot), comes.then(TimeDelta::zero));
    Visitor { doctor, way, takes: delta(at.max(0.0)), travels, urgent }
}

fn visitor(doctor: usize, at: f64, random: &mut Pcg64Mcg) -> Visitor {
    let way = match random.random_range(0..10) {
        0..6 => Way::App,
        6..9 => Way::Desk,
        _ => Way::Phone,
    };
    let travels = match way {
        Way::Desk => Some(TimeDelta::zero()),
        _ if random.random_ratio(ABSENT, 100) => None,
        _ => Some(delta(random.random_range(1.0..40.0))),
    };
    let urgent = travels.is_some() && random.random_ratio(4, 100);
    Visitor { doctor, way, takes: delta(at), travels, urgent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_day_and_those_who_come_can_be_seen() {
        let day = visitors(3, 4, 7);
        assert_eq!(day, visitors(3, 4, 7));
        assert_ne!(day, visitors(3, 4, 8));
        assert!((60..110).contains(&day.len()), "{}", day.len());
        for way in [Way::App, Way::Desk, Way::Phone] {
            assert!(day.iter().any(|visitor| visitor.way == way), "{way:?}");
        }
        assert!(day.iter().any(|visitor| visitor.travels.is_none()), "who does not come");
        let slot = |visitor: &Visitor| match visitor.way {
            Way::Booked(slot) => Some((visitor.doctor, slot)),
            _ => None,
        };
        let booked: Vec<_> = day.iter().filter_map(slot).collect();
        let distinct: std::collections::HashSet<_> = booked.iter().collect();
        assert!(booked.len() > 10 && distinct.len() == booked.len(), "each time once: {booked:?}");
        assert!(day.iter().all(|visitor| visitor.takes < TimeDelta::minutes(211)));
    }

    #[test]
    fn consultations_have_their_mean() {
        for law in [Law::LogNormal, Law::Mixed] {
            let mut consultations = Consultations::of(1, 3, law).unwrap();
            let total: i64 = (0..20_000).map(|_| consultations.draw().num_seconds()).sum();
            let mean = total / 20_000;
            assert!((400..440).contains(&mean), "{law:?}: {mean} s, expected 420");
            assert_eq!(consultations.mean, TimeDelta::minutes(7));
        }
    }
}
