//! `end_doctor`: a doctor is no longer at the hospital. Refused as long as anybody is booked there or waits in the line, so
//! that no booking loses its doctor.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::{doctor_here, is_director};
use super::{Facts, Needs, TimetableChange, TimetableSubject};
use crate::ids::{DoctorId, HospitalId};
use crate::partition::QueueKind;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// End a doctor's work at the hospital.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EndDoctor {
    pub doctor_id: DoctorId,
}

impl CommandRules for EndDoctor {
    const NAME: &'static str = "end_doctor";
    const TIME_TO_LIVE: Option<TimeDelta> = None;
    const QUEUE: QueueKind = QueueKind::Desk;

    type Subject = TimetableSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = ();
    type Change = TimetableChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        Some(self.doctor_id)
    }

    fn subject(&self, hospital_id: HospitalId) -> TimetableSubject {
        let (command, doctor_id) = (Self::NAME, Some(self.doctor_id));
        TimetableSubject { command, hospital_id, doctor_id }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.people.rights(context.sender, context.hospital_id);
        needs.directory.hospitals.insert(context.hospital_id);
        needs.own.doctors.insert(self.doctor_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        _: Timestamp,
    ) -> Result<Decided<(), TimetableChange>, NoDecision> {
        is_director(facts, context)?;
        let known = doctor_here(facts, context, self.doctor_id)?;
        if !facts.own.is_free(known.doctor.id)? {
            return Err(Rejection::conflict("has_bookings").into());
        }
        let (hospital, doctor) = (context.hospital_id, self.doctor_id);
        let changes = vec![TimetableChange::Left { hospital, doctor }];
        Ok(Decided { changes, ..Decided::nothing(()) })
    }
}
