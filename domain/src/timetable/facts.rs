//! What decisions on timetables look at: a doctor's whole schedule, what is booked ahead, who waits in the line.

use std::collections::BTreeSet;

use super::TimetableChange;
use crate::directory::Doctor;
use crate::ids::{BookingId, DoctorId, HospitalId};
use crate::known::{Known, Unasked};
use crate::time::Timestamp;

/// A doctor, with a schedule or without.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DoctorTimetable {
    pub doctor: Doctor,
    /// Rises with every change of the schedule.
    pub revision: u32,
    /// No longer at the hospital, or the hospital is closed.
    pub has_left: bool,
}

/// A booking that is not over, and uses the doctor's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ahead {
    pub booking_id: BookingId,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub seat: u8,
}

/// What is to be read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    pub doctors: BTreeSet<DoctorId>,
    /// Hospitals all of whose doctors are asked for.
    pub hospitals: BTreeSet<HospitalId>,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Facts {
    pub doctors: Known<DoctorId, DoctorTimetable>,
    pub ahead: Known<DoctorId, Vec<Ahead>>,
    /// How many tickets of the doctor are live.
    pub waiting: Known<DoctorId, u64>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            doctors: Known::new("a doctor's timetable"),
            ahead: Known::new("what is booked ahead"),
            waiting: Known::new("how many wait for a doctor"),
        }
    }
}

impl Facts {
    /// Whether nobody is booked with the doctor or waits in the line.
    pub fn is_free(&self, doctor: DoctorId) -> Result<bool, Unasked> {
        let is_booked = self.ahead.get(&doctor)?.is_some_and(|ahead| !ahead.is_empty());
        let is_waited_for = self.waiting.get(&doctor)?.is_some_and(|waiting| *waiting > 0);
        Ok(!is_booked && !is_waited_for)
    }

    /// A booking of the doctor is now so; `None`: it uses no time of the doctor any more.
    pub fn see_booking(&mut self, doctor: DoctorId, id: BookingId, now: Option<Ahead>) {
        if let Ok(Some(ahead)) = self.ahead.get_mut(&doctor) {
            ahead.retain(|before| before.booking_id != id);
            ahead.extend(now);
        }
    }

    /// Somebody takes a number in the doctor's line.
    pub fn see_ticket(&mut self, doctor: DoctorId) {
        if let Ok(Some(waiting)) = self.waiting.get_mut(&doctor) {
            *waiting += 1;
        }
    }

    /// Makes a change part of the facts.
    pub fn apply(&mut self, change: &TimetableChange) {
        for id in change.left() {
            if let Ok(Some(known)) = self.doctors.get_mut(id) {
                known.has_left = true;
            }
        }
        if let Some((doctor, revision)) = change.scheduled() {
            let (doctor, has_left) = ((**doctor).clone(), false);
            let id = doctor.id;
            self.doctors.insert(id, DoctorTimetable { doctor, revision, has_left });
        }
    }
}
