//! `step_ticket`: staff take a ticket one step along its ladder: it arrived, is called, held, returned to the line, put
//! behind, done, missed, given up, put off, or goes first for a reason. The command carries the revision that the desk saw.
//! That they are there, patients say too, by the code that the hospital shows; ingress has looked at it.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::postpone::postponed;
use super::rules::{confirmed, live_again, own_ticket, present, staff_ticket};
use super::{
    Facts, LineChange, Needs, Status, Ticket, TicketChange, TicketSubject, URGENT_PRIORITY,
};
use crate::ids::{DoctorId, HospitalId, TicketId};
use crate::notice::NoticeCode;
use crate::partition::QueueKind;
use crate::people::Role;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// What staff do with one ticket.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    Debug,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Step {
    /// The patient is there.
    Arrive,
    /// This one goes in, whoever is before it.
    Call,
    /// Not to be called until returned; the place is kept.
    Hold,
    /// Back to its own place: a held one, one that was called too early, one that was missed and came.
    Return,
    /// Was called and did not come: behind all who wait.
    Skip,
    Done,
    Noshow,
    Cancel,
    /// Before all others, for a reason.
    Urgent,
    /// Behind the next one who is there, as its patient wishes.
    Postpone,
}

impl Step {
    pub const ALL: &[Step] = Self::VARIANTS;

    /// The name in JSON, on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What the patient's account is told of it.
    const fn notice(self) -> NoticeCode {
        match self {
            Step::Call => NoticeCode::TicketCalled,
            Step::Cancel => NoticeCode::TicketCancelled,
            _ => NoticeCode::TicketChanged,
        }
    }
}

/// Why one goes before others. Others are told no more than this.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Reason {
    Emergency,
    /// Old, pregnant, a small child, a disability.
    Frailty,
    /// Sent back to the doctor after an examination.
    Examination,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// One step of one ticket.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StepTicket {
    pub ticket_id: TicketId,
    /// Whose line it is.
    pub doctor_id: DoctorId,
    /// As the desk saw the ticket; `None`: its patient, who is there however it stands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revision: Option<u32>,
    pub step: Step,
    /// Of [`Step::Urgent`] alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
}

impl CommandRules for StepTicket {
    const NAME: &'static str = "step_ticket";
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
        let (command, doctor_id) = (self.step.as_str(), Some(self.doctor_id));
        TicketSubject { command, hospital_id, doctor_id, ticket_id: Some(self.ticket_id) }
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
        if context.sender.role == Role::Patient {
            return self.arrived(facts, context, now);
        }
        let before = staff_ticket(facts, context, self.ticket_id, self.doctor_id)?;
        if self.revision != Some(before.revision) {
            return Err(present(before).into());
        }
        if self.step == Step::Urgent && self.reason.is_none() {
            return Err(Rejection::invalid("reason").into());
        }
        let mut after = self.taken(before, now).ok_or_else(|| present(before))?;
        if self.step == Step::Call {
            after.called_after = facts.own.line_of(before)?.day.last_called;
        }
        if self.step == Step::Postpone {
            after = postponed(facts.own, before, now)?;
        }
        if self.step == Step::Skip {
            after.key_at = facts.own.line_of(before)?.last_key(before, now);
        }
        if !before.status.is_live() && after.status.is_live() {
            live_again(facts, &mut after)?;
        }
        let reason = self.reason.map(|reason| reason.as_str().to_owned());
        let change = TicketChange { before: Some(before.clone()), after, reason };
        confirmed(facts, context, change, Some(self.step.notice()))
    }
}

impl StepTicket {
    /// The patient is there, and may say so again. Whoever was held for not being there comes back to the line; whom the desk
    /// has held, or written down as missed, the desk calls back.
    fn arrived(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Ticket, LineChange>, NoDecision> {
        let before = own_ticket(facts, context, self.ticket_id)?;
        let is_expected = match before.status {
            Status::Booked => true,
            Status::Waitlist => before.arrived_at.is_none(),
            _ => false,
        };
        match (self.step, before.status) {
            (Step::Arrive, Status::Arrived | Status::CheckedIn) => {
                return Ok(Decided::nothing(before.clone()));
            }
            (Step::Arrive, _) if is_expected => {}
            _ => return Err(present(before).into()),
        }
        let (status, revision) = (Status::Arrived, before.revision + 1);
        let arrived_at = Some(now);
        let after = Ticket { status, arrived_at, revision, updated_at: now, ..before.clone() };
        let change = TicketChange { before: Some(before.clone()), after, reason: None };
        confirmed(facts, context, change, Some(self.step.notice()))
    }

    /// The ticket after the step; `None`: the ladder does not have it.
    fn taken(&self, before: &Ticket, now: Timestamp) -> Option<Ticket> {
        let status = match self.step {
            Step::Call => Status::CheckedIn,
            Step::Hold => Status::Waitlist,
            Step::Arrive | Step::Return | Step::Skip => Status::Arrived,
            Step::Done => Status::Fulfilled,
            Step::Noshow => Status::Noshow,
            Step::Cancel => Status::Cancelled,
            Step::Urgent | Step::Postpone => before.status,
        };
        let has_step = match self.step {
            Step::Urgent => before.status.waits() && before.priority != URGENT_PRIORITY,
            // What else it takes, is asked where it is put off.
            Step::Postpone => before.status.waits(),
            Step::Arrive => {
                matches!(before.status, Status::Booked | Status::Noshow)
            }
            Step::Return => matches!(before.status, Status::Waitlist | Status::CheckedIn),
            Step::Skip => before.status == Status::CheckedIn,
            _ => before.status.may_become(status),
        };
        let mut after =
            Ticket { status, revision: before.revision + 1, updated_at: now, ..before.clone() };
        match self.step {
            Step::Arrive => after.arrived_at = Some(now),
            Step::Return => after.arrived_at = before.arrived_at.or(Some(now)),
            Step::Call => after.called_at = Some(now),
            Step::Urgent => after.priority = URGENT_PRIORITY,
            _ => {}
        }
        if !status.is_live() {
            after.live_slot = None;
        }
        has_step.then_some(after)
    }
}
