//! A booking, and what clients see of it.

use chrono_tz::Tz;
use serde::Serialize;
use uuid::Uuid;

use super::Status;
use crate::attendance::Appointment;
use crate::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use crate::people::Channel;
use crate::schedule::Visit;
use crate::time::{Shown, Timestamp};

/// A patient has a doctor's time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Booking {
    pub id: BookingId,
    /// Who made it. Whose it is, is said by its patient.
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
    pub channel: Channel,
    /// Rises with every change; 1 when made.
    pub revision: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Reason and phone, sealed; never shown by this crate.
    pub sealed: Option<Vec<u8>>,
    /// A hold's, until it is booked: it keeps this when it ends otherwise.
    pub held: Option<Held>,
}

/// How long a hold lasts, and which of its account's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    pub until: Timestamp,
    /// From 1; no two holds of an account that last have the same.
    pub number: u8,
}

impl Booking {
    /// One step further.
    pub(super) fn stepped(&self, status: Status, at: Timestamp) -> Self {
        Self { status, revision: self.revision + 1, updated_at: at, ..self.clone() }
    }

    /// A hold that uses its time.
    pub fn lasting(&self) -> Option<Held> {
        self.held.filter(|_| self.status == Status::Proposed)
    }

    /// As a line sees it.
    pub fn appointment(&self) -> Appointment {
        Appointment {
            booking_id: self.id,
            patient_id: self.patient_id,
            hospital_id: self.hospital_id,
            doctor_id: self.doctor_id,
            starts_at: self.starts_at,
            revision: self.revision,
            status: self.status.as_str(),
            attendance: self.status.attendance(),
        }
    }

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
            channel: self.channel.as_str(),
            revision: self.revision,
            updated_at: Shown(self.updated_at, zone),
            held_until: self.held.map(|held| Shown(held.until, zone)),
        }
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
    #[serde(skip_serializing_if = "Option::is_none")]
    held_until: Option<Shown>,
}

/// A request that is about a booking.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BookingSubject {
    pub command: &'static str,
    pub hospital_id: HospitalId,
    pub doctor_id: DoctorId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<BookingId>,
}

impl BookingSubject {
    pub fn id(&self) -> Option<Uuid> {
        self.booking_id.map(BookingId::uuid)
    }

    /// The command made or changed this booking.
    #[must_use]
    pub fn of(self, booking: &Booking) -> Self {
        Self { booking_id: Some(booking.id), ..self }
    }
}
