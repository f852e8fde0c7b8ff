//! `hold_slot`: keep a doctor's time while a form is filled. A hold is a booking that is only proposed: it uses the doctor's time
//! under the same keys, so from the hold to the booking there is no moment in which the time is free. Nobody has to end it: a
//! decision after it is over takes its time.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::expire_hold::ExpireHold;
use super::next_hold::next_number;
use super::rules::confirmed;
use super::wish::Wish;
use super::{Booking, BookingChange, BookingSubject, Facts, Held, Needs, Status};
use crate::ids::{DoctorId, HospitalId, PatientId};
use crate::known::Unasked;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::schedule::Visit;
use crate::time::Timestamp;

/// Keep a doctor's time for a short while.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HoldSlot {
    pub doctor_id: DoctorId,
    pub starts_at: Timestamp,
    /// `None`: the own person of the account.
    pub patient_id: Option<PatientId>,
    pub visit: Visit,
}

impl HoldSlot {
    const fn wish(&self) -> Wish {
        let Self { doctor_id, starts_at, patient_id, visit } = *self;
        Wish { doctor_id, starts_at, patient_id, visit }
    }
}

impl CommandRules for HoldSlot {
    const NAME: &'static str = "hold_slot";
    /// Whoever fills a form does not wait longer for it.
    const TIME_TO_LIVE: Option<TimeDelta> = Some(TimeDelta::minutes(2));

    type Subject = BookingSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = Booking;
    type Change = BookingChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        Some(self.doctor_id)
    }

    fn subject(&self, hospital_id: HospitalId) -> BookingSubject {
        let (command, doctor_id) = (Self::NAME, self.doctor_id);
        BookingSubject { command, hospital_id, doctor_id, booking_id: None }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        self.wish().needs(context, needs);
        needs.own.holders.insert(context.sender.caller);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Booking, BookingChange>, NoDecision> {
        let wish = self.wish();
        let allowed = wish.allowed(facts, context, now)?;
        let (limits, starts_at) = (allowed.doctor.holds, allowed.slot.starts_at);
        let holds = facts.own.holds.get(&context.sender.caller)?;
        let holds = holds.ok_or(Unasked("an account's holds"))?;
        let number = next_number(limits, holds, (self.doctor_id, starts_at), now)?;
        let booking = wish.booking(facts, context, &allowed, (Status::Proposed, now))?;
        let held = Some(Held { until: limits.until(now), number });
        let made = Booking { held, ..booking };
        let mut decided = confirmed(facts, context, BookingChange::Made(made))?;
        decided.timers.extend(ExpireHold::timer(&decided.confirmed));
        Ok(decided)
    }
}
