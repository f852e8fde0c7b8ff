//! `reschedule`: move a booking to another time, or to another doctor of the same hospital. It is one change: never two
//! bookings, never none.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::refuse_pending::confirmed_to_wait;
use super::rules::{changeable, free_seat, not_busy, open_slot_for, status_of_new, within_limits};
use super::{Booking, BookingChange, BookingSubject, Facts, Needs};
use crate::ids::{BookingId, DoctorId, HospitalId};
use crate::known::Unasked;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Move a booking.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reschedule {
    pub booking_id: BookingId,
    pub doctor_id: DoctorId,
    pub starts_at: Timestamp,
}

impl CommandRules for Reschedule {
    const NAME: &'static str = "reschedule";
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
        needs.directory.doctors.insert(self.doctor_id);
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.bookings.insert(self.booking_id);
        needs.own.starts.insert((self.doctor_id, self.starts_at));
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Booking, BookingChange>, NoDecision> {
        let before = changeable(facts, context, now, self.booking_id)?;
        moved(facts, context, before, (self.doctor_id, self.starts_at), now)
    }
}

/// The booking, which may be changed, at that doctor's and at that time.
pub(super) fn moved(
    facts: &FactsOf<'_, Facts>,
    context: &Context<'_>,
    before: &Booking,
    (doctor_id, starts_at): (DoctorId, Timestamp),
    now: Timestamp,
) -> Result<Decided<Booking, BookingChange>, NoDecision> {
    let doctor = facts.doctor_here(context, doctor_id)?;
    let slot = open_slot_for(context.sender, doctor, starts_at, before.visit, now)?;
    within_limits(facts, doctor, before.patient_id, slot, Some(before.id))?;
    not_busy(facts, before.patient_id, slot, Some(before.id))?;
    let taken = facts.own.taken.get(&doctor.day_of(slot.starts_at))?;
    let mut taken = taken.ok_or(Unasked("a doctor's time in use"))?.clone();
    if before.doctor_id == doctor_id {
        taken.remove(before.seat, before.starts_at);
    }
    let seat = free_seat(&taken, doctor, slot, before.visit, now)
        .map_err(|rejection| but_present(rejection, before))?;
    let after = Booking {
        doctor_id,
        seat,
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
        ..before.stepped(status_of_new(context.sender, doctor), now)
    };
    confirmed_to_wait(facts, context, BookingChange::Moved { before: before.clone(), after })
}

/// Where the booking is already, is no alternative to it.
fn but_present(mut rejection: Rejection, booking: &Booking) -> Rejection {
    let present = (booking.doctor_id, booking.starts_at);
    rejection.alternatives.retain(|(doctor, slot)| (*doctor, slot.starts_at) != present);
    rejection
}
