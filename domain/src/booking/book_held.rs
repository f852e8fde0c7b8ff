//! `book_held`: book the time that is held. The hold becomes the booking, so its time is never free in between.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::refuse_pending::confirmed_to_wait;
use super::rules::{not_busy, of_sender, present, status_of_new, within_limits};
use super::{Booking, BookingChange, BookingSubject, Facts, Needs, Status};
use crate::code::Code;
use crate::ids::{BookingId, DoctorId, HospitalId};
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::schedule::Slot;
use crate::time::Timestamp;

/// Book what is held.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BookHeld {
    pub booking_id: BookingId,
    pub doctor_id: DoctorId,
    /// Reason and phone, sealed by ingress for the request that made the hold.
    pub sealed: Option<String>,
}

impl CommandRules for BookHeld {
    const NAME: &'static str = "book_held";
    const TIME_TO_LIVE: Option<TimeDelta> = Some(TimeDelta::minutes(10));

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
        let before = of_sender(facts, context, self.booking_id)?;
        let held = before.held.ok_or_else(|| present(before))?;
        if held.until <= now {
            return Err(Rejection::at(Code::HoldExpired, held.until).into());
        }
        if before.status != Status::Proposed {
            return Err(present(before).into());
        }
        let slot = Slot { starts_at: before.starts_at, ends_at: before.ends_at };
        let doctor = facts.doctor_here(context, before.doctor_id)?;
        within_limits(facts, doctor, before.patient_id, slot, Some(before.id))?;
        not_busy(facts, before.patient_id, slot, Some(before.id))?;
        let status = status_of_new(context.sender, doctor, slot.starts_at);
        let sealed = self.sealed.as_ref().map(|text| text.as_bytes().to_vec());
        let after = Booking { sealed, held: None, ..before.stepped(status, now) };
        confirmed_to_wait(facts, context, BookingChange::Booked { before: before.clone(), after })
    }
}
