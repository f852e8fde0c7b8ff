//! `hold_slot`: keep a doctor's time while a form is filled. A hold is a booking that is only proposed: it uses the doctor's time
//! under the same keys, so from the hold to the booking there is no moment in which the time is free. Nobody has to end it: a
//! decision after it is over takes its time.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::expire_hold::ExpireHold;
use super::next_hold::next_number;
use super::rules::{confirmed, free_seat, not_busy, open_slot_for, within_limits};
use super::{Booking, BookingChange, BookingSubject, Facts, Held, Needs, Status};
use crate::ids::{BookingId, DoctorId, HospitalId, PatientId};
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
        needs.directory.doctors.insert(self.doctor_id);
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.starts.insert((self.doctor_id, self.starts_at));
        needs.own.holders.insert(context.sender.caller);
        if let Some(patient) = self.patient_id {
            needs.people.patients.insert(patient);
            needs.own.busy.insert(patient);
        } else {
            needs.people.own_patients.insert(context.sender.for_account);
            needs.own.busy_own.insert(context.sender.for_account);
        }
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Booking, BookingChange>, NoDecision> {
        let patient_id =
            facts.people.patient_of(context.sender, self.patient_id, context.hospital_id)??;
        let doctor = facts.doctor_here(context, self.doctor_id)?;
        let slot = open_slot_for(context.sender, doctor, self.starts_at, self.visit, now)?;
        within_limits(facts, doctor, patient_id, slot, None)?;
        not_busy(facts, patient_id, slot, None)?;
        let holds = facts.own.holds.get(&context.sender.caller)?;
        let holds = holds.ok_or(Unasked("an account's holds"))?;
        let number = next_number(doctor.holds, holds, (self.doctor_id, slot.starts_at), now)?;
        let taken = facts.own.taken.get(&doctor.day_of(slot.starts_at))?;
        let taken = taken.ok_or(Unasked("a doctor's time in use"))?;
        let seat = free_seat(taken, doctor, slot, self.visit, now)?;
        let made = Booking {
            id: BookingId::of(context.request_id, now),
            account_id: context.sender.caller,
            patient_id,
            hospital_id: doctor.hospital_id,
            doctor_id: self.doctor_id,
            seat,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            status: Status::Proposed,
            visit: self.visit,
            request_id: context.request_id,
            channel: context.sender.channel,
            revision: 1,
            created_at: now,
            updated_at: now,
            sealed: None,
            held: Some(Held { until: doctor.holds.until(now), number }),
        };
        let mut decided = confirmed(facts, context, BookingChange::Made(made))?;
        decided.timers.extend(ExpireHold::timer(&decided.confirmed));
        Ok(decided)
    }
}
