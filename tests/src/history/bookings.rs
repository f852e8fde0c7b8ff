//! All bookings and closings as the outcomes so far have left them, and what one decided request has to say about them. How a
//! request changes them is said in `fold.rs` and `closings.rs`, what a refusal may say in `refused.rs`.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

use super::Action;
use super::known::Known;
use super::rows::{BookingStep, Closing};

/// All that is known so far.
pub struct Bookings<'r> {
    /// Doctors at whom what patients book waits for approval.
    pub approving: &'r HashSet<Uuid>,
    pub known: BTreeMap<Uuid, Known>,
    pub closings: BTreeMap<Uuid, Closing>,
    /// By doctor: the bookings that use the doctor's time.
    in_use: HashMap<Uuid, BTreeSet<Uuid>>,
}

impl<'r> Bookings<'r> {
    /// Before the first outcome.
    pub fn none(approving: &'r HashSet<Uuid>) -> Self {
        let (known, closings, in_use) = (BTreeMap::new(), BTreeMap::new(), HashMap::new());
        Self { approving, known, closings, in_use }
    }

    /// The booking stands so from now on.
    pub fn put(&mut self, id: Uuid, known: Known) {
        let (doctor, uses) = (known.doctor, known.uses_doctor());
        if let Some(was) = self.known.insert(id, known) {
            self.in_use.entry(was.doctor).or_default().remove(&id);
        }
        if uses {
            self.in_use.entry(doctor).or_default().insert(id);
        }
    }

    /// Bookings that use time of the doctor's between these.
    pub fn in_the_way(
        &self,
        doctor: Uuid,
        starts_at: i64,
        ends_at: i64,
    ) -> impl Iterator<Item = (Uuid, &Known)> {
        let of_doctor = self.in_use.get(&doctor).into_iter().flatten();
        let known = of_doctor.filter_map(|id| Some((*id, self.known.get(id)?)));
        known.filter(move |(_, known)| known.overlaps(doctor, starts_at, ends_at))
    }

    /// It is cancelled, by one step more.
    pub fn end(&mut self, id: Uuid) {
        if let Some(mut known) = self.known.get(&id).cloned() {
            "cancelled".clone_into(&mut known.status);
            known.revision += 1;
            self.put(id, known);
        }
    }
}

/// One decided request with the steps that it made.
pub struct Decision<'r> {
    /// `None`: it fell due.
    pub action: Option<&'r Action>,
    pub outcome: Value,
    pub at: i64,
    pub steps: Vec<&'r BookingStep>,
}
