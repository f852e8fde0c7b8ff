//! Hospitals' closings in force, kept between batches. All that changes them comes through this partition, and the epoch in each
//! transaction proves that nobody else owns it: so a command that was queued behind a closing meets it, however old the copy of
//! the doctor's schedule is. Anything that goes wrong empties what is kept, and what is kept is read anew now and then, for rows
//! that were written by hand.

use domain::closing::{Closing, InForce};
use domain::ids::{DoctorId, HospitalId};
use domain::schedule::Closure;
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// Hospitals whose closings are held between batches; from it on all are let go before the next.
const MAX_HOSPITALS: usize = 20_000;
/// How long what was read is gone by.
const FRESH_FOR: Duration = Duration::from_mins(1);

/// Closings in force as the last commit left them.
#[derive(Default)]
pub struct KeptClosings(HashMap<HospitalId, (Instant, Vec<InForce>)>);

impl KeptClosings {
    /// Those of these hospitals that are not known, or no longer. Asked once before a batch.
    pub fn unknown(&mut self, hospitals: &BTreeSet<HospitalId>) -> Vec<HospitalId> {
        if self.0.len() >= MAX_HOSPITALS {
            self.0.clear();
        }
        let fresh = |read: &Instant| read.elapsed() < FRESH_FOR;
        let is_known = |id: &HospitalId| self.0.get(id).is_some_and(|(read, _)| fresh(read));
        hospitals.iter().copied().filter(|id| !is_known(id)).collect()
    }

    pub fn put(&mut self, hospital: HospitalId, in_force: Vec<InForce>) {
        self.0.insert(hospital, (Instant::now(), in_force));
    }

    /// The hospital's, which are known.
    pub fn of(&self, hospital: HospitalId) -> Option<&Vec<InForce>> {
        self.0.get(&hospital).map(|(_, in_force)| in_force)
    }

    /// What closes the doctor's schedule.
    pub fn closures(
        &self,
        hospital: HospitalId,
        doctor: DoctorId,
    ) -> Option<impl Iterator<Item = Closure>> {
        let of_doctor =
            move |closing: &&InForce| closing.doctor_id.is_none_or(|closed| closed == doctor);
        let in_force = self.of(hospital)?.iter();
        Some(in_force.filter(of_doctor).map(|closing| closing.days))
    }

    /// Keeps what was committed.
    pub fn keep(&mut self, changed: &[Closing]) {
        for closing in changed {
            if let Some((_, in_force)) = self.0.get_mut(&closing.time.hospital_id) {
                closing.keep_in(in_force);
            }
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}
