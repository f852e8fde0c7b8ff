//! What each request asks for: a doctor by the load's law, that doctor's next free time, and a member of the
//! account's family who is nowhere else then. So a perfect system refuses nothing, unless the load is the
//! one that asks for what is gone.

use chrono::{Days, NaiveDate};
use platform::Failure;
use rand::RngExt;
use rand_distr::Zipf;
use rand_pcg::Pcg64Mcg;
use std::fmt::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::world::World;

/// Visits a day: 09:00 to 18:00 every 15 minutes.
const A_DAY: u32 = 36;

/// Which doctors are asked for, and whether their time is free.
#[derive(Debug)]
pub enum Demand {
    /// Every doctor alike.
    Uniform,
    /// By Zipf's law: the n-th most popular in proportion to 1/n.
    Skewed(Zipf<f64>),
    /// Times that are taken.
    SoldOut(TakenSlots),
    /// Each account's own list, once.
    Listed(Vec<Mutex<Vec<WantedSlot>>>),
}

impl Demand {
    /// Skewed over so many doctors, of whom there must be one at least.
    pub fn skewed(doctors: usize) -> Result<Self, Failure> {
        Ok(Self::Skewed(Zipf::new(doctors as f64, 1.0)?))
    }
}

/// Times that were taken before a load begins: of the first `doctors`, from each one's `first`.
#[derive(Clone, Debug)]
pub struct TakenSlots {
    pub first: Vec<u32>,
    pub count: u32,
}

/// One thing to ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WantedSlot {
    pub doctor: usize,
    /// The doctor's slot, counted from the world's first day.
    pub slot: u32,
    /// Within the account's family.
    pub patient: usize,
}

/// Chooses the slots that clients ask for, each slot of a doctor once.
#[derive(Debug)]
pub struct SlotPicker {
    next: Vec<AtomicU32>,
    /// How many of an account's family are busy at each slot.
    busy: Vec<Mutex<Vec<u16>>>,
    family: usize,
}

impl SlotPicker {
    pub fn over(world: &World) -> Self {
        Self {
            next: world.doctors.iter().map(|_| AtomicU32::new(0)).collect(),
            busy: world.accounts.iter().map(|_| Mutex::default()).collect(),
            family: world.accounts.first().map_or(1, |account| account.patients.len()),
        }
    }

    /// What the account asks for next; `None` when its list is done.
    pub fn next(
        &self,
        demand: &Demand,
        account: usize,
        random: &mut Pcg64Mcg,
    ) -> Option<WantedSlot> {
        loop {
            let doctor = match demand {
                Demand::Uniform => random.random_range(..self.next.len()),
                Demand::Skewed(zipf) => rank(*zipf, random),
                Demand::SoldOut(taken) => return Some(self.taken(taken, random)),
                Demand::Listed(lists) => {
                    return lists
                        .get(account)?
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .pop();
                }
            };
            let slot = self.next.get(doctor).map_or(0, |next| next.fetch_add(1, Ordering::Relaxed));
            if let Some(patient) = self.free_patient(account, slot) {
                return Some(WantedSlot { doctor, slot, patient });
            }
        }
    }

    fn taken(&self, taken: &TakenSlots, random: &mut Pcg64Mcg) -> WantedSlot {
        let doctor = random.random_range(..taken.first.len());
        let offset = random.random_range(..taken.count);
        WantedSlot {
            doctor,
            slot: taken.first.get(doctor).copied().unwrap_or(0) + offset,
            patient: random.random_range(..self.family),
        }
    }

    /// A member of the family with nothing else at that slot; the turn rotates, so that bookings spread.
    fn free_patient(&self, account: usize, slot: u32) -> Option<usize> {
        let mut busy = self.busy.get(account)?.lock().unwrap_or_else(PoisonError::into_inner);
        let index = usize::try_from(slot).ok()?;
        if busy.len() <= index {
            busy.resize(index + 1, 0);
        }
        let count = busy.get_mut(index)?;
        let turn = usize::from(*count);
        if turn >= self.family {
            return None;
        }
        *count += 1;
        Some((turn + index * 31) % self.family)
    }

    /// Sets aside `count` slots of each of the first `doctors`, to be taken before a sold-out load.
    pub fn set_aside(&self, doctors: usize, count: u32) -> TakenSlots {
        let first = self
            .next
            .iter()
            .take(doctors)
            .map(|next| next.fetch_add(count, Ordering::Relaxed))
            .collect();
        TakenSlots { first, count }
    }

    /// The demand that takes what was set aside, shared among the first `clients` accounts.
    pub fn to_take(&self, taken: &TakenSlots, clients: usize) -> Demand {
        let mut lists: Vec<Vec<WantedSlot>> = vec![Vec::new(); clients];
        let times = taken.first.iter().enumerate().flat_map(|(doctor, first)| {
            (*first..*first + taken.count).map(move |slot| (doctor, slot))
        });
        for (n, (doctor, slot)) in times.enumerate() {
            let account = n % clients.max(1);
            if let (Some(list), Some(patient)) =
                (lists.get_mut(account), self.free_patient(account, slot))
            {
                list.push(WantedSlot { doctor, slot, patient });
            }
        }
        Demand::Listed(lists.into_iter().map(Mutex::new).collect())
    }
}

/// An index drawn by Zipf's law, 0 for the most popular.
fn rank(zipf: Zipf<f64>, random: &mut Pcg64Mcg) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 1 to the number of doctors"
    )]
    let rank = random.sample(zipf) as usize;
    rank.saturating_sub(1)
}

/// The body of a booking. Times are told in Seoul's offset, as a client there would.
pub fn body(world: &World, account: usize, wanted: WantedSlot) -> String {
    let mut text = String::with_capacity(160);
    if let (Some(doctor), Some(account)) =
        (world.doctors.get(wanted.doctor), world.accounts.get(account))
    {
        let _ = write!(
            text,
            "{{\"doctor_id\":\"{doctor}\",\"starts_at\":\"{}\"",
            start_of(world.first_day, wanted.slot)
        );
        if let Some(patient) = account.patients.get(wanted.patient) {
            let _ = write!(text, ",\"patient_id\":\"{patient}\"");
        }
        text.push('}');
    }
    text
}

/// When a slot starts, in Seoul.
pub fn start_of(first_day: NaiveDate, slot: u32) -> String {
    let (day, minute) =
        (first_day + Days::new(u64::from(slot / A_DAY)), 9 * 60 + (slot % A_DAY) * 15);
    format!("{day}T{:02}:{:02}:00+09:00", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::{AccountId, DoctorId, PatientId};
    use rand::SeedableRng;
    use std::collections::HashSet;

    fn world() -> World {
        let account = || crate::world::Account {
            id: AccountId::generate(),
            token: String::new(),
            patients: (0..16).map(|_| PatientId::generate()).collect(),
        };
        World {
            hospitals: Vec::new(),
            doctors: (0..20).map(|_| DoctorId::generate()).collect(),
            accounts: (0..4).map(|_| account()).collect(),
            first_day: "2026-11-23".parse().unwrap(),
        }
    }

    #[test]
    fn no_time_and_no_patient_is_asked_twice() {
        let world = world();
        let (slot_picker, mut random) = (SlotPicker::over(&world), Pcg64Mcg::seed_from_u64(3));
        let skewed = Demand::skewed(world.doctors.len()).unwrap();
        let (mut times, mut people) = (HashSet::new(), HashSet::new());
        for n in 0..4_000 {
            let demand = if n % 2 == 0 { &Demand::Uniform } else { &skewed };
            let wanted = slot_picker.next(demand, n % 4, &mut random).unwrap();
            assert!(times.insert((wanted.doctor, wanted.slot)));
            assert!(people.insert((n % 4, wanted.patient, wanted.slot)));
        }
    }

    #[test]
    fn the_most_popular_is_asked_for_most() {
        let (zipf, mut random) = (Zipf::new(2_000.0, 1.0).unwrap(), Pcg64Mcg::seed_from_u64(7));
        let ranks: Vec<_> = (0..20_000).map(|_| rank(zipf, &mut random)).collect();
        let first = ranks.iter().filter(|rank| **rank == 0).count();
        assert!((2_200..2_700).contains(&first), "{first} of 20,000, expected about 12.2 %");
        assert!(ranks.iter().all(|rank| *rank < 2_000));
    }

    #[test]
    fn bodies_ask_for_times_of_the_schedule() {
        let world = world();
        let text = body(&world, 0, WantedSlot { doctor: 1, slot: 37, patient: 0 });
        let starts = crate::http::member(&text, "starts_at").unwrap();
        assert_eq!(starts, "2026-11-24T09:15:00+09:00");
        assert!(domain::time::parse(starts).is_ok());
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
}
