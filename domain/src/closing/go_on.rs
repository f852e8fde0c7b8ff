//! `go_on_closing`: a closing had more bookings than one command ends, and goes on with the next. It falls due at once, and does
//! nothing where the closing has changed since.

use chrono::TimeDelta;

use super::further::{GoOnClosing, NAME};
use super::rules::end_bookings;
use super::{Closing, ClosingChange, ClosingState, ClosingSubject, Facts, Needs};
use crate::code::Code;
use crate::ids::{DoctorId, HospitalId};
use crate::partition::QueueKind;
use crate::people::Role;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

impl CommandRules for GoOnClosing {
    const NAME: &'static str = NAME;
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

    fn needs(&self, _: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.own.closings.insert(self.closing_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Closing, ClosingChange>, NoDecision> {
        let nothing = || Rejection::new(Code::NotFound);
        if context.sender.role != Role::Timer {
            return Err(nothing().into());
        }
        let before = facts.own.closings.get(&self.closing_id)?.ok_or_else(nothing)?;
        if before.revision != self.revision || before.state != ClosingState::Ending {
            return Err(Rejection::conflict(before.state.as_str()).into());
        }
        let next = Closing { revision: before.revision + 1, updated_at: now, ..*before };
        Ok(end_bookings(facts, Some(before), next)?)
    }
}
