//! `call_next`: staff call whoever is first in the line and there. Those before it who are not there are passed over; at
//! the third time they are held. The command names the ticket that was called last: two desks that press it at once call
//! one patient and are told of it.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::confirmed;
use super::{Facts, LineChange, MAX_PASSED, Needs, Status, Ticket, TicketChange, TicketSubject};
use crate::code::Code;
use crate::ids::{DoctorId, HospitalId, TicketId};
use crate::known::Unasked;
use crate::notice::NoticeCode;
use crate::partition::QueueKind;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Call the next one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CallNext {
    pub doctor_id: DoctorId,
    /// The ticket that was called last, as the desk saw it; `None`: no one was.
    pub after: Option<TicketId>,
}

impl CommandRules for CallNext {
    const NAME: &'static str = "call_next";
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
        let (command, doctor_id) = (Self::NAME, self.doctor_id);
        TicketSubject { command, hospital_id, doctor_id, ticket_id: None }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.directory.doctors.insert(self.doctor_id);
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.today.insert(self.doctor_id);
        needs.own.called.insert(self.doctor_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Ticket, LineChange>, NoDecision> {
        if !facts.people.is_member(context.sender, context.hospital_id)? {
            return Err(Rejection::new(Code::NotFound).into());
        }
        let doctor = facts.doctor_here(context, self.doctor_id)?;
        let line = facts.own.lines.get(&doctor.day_of(now))?;
        let line = line.ok_or(Unasked("a doctor's line"))?;
        if line.day.last_called != self.after {
            let ticket = line.day.last_called;
            return Err(Rejection { ticket, ..Rejection::conflict("called") }.into());
        }
        let waiting = line.waiting();
        let first = waiting.iter().position(|ticket| ticket.status == Status::Arrived);
        let Some(first) = first else { return Err(Rejection::conflict("nobody_there").into()) };
        let called = Ticket {
            status: Status::CheckedIn,
            called_at: Some(now),
            called_after: line.day.last_called,
            ..stepped(waiting[first], now)
        };
        let change =
            TicketChange { before: Some(waiting[first].clone()), after: called, reason: None };
        let mut decided = confirmed(facts, context, change, Some(NoticeCode::TicketCalled))?;
        for ticket in &waiting[..first] {
            let change = passed(ticket, now);
            let told = change.after.status != ticket.status;
            let held =
                confirmed(facts, context, change, told.then_some(NoticeCode::TicketChanged))?;
            decided.changes.extend(held.changes);
            decided.notices.extend(held.notices);
        }
        Ok(decided)
    }
}

fn stepped(ticket: &Ticket, now: Timestamp) -> Ticket {
    Ticket { revision: ticket.revision + 1, updated_at: now, ..ticket.clone() }
}

/// One who is not there is passed over once more.
fn passed(before: &Ticket, now: Timestamp) -> TicketChange {
    let mut after = Ticket { passed: before.passed + 1, ..stepped(before, now) };
    if after.passed >= MAX_PASSED {
        after.status = Status::Waitlist;
    }
    let reason = Some("passed".to_owned());
    TicketChange { before: Some(before.clone()), after, reason }
}
