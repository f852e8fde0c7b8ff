//! `postpone_ticket`: a patient who waits lets another go first. The ticket goes behind the next one who is there, so nobody
//! but its own patient waits longer for it. The desk does the same by a step.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::{confirmed, own_ticket, present};
use super::{Facts, Line, LineChange, Needs, Status, Ticket, TicketChange, TicketSubject};
use crate::ids::{DoctorId, HospitalId, TicketId};
use crate::notice::NoticeCode;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Let another go first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PostponeTicket {
    pub ticket_id: TicketId,
    /// Whose line it is.
    pub doctor_id: DoctorId,
}

impl CommandRules for PostponeTicket {
    const NAME: &'static str = "postpone_ticket";
    const TIME_TO_LIVE: Option<TimeDelta> = Some(TimeDelta::minutes(10));

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
        let after = postponed(facts.own, before, now)?;
        let change = TicketChange { before: Some(before.clone()), after, reason: None };
        confirmed(facts, context, change, Some(NoticeCode::TicketChanged))
    }
}

/// The ticket behind the next one of its priority who is there, or behind the next one where nobody behind it is. Each ticket
/// may be put off as often as the hospital has set it.
pub(super) fn postponed(
    facts: &Facts,
    ticket: &Ticket,
    now: Timestamp,
) -> Result<Ticket, NoDecision> {
    if !ticket.status.waits() {
        return Err(present(ticket).into());
    }
    let conflict =
        |current| Rejection { revision: Some(ticket.revision), ..Rejection::conflict(current) };
    if ticket.postponed >= facts.rule_of(ticket.hospital_id)?.rules.max_postpones {
        return Err(conflict("postpones_used").into());
    }
    let next = next_of(facts.line_of(ticket)?, ticket).ok_or_else(|| conflict("last"))?;
    let key_at = ticket.key_behind(next);
    let (postponed, revision) = (ticket.postponed.saturating_add(1), ticket.revision + 1);
    Ok(Ticket { key_at, postponed, revision, updated_at: now, ..ticket.clone() })
}

/// Who is to go first.
fn next_of<'l>(line: &'l Line, ticket: &Ticket) -> Option<&'l Ticket> {
    let waiting = line.waiting().into_iter();
    let behind: Vec<&Ticket> = waiting
        .filter(|other| other.priority == ticket.priority && other.order() > ticket.order())
        .collect();
    let there = behind.iter().find(|other| other.status == Status::Arrived);
    there.or(behind.first()).copied()
}
