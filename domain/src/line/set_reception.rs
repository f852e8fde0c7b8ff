//! `set_reception`: staff pause, close or open a doctor's line of the present day for new tickets. Who is in it stays.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Facts, LineChange, LineState, Needs, Reception, ReceptionChange};
use crate::code::Code;
use crate::ids::{DoctorId, HospitalId};
use crate::known::Unasked;
use crate::partition::QueueKind;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Open, pause or close a line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SetReception {
    pub doctor_id: DoctorId,
    pub reception: Reception,
}

/// A request that is about a line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LineSubject {
    pub command: &'static str,
    pub hospital_id: HospitalId,
    pub doctor_id: DoctorId,
}

impl LineSubject {
    /// A line has no id of its own: it is a doctor's, of a day.
    pub const fn id(&self) -> Option<Uuid> {
        None
    }
}

impl CommandRules for SetReception {
    const NAME: &'static str = "set_reception";
    const TIME_TO_LIVE: Option<TimeDelta> = None;
    const QUEUE: QueueKind = QueueKind::Desk;

    type Subject = LineSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = LineState;
    type Change = LineChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        Some(self.doctor_id)
    }

    fn subject(&self, hospital_id: HospitalId) -> LineSubject {
        LineSubject { command: Self::NAME, hospital_id, doctor_id: self.doctor_id }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.directory.doctors.insert(self.doctor_id);
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.today.insert(self.doctor_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<LineState, LineChange>, NoDecision> {
        if !facts.people.is_member(context.sender, context.hospital_id)? {
            return Err(Rejection::new(Code::NotFound).into());
        }
        let doctor = facts.doctor_here(context, self.doctor_id)?;
        if matches!(self.reception, Reception::Paused { until: Some(until) } if until <= now) {
            return Err(Rejection::invalid("until").into());
        }
        let day: (DoctorId, NaiveDate) = doctor.day_of(now);
        let mut line = facts.own.lines.get(&day)?.ok_or(Unasked("a doctor's line"))?.day;
        line.reception = self.reception;
        line.version += 1;
        let change = ReceptionChange { day, reception: self.reception };
        let (changes, notices) = (vec![LineChange::Reception(change)], Vec::new());
        Ok(Decided { confirmed: LineState { day, line }, changes, notices })
    }
}
