//! A time that somebody wishes for, to book it at once or to hold it first: what is looked at, and the booking that is made of it.

use super::rules::{free_seat, not_busy, open_slot_for, within_account_limit, within_limits};
use super::{Booking, Facts, Needs, Status};
use crate::directory::Doctor;
use crate::ids::{BookingId, DoctorId, PatientId};
use crate::known::Unasked;
use crate::rules::{Context, FactsOf, NeedsOf, NoDecision};
use crate::schedule::{Slot, Visit};
use crate::time::Timestamp;

/// Whose time, when, for whom.
#[derive(Clone, Copy)]
pub(super) struct Wish {
    pub doctor_id: DoctorId,
    pub starts_at: Timestamp,
    /// `None`: the own person of the account for which it is.
    pub patient_id: Option<PatientId>,
    pub visit: Visit,
}

/// A wish that the schedule and the limits of its patient allow.
pub(super) struct Allowed<'f> {
    pub doctor: &'f Doctor,
    pub slot: Slot,
    patient_id: PatientId,
}

impl Wish {
    pub fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.directory.doctors.insert(self.doctor_id);
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.starts.insert((self.doctor_id, self.starts_at));
        let account = context.sender.for_account;
        needs.own.counted.insert((self.doctor_id, self.patient_id, account));
        if let Some(patient) = self.patient_id {
            needs.people.patients.insert(patient);
            needs.own.busy.insert(patient);
        } else {
            needs.people.own_patients.insert(account);
            needs.own.busy_own.insert(account);
        }
    }

    /// Asks everything but whether the time is free.
    pub fn allowed<'f>(
        &self,
        facts: &FactsOf<'f, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Allowed<'f>, NoDecision> {
        let patient_id =
            facts.people.patient_of(context.sender, self.patient_id, context.hospital_id)??;
        let doctor = facts.doctor_here(context, self.doctor_id)?;
        let slot = open_slot_for(context.sender, doctor, self.starts_at, self.visit, now)?;
        within_limits(facts, doctor, patient_id, slot, None)?;
        within_account_limit(facts, doctor, patient_id)?;
        not_busy(facts, patient_id, slot, None)?;
        Ok(Allowed { doctor, slot, patient_id })
    }

    /// The booking, on a seat that is free.
    pub fn booking(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        allowed: &Allowed<'_>,
        (status, now): (Status, Timestamp),
    ) -> Result<Booking, NoDecision> {
        let Allowed { doctor, slot, patient_id } = *allowed;
        let taken = facts.own.taken.get(&doctor.day_of(slot.starts_at))?;
        let taken = taken.ok_or(Unasked("a doctor's time in use"))?;
        Ok(Booking {
            id: BookingId::of(context.request_id, now),
            account_id: context.sender.caller,
            patient_id,
            hospital_id: doctor.hospital_id,
            doctor_id: self.doctor_id,
            seat: free_seat(taken, doctor, slot, self.visit, now)?,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            status,
            visit: self.visit,
            request_id: context.request_id,
            channel: context.sender.channel,
            revision: 1,
            created_at: now,
            updated_at: now,
            sealed: None,
            held: None,
        })
    }
}
