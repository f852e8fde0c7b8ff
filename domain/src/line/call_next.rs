//! `call_next`: staff call whoever is first in the line and there. Those before it who are not there are passed over; at
//! the third time, or as the hospital has set it, they are held. The command names the ticket that was called last, and how many calls there
//! were: two desks that press it at once call one patient and are told of it.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::confirmed;
use super::{Facts, LineChange, MarkNoshow, Needs, Status, Ticket, TicketChange, TicketSubject};
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
    /// How many calls the line had, as the desk saw it. Without it, where the ticket that was called last is called again, a
    /// second press is not told from a new one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub calls: Option<u32>,
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
        let (command, doctor_id) = (Self::NAME, Some(self.doctor_id));
        TicketSubject { command, hospital_id, doctor_id, ticket_id: None }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.directory.doctors.insert(self.doctor_id);
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.today.insert(self.doctor_id);
        needs.own.called.insert(self.doctor_id);
        needs.own.no_show.rules.insert(context.hospital_id);
        needs.own.rules.insert(context.hospital_id);
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
        let (ticket, calls) = (line.day.last_called, Some(line.day.calls));
        if ticket != self.after || self.calls.is_some_and(|seen| Some(seen) != calls) {
            return Err(Rejection { ticket, calls, ..Rejection::conflict("called") }.into());
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
        let held_for = facts.own.no_show.rule_of(context.hospital_id)?.rules.held_for();
        let max_passed = facts.own.rule_of(context.hospital_id)?.rules.max_passed;
        for ticket in &waiting[..first] {
            let change = passed(ticket, max_passed, now);
            let told = change.after.status != ticket.status;
            decided.timers.extend(told.then(|| MarkNoshow::timer(&change.after, now + held_for)));
            let held =
                confirmed(facts, context, change, told.then_some(NoticeCode::TicketChanged))?;
            decided.changes.extend(held.changes);
            decided.notices.extend(held.notices);
            decided.timers.extend(held.timers);
        }
        Ok(decided)
    }
}

fn stepped(ticket: &Ticket, now: Timestamp) -> Ticket {
    Ticket { revision: ticket.revision + 1, updated_at: now, ..ticket.clone() }
}

/// One who is not there is passed over once more.
fn passed(before: &Ticket, max_passed: u8, now: Timestamp) -> TicketChange {
    let mut after = Ticket { passed: before.passed.saturating_add(1), ..stepped(before, now) };
    if after.passed >= max_passed {
        after.status = Status::Waitlist;
    }
    let reason = Some("passed".to_owned());
    TicketChange { before: Some(before.clone()), after, reason }
}
