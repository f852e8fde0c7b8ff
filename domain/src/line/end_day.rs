//! `end_day`: the day of a line is over. Who still waits is cancelled and told. It falls due at the end of reception and
//! looks again at what that is: hours that were changed meanwhile put it off, and so does a hospital that gives more time.

use chrono::TimeDelta;

use super::day_end::{EndDay, NAME, closes, still_waits};
use super::rules::{confirmed, notice_of};
use super::{Facts, LineChange, LineState, LineSubject, Needs, Status, TicketChange};
use crate::code::Code;
use crate::ids::{DoctorId, HospitalId};
use crate::known::Unasked;
use crate::notice::NoticeCode;
use crate::partition::QueueKind;
use crate::people::Role;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

impl CommandRules for EndDay {
    const NAME: &'static str = NAME;
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
        needs.own.days.insert(self.line());
        needs.own.ending.insert(self.line());
        needs.own.no_show.rules.insert(context.hospital_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<LineState, LineChange>, NoDecision> {
        if context.sender.role != Role::Timer {
            return Err(Rejection::new(Code::NotFound).into());
        }
        let line = facts.own.lines.get(&self.line())?.ok_or(Unasked("a doctor's line"))?;
        let state = LineState { day: self.line(), line: line.day };
        let mut decided = Decided::nothing(state);
        // A doctor who has left sees nobody any more.
        let doctor = facts.directory.doctor(self.doctor_id)?;
        if let Some(closes) = doctor.and_then(|doctor| closes(doctor, self.day)) {
            let rules = facts.own.no_show.rule_of(context.hospital_id)?.rules;
            let over = closes + rules.day_over_after();
            if now < over {
                decided.timers.push(self.due(over));
                return Ok(decided);
            }
        }
        for ticket in line.live().filter(|ticket| still_waits(ticket)) {
            let after = ticket.ended(Status::Cancelled, now);
            let reason = Some("day_over".to_owned());
            let change = TicketChange { before: Some(ticket.clone()), after, reason };
            decided.confirmed.line.version += 1;
            match confirmed(facts, context, change.clone(), Some(NoticeCode::DayOver)) {
                Ok(cancelled) => {
                    decided.changes.extend(cancelled.changes);
                    decided.notices.extend(cancelled.notices);
                }
                // Its booking went another way meanwhile. That is no reason to wait on.
                Err(NoDecision::Rejected(_)) => {
                    let told = notice_of(facts, context, &change.after, NoticeCode::DayOver)?;
                    decided.notices.extend(told);
                    decided.changes.push(LineChange::Ticket(Box::new(change)));
                }
                Err(missing) => return Err(missing),
            }
        }
        Ok(decided)
    }
}
