//! `undo_step`: staff take back the last step of a ticket, within ten minutes. The command names the request that made it.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::{confirmed, live_again, present, staff_ticket};
use super::{Facts, LineChange, Needs, Ticket, TicketChange, TicketSubject};
use crate::ids::{DoctorId, HospitalId, RequestId, TicketId};
use crate::notice::NoticeCode;
use crate::partition::QueueKind;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// For how long a step can be taken back.
pub const UNDO_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// Take a step back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UndoStep {
    pub ticket_id: TicketId,
    /// Whose line it is.
    pub doctor_id: DoctorId,
    /// The request that made the step.
    pub undone: RequestId,
}

impl CommandRules for UndoStep {
    const NAME: &'static str = "undo_step";
    const TIME_TO_LIVE: Option<TimeDelta> = None;
    const QUEUE: QueueKind = QueueKind::Desk;

    type Subject = TicketSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = Ticket;
    type Change = LineChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        Some(self.doctor_id)
    }

    fn subject(&self, hospital_id: HospitalId) -> TicketSubject {
        let (command, doctor_id, ticket_id) = (Self::NAME, self.doctor_id, Some(self.ticket_id));
        TicketSubject { command, hospital_id, doctor_id, ticket_id }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.tickets.insert(self.ticket_id);
        needs.own.steps.insert(self.ticket_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Ticket, LineChange>, NoDecision> {
        let present_one = staff_ticket(facts, context, self.ticket_id, self.doctor_id)?;
        let last = facts.own.steps.get(&self.ticket_id)?;
        let undone = last.filter(|last| last.by == self.undone && now - last.at <= UNDO_WITHIN);
        let Some(was) = undone.and_then(|last| last.before) else {
            return Err(present(present_one).into());
        };
        let mut after = Ticket {
            status: was.status,
            priority: was.priority,
            key_at: was.key_at,
            arrived_at: was.arrived_at,
            called_at: was.called_at,
            called_after: was.called_after,
            passed: was.passed,
            revision: present_one.revision + 1,
            updated_at: now,
            ..present_one.clone()
        };
        if !after.status.is_live() {
            after.live_slot = None;
        } else if !present_one.status.is_live() {
            live_again(facts, &mut after)?;
        }
        let reason = Some("undone".to_owned());
        let change = TicketChange { before: Some(present_one.clone()), after, reason };
        confirmed(facts, context, change, Some(NoticeCode::TicketChanged))
    }
}
