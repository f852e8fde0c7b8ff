//! A booking and the ladder of its statuses (FHIR R4 appointmentstatus). A status that uses the
//! doctor's time keeps a row in `booked_time`; any other has none.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use crate::time::{Shown, Timestamp};

/// Where a booking stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Proposed,
    Pending,
    Booked,
    Arrived,
    CheckedIn,
    Fulfilled,
    Noshow,
    Cancelled,
    Waitlist,
    EnteredInError,
}

impl Status {
    const NAMES: [(Status, &str); 10] = [
        (Status::Proposed, "proposed"),
        (Status::Pending, "pending"),
        (Status::Booked, "booked"),
        (Status::Arrived, "arrived"),
        (Status::CheckedIn, "checked_in"),
        (Status::Fulfilled, "fulfilled"),
        (Status::Noshow, "noshow"),
        (Status::Cancelled, "cancelled"),
        (Status::Waitlist, "waitlist"),
        (Status::EnteredInError, "entered_in_error"),
    ];

    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(status, _)| *status == self).map_or("", |(_, name)| name)
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(status, _)| *status)
    }

    /// May still be cancelled or moved.
    pub fn is_open(self) -> bool {
        matches!(self, Status::Pending | Status::Booked)
    }
}

/// First or return visit (초진, 재진): they may last differently.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visit {
    First,
    #[default]
    Return,
}

impl Visit {
    pub fn as_str(self) -> &'static str {
        match self {
            Visit::First => "first",
            Visit::Return => "return",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "first" => Some(Visit::First),
            "return" => Some(Visit::Return),
            _ => None,
        }
    }
}

/// A patient has a doctor's time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Booking {
    pub id: BookingId,
    pub account_id: AccountId,
    pub patient_id: PatientId,
    pub hospital_id: HospitalId,
    pub doctor_id: DoctorId,
    pub seat: u8,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub status: Status,
    pub visit: Visit,
    /// The request that made it.
    pub request_id: RequestId,
    pub channel: String,
    /// Rises with every change; 1 when made.
    pub revision: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Reason and phone, sealed; never shown by this crate.
    pub sealed: Option<Vec<u8>>,
}

impl Booking {
    /// As clients see it, times in the hospital's zone.
    pub fn view(&self, zone: Tz) -> BookingView<'_> {
        BookingView {
            id: self.id,
            status: self.status,
            hospital_id: self.hospital_id,
            doctor_id: self.doctor_id,
            patient_id: self.patient_id,
            starts_at: Shown(self.starts_at, zone),
            ends_at: Shown(self.ends_at, zone),
            zone: zone.name(),
            visit: self.visit,
            channel: &self.channel,
            revision: self.revision,
            updated_at: Shown(self.updated_at, zone),
        }
    }

    /// [`Booking::view`] as a value, to add to.
    pub fn to_json(&self, zone: Tz) -> Value {
        serde_json::to_value(self.view(zone)).unwrap_or_default()
    }
}

/// A booking as clients see it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BookingView<'b> {
    id: BookingId,
    status: Status,
    hospital_id: HospitalId,
    doctor_id: DoctorId,
    patient_id: PatientId,
    starts_at: Shown,
    ends_at: Shown,
    zone: &'static str,
    visit: Visit,
    channel: &'b str,
    revision: u32,
    updated_at: Shown,
}
