//! `open_time`: staff open closed time again. What the closing ended stays ended; what it has not ended yet, it leaves.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::may_close;
use super::{Closing, ClosingChange, ClosingState, ClosingSubject, Facts, Needs};
use crate::code::Code;
use crate::ids::{ClosingId, DoctorId, HospitalId};
use crate::partition::QueueKind;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Open the time of a closing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenTime {
    pub closing_id: ClosingId,
    /// Whose closing it is; `None`: the hospital's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub doctor_id: Option<DoctorId>,
}

impl CommandRules for OpenTime {
    const NAME: &'static str = "open_time";
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
        let (command, closing_id) = (Self::NAME, Some(self.closing_id));
        ClosingSubject { command, hospital_id, doctor_id: self.doctor_id, closing_id }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.closings.insert(self.closing_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Closing, ClosingChange>, NoDecision> {
        let nothing = || Rejection::new(Code::NotFound);
        let before = facts.own.closings.get(&self.closing_id)?.ok_or_else(nothing)?;
        let is_this = before.time.hospital_id == context.hospital_id
            && before.time.doctor_id == self.doctor_id;
        if !is_this {
            return Err(nothing().into());
        }
        may_close(facts, context, &before.time.days)?;
        if !before.is_in_force() {
            return Err(Rejection::conflict(before.state.as_str()).into());
        }
        let (state, revision) = (ClosingState::Opened, before.revision + 1);
        let after = Closing { state, revision, updated_at: now, ..*before };
        let change = ClosingChange { before: Some(*before), after, ended: Vec::new() };
        Ok(Decided { changes: vec![change], ..Decided::nothing(after) })
    }
}
