//! `mark_noshow`: whoever was passed over, is held and has not come in the time that the hospital gives, is a no-show. It falls
//! due; a ticket that has changed since, as by the arrival, is left as it is. A no-show who comes can be called back. Where the
//! ticket's booking went another way meanwhile, the ticket alone is one, and is no longer the booking's.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::{confirmed, notice_of, present};
use super::{Facts, LineChange, Needs, Status, Ticket, TicketChange, TicketSubject};
use crate::code::Code;
use crate::ids::{DoctorId, HospitalId, TicketId};
use crate::notice::NoticeCode;
use crate::partition::QueueKind;
use crate::people::Role;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;
use crate::timer::Timer;

/// Write down that the patient did not come.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MarkNoshow {
    pub ticket_id: TicketId,
    /// Whose line it is.
    pub doctor_id: DoctorId,
    /// Of the ticket when it was held.
    pub revision: u32,
    /// Whoever had come by then is none, however late this is decided.
    pub due: Timestamp,
}

impl MarkNoshow {
    /// The timer of a ticket that is held from now on.
    pub(super) fn timer(held: &Ticket, due: Timestamp) -> Timer {
        let (ticket_id, doctor_id, revision) = (held.id, held.doctor_id, held.revision);
        let mark = Self { ticket_id, doctor_id, revision, due };
        Timer::new(due, (ticket_id.uuid(), revision), Self::NAME, &mark)
    }
}

impl CommandRules for MarkNoshow {
    const NAME: &'static str = "mark_noshow";
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
        let (command, doctor_id) = (Self::NAME, Some(self.doctor_id));
        let ticket_id = Some(self.ticket_id);
        TicketSubject { command, hospital_id, doctor_id, ticket_id }
    }

    fn needs(&self, _: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.own.tickets.insert(self.ticket_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Ticket, LineChange>, NoDecision> {
        if context.sender.role != Role::Timer {
            return Err(Rejection::new(Code::NotFound).into());
        }
        let ticket = facts.own.tickets.get(&self.ticket_id)?;
        let before = ticket.ok_or_else(|| Rejection::new(Code::NotFound))?;
        let came = before.arrived_at.is_some_and(|at| at <= self.due);
        let is_as_it_was = before.revision == self.revision && before.status == Status::Waitlist;
        if came || !is_as_it_was {
            return Err(present(before).into());
        }
        let after = before.ended(Status::Noshow, now);
        let (reason, code) = (Some("not_arrived".to_owned()), NoticeCode::TicketChanged);
        let change = TicketChange { before: Some(before.clone()), after, reason };
        match confirmed(facts, context, change.clone(), Some(code)) {
            Err(NoDecision::Rejected(_)) => {
                let after = Ticket { booking_id: None, ..change.after };
                let notices = notice_of(facts, context, &after, code)?.into_iter().collect();
                let change = TicketChange { after: after.clone(), ..change };
                let changes = vec![LineChange::Ticket(Box::new(change))];
                Ok(Decided { changes, notices, ..Decided::nothing(after) })
            }
            decided => decided,
        }
    }
}
