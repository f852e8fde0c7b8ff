//! `cancel_ticket`: leave the line. The number is not given to anybody else.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::{confirmed, own_ticket};
use super::{Facts, LineChange, Needs, Status, Ticket, TicketChange, TicketSubject};
use crate::ids::{DoctorId, HospitalId, TicketId};
use crate::notice::NoticeCode;
use crate::people::Channel;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Leave the line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CancelTicket {
    pub ticket_id: TicketId,
    /// Whose line it is.
    pub doctor_id: DoctorId,
}

impl CommandRules for CancelTicket {
    const NAME: &'static str = "cancel_ticket";
    const TIME_TO_LIVE: Option<TimeDelta> = None;

    type Subject = TicketSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = Ticket;
    type Change = LineChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        Some(self.doctor_id)
    }

    fn subject(&self, hospital_id: HospitalId) -> TicketSubject {
        let (command, doctor_id, ticket_id) =
            (Self::NAME, Some(self.doctor_id), Some(self.ticket_id));
        TicketSubject { command, hospital_id, doctor_id, ticket_id }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.tickets.insert(self.ticket_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Ticket, LineChange>, NoDecision> {
        let before = own_ticket(facts, context, self.ticket_id)?;
        if !before.status.may_become(Status::Cancelled) {
            return Err(Rejection::conflict(before.status.as_str()).into());
        }
        let mut after = before.ended(Status::Cancelled, now);
        if context.sender.channel == Channel::AccountDeletion {
            after.sealed = None;
        }
        let change = TicketChange { before: Some(before.clone()), after, reason: None };
        confirmed(facts, context, change, Some(NoticeCode::TicketCancelled))
    }
}
