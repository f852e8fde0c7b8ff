//! `refuse_pending`: nobody at the clinic has approved a booking in the time that its schedule gives, or before its cut-off. It
//! falls due; a booking that has changed since, as by the approval, is left as it is.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::{confirmed, of_timer, present};
use super::{Booking, BookingChange, BookingSubject, Facts, Needs, Status};
use crate::directory::Doctor;
use crate::ids::{BookingId, DoctorId, HospitalId};
use crate::notice::NoticeCode;
use crate::partition::QueueKind;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;
use crate::timer::Timer;

/// What a schedule gives that needs approval no more, while a booking still waits for it.
const USUAL_HOURS: u16 = 24;

/// Give up waiting for approval.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RefusePending {
    pub booking_id: BookingId,
    pub doctor_id: DoctorId,
    /// Of the booking when it began to wait.
    pub revision: u32,
}

impl RefusePending {
    /// The timer of a booking that waits for approval from now on.
    fn timer(doctor: Option<&Doctor>, pending: &Booking) -> Timer {
        let schedule = doctor.map(|doctor| &doctor.schedule);
        let hours = schedule.and_then(|schedule| schedule.approval_hours_at(pending.starts_at));
        let hours = hours.unwrap_or(USUAL_HOURS);
        let given = pending.updated_at + TimeDelta::hours(i64::from(hours));
        let cutoff = schedule.map(|schedule| schedule.cutoff_of(pending.starts_at));
        let due = given.min(cutoff.unwrap_or(pending.starts_at));
        let (booking_id, doctor_id, revision) = (pending.id, pending.doctor_id, pending.revision);
        let refuse = Self { booking_id, doctor_id, revision };
        Timer::new(due, (booking_id.uuid(), revision), Self::NAME, &refuse)
    }
}

/// As [`confirmed`]. A booking that waits for approval from now on will not wait for ever.
pub(super) fn confirmed_to_wait(
    facts: &FactsOf<'_, Facts>,
    context: &Context<'_>,
    change: BookingChange,
) -> Result<Decided<Booking, BookingChange>, NoDecision> {
    let mut decided = confirmed(facts, context, change)?;
    let booking = &decided.confirmed;
    if booking.status == Status::Pending {
        let doctor = facts.directory.doctor(booking.doctor_id)?;
        decided.timers.push(RefusePending::timer(doctor, booking));
    }
    Ok(decided)
}

impl CommandRules for RefusePending {
    const NAME: &'static str = "refuse_pending";
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

    fn needs(&self, _: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.own.bookings.insert(self.booking_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Booking, BookingChange>, NoDecision> {
        let before = of_timer(facts, context, self.booking_id)?;
        if before.revision != self.revision || before.status != Status::Pending {
            return Err(present(before).into());
        }
        let (after, code) = (before.stepped(Status::Cancelled, now), NoticeCode::BookingRefused);
        let reason = Some("not_approved");
        let change = BookingChange::Stepped { before: before.clone(), after, code, reason };
        confirmed(facts, context, change)
    }
}
