//! The facts that a decision looks at: a small picture of the doctors, patients and bookings that a
//! batch of commands touches. Decisions change it, so the next command of the batch sees them.

use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::HashMap;
use std::sync::Arc;

use crate::booking::Booking;
use crate::doctor_day::{Taken, TakenTime};
use crate::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use crate::schedule::Schedule;
use crate::time::{self, Timestamp};

/// A doctor as the rules see one, with the hospital's limits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Doctor {
    pub id: DoctorId,
    pub hospital_id: HospitalId,
    pub schedule: Schedule,
    /// Open bookings a patient may have at the hospital.
    pub max_open_bookings: u16,
    /// Open bookings a patient may have with this doctor on one day.
    pub max_per_doctor_day: u16,
}

impl Doctor {
    pub fn zone(&self) -> Tz {
        self.schedule.zone
    }
}

/// A time at which a patient is somewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy {
    pub booking_id: BookingId,
    pub hospital_id: HospitalId,
    pub doctor_id: DoctorId,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

/// What a decision changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    Made(Booking),
    Moved { before: Booking, after: Booking },
    Cancelled { before: Booking, after: Booking },
}

impl Change {
    pub fn before(&self) -> Option<&Booking> {
        match self {
            Change::Made(_) => None,
            Change::Moved { before, .. } | Change::Cancelled { before, .. } => Some(before),
        }
    }

    pub fn after(&self) -> &Booking {
        match self {
            Change::Made(after) | Change::Moved { after, .. } | Change::Cancelled { after, .. } => {
                after
            }
        }
    }

    /// The booking's time after the change, if it still uses any.
    pub fn holds_time(&self) -> bool {
        self.after().status.is_open()
    }
}

/// The facts of a batch.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub doctors: HashMap<DoctorId, Arc<Doctor>>,
    /// By doctor and day in the hospital's zone.
    pub taken: HashMap<(DoctorId, NaiveDate), TakenTime>,
    /// Whose account a patient belongs to.
    pub guardians: HashMap<PatientId, AccountId>,
    /// The account's own person.
    pub selves: HashMap<AccountId, PatientId>,
    pub busy: HashMap<PatientId, Vec<Busy>>,
    pub bookings: HashMap<BookingId, Booking>,
}

impl World {
    /// Taken time of the doctor on the day of that start.
    pub fn taken_on(&self, doctor: &Doctor, starts_at: Timestamp) -> Option<&TakenTime> {
        self.taken.get(&(doctor.id, time::day_of(starts_at, doctor.zone())))
    }

    /// The doctor-day that a booking lies on; `None` for a doctor that is not among the facts.
    pub fn day_of(&self, booking: &Booking) -> Option<(DoctorId, NaiveDate)> {
        let doctor = self.doctors.get(&booking.doctor_id)?;
        Some((doctor.id, time::day_of(booking.starts_at, doctor.zone())))
    }

    /// Makes a decision's change part of the facts. `by` is the request that caused it.
    pub fn apply(&mut self, change: &Change, by: RequestId) {
        if let Some(before) = change.before() {
            if let Some(taken) = self.day_of(before).and_then(|day| self.taken.get_mut(&day)) {
                taken.remove(before.seat, before.starts_at);
            }
            if let Some(busy) = self.busy.get_mut(&before.patient_id) {
                busy.retain(|busy| busy.booking_id != before.id);
            }
        }
        let after = change.after();
        if change.holds_time() {
            let (starts_at, ends_at) = (after.starts_at, after.ends_at);
            let taken = Taken { seat: after.seat, starts_at, ends_at, request_id: by };
            if let Some(day) = self.day_of(after) {
                self.taken.entry(day).or_default().add(taken);
            }
            let busy = Busy {
                booking_id: after.id,
                hospital_id: after.hospital_id,
                doctor_id: after.doctor_id,
                starts_at,
                ends_at,
            };
            self.busy.entry(after.patient_id).or_default().push(busy);
        }
        self.bookings.insert(after.id, after.clone());
    }
}
