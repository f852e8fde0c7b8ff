//! `close_time`: staff close days, or hours of days, of a doctor or of the whole hospital. Nobody can be booked in them from this
//! decision on, and who is booked in them and not there yet is ended and told. Who is there stays.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::limits::shape_fault;
use super::rules::{can_be_closed, end_bookings, may_close};
use super::{Closing, ClosingChange, ClosingReason, ClosingState, ClosingSubject, Facts, Needs};
use crate::closed_time::ClosedTime;
use crate::ids::{ClosingId, DoctorId, HospitalId};
use crate::partition::QueueKind;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::schedule::Closure;
use crate::time::Timestamp;

/// Close time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CloseTime {
    /// `None`: of all doctors of the hospital.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub doctor_id: Option<DoctorId>,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    /// Those hours of each day; `None`: whole days.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hours: Option<(NaiveTime, NaiveTime)>,
    pub reason: ClosingReason,
}

impl CloseTime {
    const fn days(&self) -> Closure {
        let Self { first_day, last_day, hours, .. } = *self;
        Closure { first_day, last_day, hours }
    }

    const fn time(&self, hospital_id: HospitalId) -> ClosedTime {
        ClosedTime { hospital_id, doctor_id: self.doctor_id, days: self.days() }
    }
}

impl CommandRules for CloseTime {
    const NAME: &'static str = "close_time";
    const TIME_TO_LIVE: Option<TimeDelta> = None;
    const QUEUE: QueueKind = QueueKind::Desk;

    type Subject = ClosingSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = Closing;
    type Change = ClosingChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        self.doctor_id
    }

    fn subject(&self, hospital_id: HospitalId) -> ClosingSubject {
        let (command, doctor_id, closing_id) = (Self::NAME, self.doctor_id, None);
        ClosingSubject { command, hospital_id, doctor_id, closing_id }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.people.rights(context.sender, context.hospital_id);
        needs.directory.doctors.extend(self.doctor_id);
        needs.own.in_force.insert(context.hospital_id);
        // What cannot be closed is refused without a look at it: it may be the days of a thousand years.
        if shape_fault(&self.days()).is_none() {
            needs.own.times.push(self.time(context.hospital_id));
        }
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Closing, ClosingChange>, NoDecision> {
        let time = self.time(context.hospital_id);
        may_close(facts, context, &time.days)?;
        if let Some(doctor) = self.doctor_id {
            facts.doctor_here(context, doctor)?;
        }
        can_be_closed(facts, context, &time, now)?;
        let made = Closing {
            id: ClosingId::of(context.request_id, now),
            time,
            reason: self.reason,
            state: ClosingState::Closed,
            ended: 0,
            closed_by: context.sender.caller,
            revision: 1,
            closed_at: now,
            updated_at: now,
        };
        Ok(end_bookings(facts, None, made)?)
    }
}
