//! `cancel`: give a booking back.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::{changeable, confirmed};
use super::{Booking, BookingChange, BookingSubject, Status};
use crate::command::{Command, CommandRules};
use crate::decision::{Decided, NoDecision};
use crate::facts::{Facts, Needs};
use crate::ids::{BookingId, DoctorId, HospitalId};
use crate::request::Subject;
use crate::time::Timestamp;

/// Give a booking back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cancel {
    pub booking_id: BookingId,
    /// Where the booking was when the command was sent.
    pub doctor_id: DoctorId,
}

impl CommandRules for Cancel {
    const NAME: &'static str = "cancel";
    const TIME_TO_LIVE: Option<TimeDelta> = None;

    fn doctor_id(&self) -> Option<DoctorId> {
        Some(self.doctor_id)
    }

    fn subject(&self, hospital_id: HospitalId) -> Subject {
        let (command, doctor_id, booking_id) = (Self::NAME, self.doctor_id, Some(self.booking_id));
        Subject::Booking(BookingSubject { command, hospital_id, doctor_id, booking_id })
    }

    fn needs(&self, command: &Command, needs: &mut Needs) {
        needs.people.rights(&command.sender, command.hospital_id);
        needs.booking.bookings.insert(self.booking_id);
    }

    fn decide(
        &self,
        facts: &Facts,
        command: &Command,
        now: Timestamp,
    ) -> Result<Decided, NoDecision> {
        let before = changeable(facts, command, now, self.booking_id)?;
        let (status, revision) = (Status::Cancelled, before.revision + 1);
        let after = Booking { status, revision, updated_at: now, ..before.clone() };
        confirmed(facts, command, BookingChange::Cancelled { before: before.clone(), after })
    }
}
