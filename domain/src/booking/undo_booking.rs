//! `undo_booking`: staff take back the last step that staff took with a booking, within ten minutes. The command names the request
//! that made it. Times that the step had freed are taken again, unless they are closed by now, or it stays as it is.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::refuse_pending::confirmed_to_wait;
use super::rules::{free_seat, not_busy, of_staff, present};
use super::{Booking, BookingChange, BookingStep, BookingSubject, Facts, LastStep, Needs};
use crate::code::Code;
use crate::ids::{BookingId, DoctorId, HospitalId, RequestId};
use crate::known::Unasked;
use crate::notice::NoticeCode;
use crate::outside::Outside;
use crate::partition::QueueKind;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::schedule::Slot;
use crate::time::Timestamp;

/// For how long a step can be taken back.
pub const UNDO_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// Take a step back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UndoBooking {
    pub booking_id: BookingId,
    /// Where the booking was when the command was sent.
    pub doctor_id: DoctorId,
    /// The request that made the step.
    pub undone: RequestId,
}

impl CommandRules for UndoBooking {
    const NAME: &'static str = "undo_booking";
    const TIME_TO_LIVE: Option<TimeDelta> = None;
    const QUEUE: QueueKind = QueueKind::Desk;

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
        needs.own.steps.insert(self.booking_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Booking, BookingChange>, NoDecision> {
        let before = of_staff(facts, context, self.booking_id)?;
        let account = facts.people.patient_account(before.patient_id)?;
        let last = facts.own.steps.get(&self.booking_id)?;
        // What its patient did, or its ticket, is not taken back here.
        let of_desk = |last: &&LastStep| {
            let steps = BookingStep::ALL.iter();
            let mut steps = steps.filter_map(|step| step.from(last.before));
            (last.actor.is_none() || last.actor != account) && steps.any(|to| to == before.status)
        };
        let in_time = |last: &&LastStep| last.by == self.undone && now - last.at <= UNDO_WITHIN;
        let last = last.filter(in_time).filter(of_desk).ok_or_else(|| present(before))?;
        let mut after = before.stepped(last.before, now);
        still_open(facts, (before, &after))?;
        after.seat = seat_again(facts, (before, &after), now)?;
        if after.status.uses_patient_time() && !before.status.uses_patient_time() {
            not_busy(facts, after.patient_id, slot_of(&after), Some(after.id))?;
        }
        let (code, reason) = (NoticeCode::BookingChanged, Some("undone"));
        let change = BookingChange::Stepped { before: before.clone(), after, code, reason };
        confirmed_to_wait(facts, context, change)
    }
}

const fn slot_of(booking: &Booking) -> Slot {
    Slot { starts_at: booking.starts_at, ends_at: booking.ends_at }
}

/// What would wait for its time again, does not where that time has been closed meanwhile: its closing has passed by.
fn still_open(
    facts: &FactsOf<'_, Facts>,
    (before, after): (&Booking, &Booking),
) -> Result<(), NoDecision> {
    if before.status.ends_when_closed() || !after.status.ends_when_closed() {
        return Ok(());
    }
    let Some(doctor) = facts.directory.doctor(before.doctor_id)? else { return Ok(()) };
    match doctor.schedule.covers(slot_of(before), before.seat) {
        Err(Outside::Closed) => Err(Rejection::new(Code::Closed).into()),
        _ => Ok(()),
    }
}

/// The seat that the booking has, if it never gave it back, else one that is free now.
fn seat_again(
    facts: &FactsOf<'_, Facts>,
    (before, after): (&Booking, &Booking),
    now: Timestamp,
) -> Result<u8, NoDecision> {
    if before.status.uses_doctor_time() || !after.status.uses_doctor_time() {
        return Ok(before.seat);
    }
    // Whose doctor has left, keeps the seat: nobody else gets it.
    let Some(doctor) = facts.directory.doctor(before.doctor_id)? else { return Ok(before.seat) };
    let taken = facts.own.taken.get(&doctor.day_of(before.starts_at))?;
    let taken = taken.ok_or(Unasked("a doctor's time in use"))?;
    Ok(free_seat(taken, doctor, slot_of(before), before.visit, now)?)
}
