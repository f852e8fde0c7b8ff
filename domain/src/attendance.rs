//! What a line may know of a booking and tell it: that its patient is there, was called, was seen, did not come. Both rooms
//! stand on this, and neither sees the other; the joint `facts.rs` brings them together, so that a ticket and its booking
//! change in one transaction.

use strum::{EnumString, IntoStaticStr};

use crate::ids::{BookingId, DoctorId, HospitalId, PatientId};
use crate::time::Timestamp;

/// How far a booked visit has come (FHIR R4 appointmentstatus, with underscores).
#[derive(Clone, Copy, PartialEq, Eq, Debug, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Attendance {
    /// Its patient is not there.
    Booked,
    Arrived,
    CheckedIn,
    Fulfilled,
    Noshow,
}

impl Attendance {
    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A booking as a line sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Appointment {
    pub booking_id: BookingId,
    pub patient_id: PatientId,
    pub hospital_id: HospitalId,
    pub doctor_id: DoctorId,
    pub starts_at: Timestamp,
    pub revision: u32,
    /// The name of its status, for whoever is told of it.
    pub status: &'static str,
    /// `None`: its patient is not expected. It waits for approval, was given back, or was a mistake.
    pub attendance: Option<Attendance>,
}

/// A line tells a booking how far its visit has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttendanceChange {
    pub booking_id: BookingId,
    pub to: Attendance,
    pub at: Timestamp,
}
