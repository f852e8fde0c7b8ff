//! Hospitals and doctors as the rules see them.

use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::hold_limits::HoldLimits;
use crate::ids::{DoctorId, HospitalId};
use crate::known::{Known, Unasked};
use crate::schedule::Schedule;
use crate::time::{self, Timestamp};

/// A doctor's day in the hospital's zone.
pub type DoctorDay = (DoctorId, NaiveDate);

/// A doctor with a schedule, and the hospital's limits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Doctor {
    pub id: DoctorId,
    pub hospital_id: HospitalId,
    pub schedule: Schedule,
    /// Open bookings a patient may have at the hospital.
    pub max_open_bookings: u16,
    /// Open bookings that all people of an account may have at the hospital; `None`: they are not counted. Ask
    /// [`Doctor::max_open_account`].
    pub max_open_account: Option<u16>,
    /// Open bookings a patient may have with this doctor on one day.
    pub max_per_doctor_day: u16,
    /// What holds of the hospital's times are bound by.
    pub holds: HoldLimits,
}

impl Doctor {
    pub fn zone(&self) -> Tz {
        self.schedule.zone
    }

    /// Open bookings that all people of an account may have at the hospital, if these are counted: never fewer than one patient may.
    pub fn max_open_account(&self) -> Option<u16> {
        self.max_open_account.map(|most| most.max(self.max_open_bookings))
    }

    /// The doctor's day that the instant falls on.
    pub fn day_of(&self, at: Timestamp) -> DoctorDay {
        (self.id, time::day_of(at, self.zone()))
    }
}

#[cfg(test)]
impl Doctor {
    /// With the limits that the schema sets a hospital, but that an account's bookings are not counted.
    pub(crate) fn plain(hospital_id: HospitalId, schedule: Schedule) -> Self {
        Self {
            id: DoctorId::generate(),
            hospital_id,
            schedule,
            max_open_bookings: 3,
            max_open_account: None,
            max_per_doctor_day: 1,
            holds: HoldLimits::default(),
        }
    }
}

/// What is to be read of the directory.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    pub hospitals: BTreeSet<HospitalId>,
    pub doctors: BTreeSet<DoctorId>,
    /// Hospitals all of whose doctors are asked for.
    pub doctors_of: BTreeSet<HospitalId>,
}

/// What was read of it.
#[derive(Clone, Debug)]
pub struct Facts {
    pub zones: Known<HospitalId, Tz>,
    pub doctors: Known<DoctorId, Arc<Doctor>>,
    /// The doctors of a hospital, by their ids.
    pub doctors_of: Known<HospitalId, BTreeSet<DoctorId>>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            zones: Known::new("a hospital"),
            doctors: Known::new("a doctor"),
            doctors_of: Known::new("a hospital's doctors"),
        }
    }
}

impl Facts {
    /// The hospital's zone. UTC where there is no such hospital: its commands are refused, and the documents that say
    /// so still need a zone.
    pub fn zone(&self, hospital: HospitalId) -> Result<Tz, Unasked> {
        Ok(self.zones.get(&hospital)?.copied().unwrap_or(chrono_tz::UTC))
    }

    /// The doctors of the hospital, of whom some may have no schedule.
    pub fn doctors_of(
        &self,
        hospital: HospitalId,
    ) -> Result<impl Iterator<Item = &DoctorId>, Unasked> {
        Ok(self.doctors_of.get(&hospital)?.into_iter().flatten())
    }

    /// What a decision makes of doctors: one has another schedule, others are no longer there.
    pub fn show(&mut self, scheduled: Option<&Arc<Doctor>>, left: &[DoctorId]) {
        if let Some(doctor) = scheduled {
            let mut doctor = Arc::clone(doctor);
            // What was closed before in the batch stays closed.
            if let Ok(Some(before)) = self.doctors.get(&doctor.id)
                && before.schedule.closures != doctor.schedule.closures
            {
                let closures = before.schedule.closures.clone();
                Arc::make_mut(&mut doctor).schedule.closures = closures;
            }
            self.zones.insert(doctor.hospital_id, doctor.zone());
            self.doctors.insert(doctor.id, doctor);
        }
        for doctor in left {
            self.doctors.remove(*doctor);
        }
    }

    /// The doctor; `None` where there is no such, or none with a schedule.
    pub fn doctor(&self, id: DoctorId) -> Result<Option<&Doctor>, Unasked> {
        Ok(self.doctors.get(&id)?.map(AsRef::as_ref))
    }
}
