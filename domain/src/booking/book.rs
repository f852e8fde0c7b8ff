//! `book`: take a doctor's time.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::refuse_pending::confirmed_to_wait;
use super::rules::status_of_new;
use super::wish::Wish;
use super::{Booking, BookingChange, BookingSubject, Facts, Needs};
use crate::ids::{DoctorId, HospitalId, PatientId};
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::schedule::Visit;
use crate::time::Timestamp;

/// Take a doctor's time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Book {
    pub doctor_id: DoctorId,
    pub starts_at: Timestamp,
    /// `None`: the own person of the account for which it is booked.
    pub patient_id: Option<PatientId>,
    pub visit: Visit,
    /// Reason and phone, sealed by ingress.
    pub sealed: Option<String>,
}

impl Book {
    const fn wish(&self) -> Wish {
        let Self { doctor_id, starts_at, patient_id, visit, .. } = *self;
        Wish { doctor_id, starts_at, patient_id, visit }
    }
}

impl CommandRules for Book {
    const NAME: &'static str = "book";
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
        let (command, doctor_id) = (Self::NAME, self.doctor_id);
        BookingSubject { command, hospital_id, doctor_id, booking_id: None }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        self.wish().needs(context, needs);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Booking, BookingChange>, NoDecision> {
        let wish = self.wish();
        let allowed = wish.allowed(facts, context, now)?;
        let status = status_of_new(context.sender, allowed.doctor, allowed.slot.starts_at);
        let sealed = self.sealed.as_ref().map(|text| text.as_bytes().to_vec());
        let booking = wish.booking(facts, context, &allowed, (status, now))?;
        let made = Booking { sealed, ..booking };
        confirmed_to_wait(facts, context, BookingChange::Made(made))
    }
}
