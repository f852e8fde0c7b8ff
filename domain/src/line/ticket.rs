//! A ticket, and what clients see of it.

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use serde::Serialize;
use uuid::Uuid;

use super::Status;
use super::estimate::Wait;
use crate::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId, TicketId};
use crate::people::Channel;
use crate::time::{Shown, Timestamp};

/// The priority of whoever has none: lower ones go first.
pub const USUAL_PRIORITY: u8 = 100;
/// Of an emergency and the like.
pub const URGENT_PRIORITY: u8 = 10;

/// One of an account's live tickets: which of them it is, from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LiveSlot {
    pub account: AccountId,
    pub number: u8,
}

/// What is noted of a ticket beside its steps: taking a step back leaves it as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Notes {
    /// Its account was told that its turn is near.
    pub soon_told: bool,
    /// How long it would wait, as was estimated when it was taken; `None`: that was unknown.
    pub expected: Option<Wait>,
    /// The estimate was held against the wait.
    pub graded: bool,
}

/// A patient has a number in a doctor's line of the day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ticket {
    pub id: TicketId,
    /// Who took it. Whose it is, is said by its patient.
    pub account_id: AccountId,
    /// `None`: a walk-in whom the hospital knows by no row.
    pub patient_id: Option<PatientId>,
    /// The booking for which the patient has arrived.
    pub booking_id: Option<BookingId>,
    /// `None` once it is no longer live, for a patient without an account, and for a number that a booking took.
    pub live_slot: Option<LiveSlot>,
    pub hospital_id: HospitalId,
    pub doctor_id: DoctorId,
    /// In the hospital's zone.
    pub day: NaiveDate,
    /// Never given back, never used again on that doctor's day.
    pub number: u32,
    /// Lower goes first.
    pub priority: u8,
    /// Among tickets of one priority, the earlier goes first.
    pub key_at: Timestamp,
    pub status: Status,
    pub arrived_at: Option<Timestamp>,
    /// When it was called last.
    pub called_at: Option<Timestamp>,
    /// Which ticket of the line had been called last before that.
    pub called_after: Option<TicketId>,
    /// Calls that passed it over because its patient was not there.
    pub passed: u8,
    /// Times that it was put off.
    pub postponed: u8,
    /// The desk has seen who it is.
    pub identity_checked: bool,
    /// The request that made it.
    pub request_id: RequestId,
    pub channel: Channel,
    /// Rises with every change; 1 when made.
    pub revision: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Reason and phone, sealed; never shown by this crate.
    pub sealed: Option<Vec<u8>>,
    pub notes: Notes,
}

impl Ticket {
    /// Where it stands in its line: the smaller goes first.
    pub const fn order(&self) -> (u8, Timestamp, u32) {
        (self.priority, self.key_at, self.number)
    }

    /// The ticket as it leaves the line: it counts among nobody's live tickets.
    pub(super) fn ended(&self, status: Status, now: Timestamp) -> Self {
        let revision = self.revision + 1;
        Self { status, live_slot: None, revision, updated_at: now, ..self.clone() }
    }

    /// The first key by which it stands behind the other, of the same priority.
    pub(super) fn key_behind(&self, other: &Ticket) -> Timestamp {
        // With the same key the lower number goes first.
        other.key_at + TimeDelta::milliseconds(i64::from(self.number <= other.number))
    }

    /// As clients see it, times in the hospital's zone.
    pub fn view(&self, zone: Tz) -> TicketView<'_> {
        let shown = |at: Timestamp| Shown(at, zone);
        TicketView {
            id: self.id,
            status: self.status,
            hospital_id: self.hospital_id,
            doctor_id: self.doctor_id,
            patient_id: self.patient_id,
            booking_id: self.booking_id,
            day: self.day,
            number: self.number,
            taken_at: shown(self.created_at),
            arrived_at: self.arrived_at.map(shown),
            called_at: self.called_at.map(shown),
            zone: zone.name(),
            postponed: self.postponed,
            channel: self.channel.as_str(),
            revision: self.revision,
            updated_at: shown(self.updated_at),
        }
    }
}

/// A ticket as clients see it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TicketView<'t> {
    id: TicketId,
    status: Status,
    hospital_id: HospitalId,
    doctor_id: DoctorId,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient_id: Option<PatientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    booking_id: Option<BookingId>,
    day: NaiveDate,
    number: u32,
    taken_at: Shown,
    #[serde(skip_serializing_if = "Option::is_none")]
    arrived_at: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    called_at: Option<Shown>,
    zone: &'static str,
    #[serde(skip_serializing_if = "never")]
    postponed: u8,
    channel: &'t str,
    revision: u32,
    updated_at: Shown,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn never(times: &u8) -> bool {
    *times == 0
}

/// A request that is about a ticket.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TicketSubject {
    pub command: &'static str,
    pub hospital_id: HospitalId,
    /// Absent where no doctor was named, until there is a ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doctor_id: Option<DoctorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
}

impl TicketSubject {
    pub fn id(&self) -> Option<Uuid> {
        self.ticket_id.map(TicketId::uuid)
    }

    /// The command made, found or changed this ticket.
    #[must_use]
    pub fn of(self, ticket: &Ticket) -> Self {
        Self { doctor_id: Some(ticket.doctor_id), ticket_id: Some(ticket.id), ..self }
    }
}
