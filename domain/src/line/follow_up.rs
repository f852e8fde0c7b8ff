//! What follows from a change of a line, beside the change: whose turn is near is told so, once for each ticket; a ticket
//! that was taken gets its estimate, which is graded at its first call; the end of a consultation goes into the doctor's
//! figures.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use super::estimate::{Outlook, Wait};
use super::pace::{Grade, Pace};
use super::rules::told_account;
use super::{
    Ahead, Facts, Line, LineChange, PaceChange, Status, Ticket, TicketChange, TicketView,
    USUAL_PRIORITY,
};
use crate::directory::{self, DoctorDay};
use crate::event::{Audience, Notice};
use crate::ids::TicketId;
use crate::known::Unasked;
use crate::notice::NoticeCode;
use crate::people;
use crate::time::Timestamp;

/// With so many before it, or fewer, a ticket's turn is near.
pub const SOON_AHEAD: usize = 3;

/// What follows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FollowUp {
    pub changes: Vec<LineChange>,
    pub notices: Vec<Notice>,
}

/// The turn of a ticket is near.
#[derive(Serialize)]
struct Soon<'t> {
    ahead: usize,
    ticket: TicketView<'t>,
}

impl Facts {
    /// What follows from `changes`, which are part of the facts already.
    pub fn follow_up<'c>(
        &self,
        directory: &directory::Facts,
        people: &people::Facts,
        changes: impl Iterator<Item = &'c LineChange>,
        now: Timestamp,
    ) -> Result<FollowUp, Unasked> {
        let mut followed = FollowUp::default();
        let mut noted: BTreeMap<TicketId, Ticket> = BTreeMap::new();
        let mut days: BTreeSet<DoctorDay> = BTreeSet::new();
        for change in changes {
            let LineChange::Ticket(change) = change else { continue };
            days.insert((change.after.doctor_id, change.after.day));
            let mut after = change.after.clone();
            if let Some(pace) = self.paced(change, &mut after)? {
                followed.changes.push(LineChange::Pace(pace));
            }
            if change.before.is_none() {
                after.notes.expected = self.expected(directory, &after, now)?;
            }
            if after.notes != change.after.notes {
                noted.insert(after.id, after);
            }
        }
        for day in days {
            let line = self.lines.get(&day)?.ok_or(Unasked("a doctor's line"))?;
            for (ahead, ticket) in near(line) {
                let account = told_account(people, ticket)?;
                let Some(account) = account.filter(|_| !ticket.notes.soon_told) else { continue };
                let zone = directory.zone(ticket.hospital_id)?;
                let shown = Soon { ahead, ticket: ticket.view(zone) };
                let to = Audience::Account(account);
                followed.notices.push(Notice::of(to, NoticeCode::TicketSoon, &shown));
                noted.entry(ticket.id).or_insert_with(|| ticket.clone()).notes.soon_told = true;
            }
        }
        let noted = noted.into_values().map(|ticket| LineChange::Noted(Box::new(ticket)));
        followed.changes.extend(noted);
        Ok(followed)
    }

    /// What the change adds to the doctor's figures.
    fn paced(
        &self,
        change: &TicketChange,
        after: &mut Ticket,
    ) -> Result<Option<PaceChange>, Unasked> {
        let Some(before) = &change.before else { return Ok(None) };
        let doctor = after.doctor_id;
        let mut pace = self.paces.get(&doctor)?.cloned().unwrap_or_default();
        let mut grade = None;
        let changed = match (before.status, after.status) {
            (Status::CheckedIn, Status::Fulfilled) => {
                length(after, after).is_some_and(|l| pace.add(l))
            }
            (Status::Fulfilled, _) => length(before, before).is_some_and(|l| pace.take_back(l)),
            (_, Status::CheckedIn) => {
                grade = graded(before, after);
                after.notes.graded |= before.status.waits();
                grade.map(|grade| pace.grade(grade)).is_some()
            }
            _ => false,
        };
        Ok(changed.then_some(PaceChange { doctor, pace, grade }))
    }

    /// How long the new ticket will wait, as far as is known.
    fn expected(
        &self,
        directory: &directory::Facts,
        ticket: &Ticket,
        now: Timestamp,
    ) -> Result<Option<Wait>, Unasked> {
        let line = self.line_of(ticket)?;
        let mut ahead = Ahead::default();
        for other in line.live().filter(|other| other.order() < ticket.order()) {
            ahead.add(other.status);
        }
        let called = line.live().filter(|other| other.status == Status::CheckedIn);
        let since = called.filter_map(|other| other.called_at).max();
        let doctor = directory.doctor(ticket.doctor_id).ok().flatten();
        let lunch = doctor.and_then(|doctor| doctor.schedule.lunch_on(ticket.day));
        let empty = Pace::default();
        let recent = &self.paces.get(&ticket.doctor_id)?.unwrap_or(&empty).recent;
        Ok(Outlook::of(recent).map(|outlook| outlook.wait(ahead, since, lunch, now)))
    }
}

/// From the call of the ticket to the end.
fn length(called: &Ticket, ended: &Ticket) -> Option<chrono::TimeDelta> {
    called.called_at.map(|called| ended.updated_at - called)
}

/// A first call holds the estimate against the wait. Whoever was passed over, held or put first did not wait for those
/// before them alone, and counts for nothing: such a ticket has had more steps than being taken and arriving.
fn graded(before: &Ticket, after: &Ticket) -> Option<Grade> {
    let usual = before.status.waits()
        && !before.notes.graded
        && before.revision <= 2
        && before.priority == USUAL_PRIORITY;
    let (expected, called) = before.notes.expected.zip(after.called_at).filter(|_| usual)?;
    Some(Grade::of(expected, called - before.created_at))
}

/// Those whose turn is near, with how many go before each.
fn near(line: &Line) -> Vec<(usize, &Ticket)> {
    let mut waiting: Vec<&Ticket> = line.live().filter(|ticket| ticket.status.waits()).collect();
    if waiting.len() > SOON_AHEAD + 1 {
        waiting.select_nth_unstable_by_key(SOON_AHEAD, |ticket| ticket.order());
        waiting.truncate(SOON_AHEAD + 1);
    }
    waiting.sort_unstable_by_key(|ticket| ticket.order());
    waiting.into_iter().enumerate().collect()
}
