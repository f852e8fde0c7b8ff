//! `end_day`: the day of a line is over. Who still waits is cancelled and told. It falls due at the end of reception and
//! looks again at what that is: hours that were changed meanwhile put it off.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use super::rules::confirmed;
use super::{Facts, LineChange, LineState, LineSubject, Needs, Status, Ticket, TicketChange};
use crate::code::Code;
use crate::directory::{Doctor, DoctorDay};
use crate::ids::{DoctorId, HospitalId};
use crate::known::Unasked;
use crate::notice::NoticeCode;
use crate::partition::QueueKind;
use crate::people::Role;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;
use crate::timer::Timer;

/// For whom comes to wait when the day is over already: how long the desk has.
const AFTERWARDS: TimeDelta = TimeDelta::hours(1);
/// A day has no revision: whatever has changed, it ends.
const NO_REVISION: u32 = 0;

/// Cancel who still waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EndDay {
    pub doctor_id: DoctorId,
    pub day: NaiveDate,
}

impl EndDay {
    /// The timer that somebody who comes to wait needs; `None`: whoever came first has set it.
    pub(super) fn timer(
        doctor: Option<&Doctor>,
        before: Option<&Ticket>,
        after: &Ticket,
    ) -> Option<Timer> {
        if !still_waits(after) || before.is_some_and(still_waits) {
            return None;
        }
        let now = after.updated_at;
        match doctor.and_then(|doctor| closes(doctor, after.day)) {
            Some(closes) if now < closes => {
                (before.is_none() && after.number == 1).then(|| Self::of(after).due(closes))
            }
            _ => Some(Self::of(after).due(now + AFTERWARDS)),
        }
    }

    const fn of(ticket: &Ticket) -> Self {
        Self { doctor_id: ticket.doctor_id, day: ticket.day }
    }

    fn due(&self, due: Timestamp) -> Timer {
        Timer::new(due, (self.doctor_id.uuid(), NO_REVISION), self)
    }

    const fn line(&self) -> DoctorDay {
        (self.doctor_id, self.day)
    }
}

/// When reception ends on that day; `None`: there is none any more.
fn closes(doctor: &Doctor, day: NaiveDate) -> Option<Timestamp> {
    doctor.schedule.reception_on(day).map(|(_, closes)| closes)
}

/// Is in the line or held. Whoever is with the doctor is not.
const fn still_waits(ticket: &Ticket) -> bool {
    ticket.status.waits() || matches!(ticket.status, Status::Waitlist)
}

impl CommandRules for EndDay {
    const NAME: &'static str = "end_day";
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

    fn needs(&self, _: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.directory.doctors.insert(self.doctor_id);
        needs.own.days.insert(self.line());
        needs.own.ending.insert(self.line());
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
        if let Some(closes) = doctor.and_then(|doctor| closes(doctor, self.day))
            && now < closes
        {
            decided.timers.push(self.due(closes));
            return Ok(decided);
        }
        for ticket in line.live().filter(|ticket| still_waits(ticket)) {
            let after = Ticket {
                status: Status::Cancelled,
                live_slot: None,
                revision: ticket.revision + 1,
                updated_at: now,
                ..ticket.clone()
            };
            let reason = Some("day_over".to_owned());
            let change = TicketChange { before: Some(ticket.clone()), after, reason };
            let cancelled = confirmed(facts, context, change, Some(NoticeCode::DayOver))?;
            decided.changes.extend(cancelled.changes);
            decided.notices.extend(cancelled.notices);
        }
        decided.confirmed.line.version += decided.changes.len() as u64;
        Ok(decided)
    }
}
