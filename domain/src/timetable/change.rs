//! What a decision changes of timetables.

use chrono::NaiveDate;
use std::sync::Arc;

use crate::directory::Doctor;
use crate::ids::{DoctorId, HospitalId};
use crate::schedule::{Hours, Terms};

/// What a decision changes. The doctor is as afterwards, with the whole schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TimetableChange {
    /// From the day of these terms on, they alone hold.
    Schedule { doctor: Arc<Doctor>, revision: u32, terms: Box<Terms> },
    /// The date has these hours; `None`: those of its weekday again.
    Day { doctor: Arc<Doctor>, revision: u32, day: NaiveDate, hours: Option<Hours> },
    /// The doctor is no longer there.
    Left { hospital: HospitalId, doctor: DoctorId },
    /// The hospital is closed for good, and its doctors are no longer there.
    Closed { hospital: HospitalId, doctors: Vec<DoctorId> },
}

impl TimetableChange {
    pub fn hospital(&self) -> HospitalId {
        match self {
            Self::Schedule { doctor, .. } | Self::Day { doctor, .. } => doctor.hospital_id,
            Self::Left { hospital, .. } | Self::Closed { hospital, .. } => *hospital,
        }
    }

    /// The doctor whose schedule is another, with its revision.
    pub const fn scheduled(&self) -> Option<(&Arc<Doctor>, u32)> {
        match self {
            Self::Schedule { doctor, revision, .. } | Self::Day { doctor, revision, .. } => {
                Some((doctor, *revision))
            }
            Self::Left { .. } | Self::Closed { .. } => None,
        }
    }

    /// Doctors who are no longer there.
    pub fn left(&self) -> &[DoctorId] {
        match self {
            Self::Schedule { .. } | Self::Day { .. } => &[],
            Self::Left { doctor, .. } => std::slice::from_ref(doctor),
            Self::Closed { doctors, .. } => doctors,
        }
    }

    /// All doctors of whom something changes.
    pub fn doctors(&self) -> impl Iterator<Item = DoctorId> {
        let scheduled = self.scheduled().map(|(doctor, _)| doctor.id);
        scheduled.into_iter().chain(self.left().iter().copied())
    }
}
