//! What a batch will write of timetables, change after change.

use domain::ids::{DoctorId, HospitalId};
use domain::timetable::TimetableChange;
use std::collections::BTreeSet;

/// All of them, in the order of their decisions.
#[derive(Debug, Default)]
pub struct Rows {
    pub changes: Vec<TimetableChange>,
}

impl Rows {
    /// Takes in a decision's change.
    pub fn take(&mut self, change: &TimetableChange) {
        self.changes.push(change.clone());
    }

    /// Doctors of whom something changes.
    pub fn doctors(&self) -> BTreeSet<DoctorId> {
        self.changes.iter().flat_map(TimetableChange::doctors).collect()
    }

    /// Hospitals of which the search index shows something else.
    pub fn hospitals(&self) -> impl Iterator<Item = HospitalId> {
        self.changes.iter().map(TimetableChange::hospital)
    }
}
