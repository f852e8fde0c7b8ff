//! `cancel`: give a booking or a hold back.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::{changeable, confirmed, of_sender};
use super::{Booking, BookingChange, BookingSubject, Facts, Needs, Status};
use crate::ids::{BookingId, DoctorId, HospitalId};
use crate::people::Channel;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
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

    type Subject = BookingSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = Booking;
    type Change = BookingChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        Some(self.doctor_id)
    }

    fn subject(&self, hospital_id: HospitalId) -> BookingSubject {
        let (command, doctor_id, booking_id) = (Self::NAME, self.doctor_id, Some(self.booking_id));
        BookingSubject { command, hospital_id, doctor_id, booking_id }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.bookings.insert(self.booking_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Booking, BookingChange>, NoDecision> {
        let mut before = of_sender(facts, context, self.booking_id)?;
        // A hold has no cut-off.
        if before.status != Status::Proposed {
            before = changeable(facts, context, now, self.booking_id)?;
        }
        let (status, revision) = (Status::Cancelled, before.revision + 1);
        let mut after = Booking { status, revision, updated_at: now, ..before.clone() };
        if context.sender.channel == Channel::AccountDeletion {
            after.sealed = None;
        }
        confirmed(facts, context, BookingChange::Cancelled { before: before.clone(), after })
    }
}
