//! `close_hospital`: a hospital is closed for good, neither found nor booked. Refused as long as anybody is booked with one
//! of its doctors or waits in a line.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::is_director;
use super::{Facts, Needs, TimetableChange, TimetableSubject};
use crate::ids::{DoctorId, HospitalId};
use crate::partition::QueueKind;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Close the hospital for good.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CloseHospital {}

impl CommandRules for CloseHospital {
    const NAME: &'static str = "close_hospital";
    const TIME_TO_LIVE: Option<TimeDelta> = None;
    const QUEUE: QueueKind = QueueKind::Desk;

    type Subject = TimetableSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = ();
    type Change = TimetableChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        None
    }

    fn subject(&self, hospital_id: HospitalId) -> TimetableSubject {
        TimetableSubject { command: Self::NAME, hospital_id, doctor_id: None }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.people.rights(context.sender, context.hospital_id);
        needs.directory.hospitals.insert(context.hospital_id);
        needs.directory.doctors_of.insert(context.hospital_id);
        needs.own.hospitals.insert(context.hospital_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        _: Timestamp,
    ) -> Result<Decided<(), TimetableChange>, NoDecision> {
        is_director(facts, context)?;
        let hospital = context.hospital_id;
        let doctors: Vec<DoctorId> = facts.directory.doctors_of(hospital)?.copied().collect();
        for doctor in &doctors {
            if !facts.own.is_free(*doctor)? {
                return Err(Rejection::conflict("has_bookings").into());
            }
        }
        let changes = vec![TimetableChange::Closed { hospital, doctors }];
        Ok(Decided { changes, ..Decided::nothing(()) })
    }
}
