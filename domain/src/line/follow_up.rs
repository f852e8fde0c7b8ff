//! What follows from a change of a line, beside the change: whose turn is near is told so, once for each ticket; a ticket
//! that was taken gets its estimate, which is graded when its turn comes; the end of a consultation goes into the doctor's
//! figures.
//!
//! A turn comes with the first call, also with one that passes the ticket over, and when the doctor is free and nobody who is
//! there goes before it. Whoever is not there then, waits for nobody but themselves afterwards.

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
use crate::ids::{DoctorId, TicketId};
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
        let mut paces = Paces { facts: self, changed: BTreeMap::new() };
        let mut days: BTreeSet<DoctorDay> = BTreeSet::new();
        for change in changes {
            let LineChange::Ticket(change) = change else { continue };
            days.insert((change.after.doctor_id, change.after.day));
            let mut after = change.after.clone();
            followed.changes.extend(paces.consulted(change)?);
            if turn_came(change) {
                followed.changes.extend(paces.settle(&mut after, change.before.as_ref(), now)?);
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
            let calls =
                !lunch(directory, day).is_some_and(|(from, until)| (from..until).contains(&now));
            for ticket in awaited(line).filter(|ticket| calls && !ticket.notes.graded) {
                let settled = noted.entry(ticket.id).or_insert_with(|| ticket.clone());
                followed.changes.extend(paces.settle(settled, Some(ticket), now)?);
            }
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
        let lunch = lunch(directory, (ticket.doctor_id, ticket.day));
        let empty = Pace::default();
        let recent = &self.paces.get(&ticket.doctor_id)?.unwrap_or(&empty).recent;
        Ok(Outlook::of(recent).map(|outlook| outlook.wait(ahead, since, lunch, now)))
    }
}

/// The figures of doctors, with what one command has changed of them so far.
struct Paces<'f> {
    facts: &'f Facts,
    changed: BTreeMap<DoctorId, Pace>,
}

impl Paces<'_> {
    fn of(&self, doctor: DoctorId) -> Result<Pace, Unasked> {
        let kept = self.facts.paces.get(&doctor)?;
        Ok(self.changed.get(&doctor).or(kept).cloned().unwrap_or_default())
    }

    fn change(&mut self, doctor: DoctorId, pace: Pace, grade: Option<Grade>) -> LineChange {
        self.changed.insert(doctor, pace.clone());
        LineChange::Pace(PaceChange { doctor, pace, grade })
    }

    /// A consultation that has ended, or has not after all.
    fn consulted(&mut self, change: &TicketChange) -> Result<Option<LineChange>, Unasked> {
        let (Some(before), after) = (&change.before, &change.after) else { return Ok(None) };
        let mut pace = self.of(after.doctor_id)?;
        let changed = match (before.status, after.status) {
            (Status::CheckedIn, Status::Fulfilled) => {
                length(after, after).is_some_and(|l| pace.add(l))
            }
            (Status::Fulfilled, _) => length(before, before).is_some_and(|l| pace.take_back(l)),
            _ => false,
        };
        Ok(changed.then(|| self.change(after.doctor_id, pace, None)))
    }

    /// The ticket's turn has come at `now`: its estimate is held against that, once. `before` is the ticket as it waited.
    fn settle(
        &mut self,
        ticket: &mut Ticket,
        before: Option<&Ticket>,
        now: Timestamp,
    ) -> Result<Option<LineChange>, Unasked> {
        if std::mem::replace(&mut ticket.notes.graded, true) {
            return Ok(None);
        }
        let grade = before.and_then(|before| graded(before, now));
        let Some(grade) = grade else { return Ok(None) };
        let mut pace = self.of(ticket.doctor_id)?;
        pace.grade(grade);
        Ok(Some(self.change(ticket.doctor_id, pace, Some(grade))))
    }
}

/// Whether the change calls the ticket, or passes it over.
fn turn_came(change: &TicketChange) -> bool {
    let (Some(before), after) = (&change.before, &change.after) else { return false };
    let is_called = before.status.waits() && after.status == Status::CheckedIn;
    is_called || after.passed > before.passed
}

/// Those who are not there and would be called if they were: the doctor is free, and nobody who is there goes before them.
fn awaited(line: &Line) -> impl Iterator<Item = &Ticket> {
    let is_free = !line.live().any(|ticket| ticket.status == Status::CheckedIn);
    let waits = move |ticket: &&Ticket| is_free && ticket.status.waits();
    let there = |ticket: &&Ticket| ticket.status == Status::Arrived;
    let first = line.live().filter(there).map(Ticket::order).min();
    line.live().filter(waits).filter(move |ticket| first.is_none_or(|first| ticket.order() < first))
}

/// When the doctor does not call on the day.
fn lunch(directory: &directory::Facts, (doctor, day): DoctorDay) -> Option<(Timestamp, Timestamp)> {
    let doctor = directory.doctor(doctor).ok().flatten();
    doctor.and_then(|doctor| doctor.schedule.lunch_on(day))
}

/// From the call of the ticket to the end.
fn length(called: &Ticket, ended: &Ticket) -> Option<chrono::TimeDelta> {
    called.called_at.map(|called| ended.updated_at - called)
}

/// The estimate of a ticket that waited until `now`. Whoever was held, put off or put first did not wait for those before them
/// alone, and counts for nothing: such a ticket has had more steps than being taken and arriving.
fn graded(before: &Ticket, now: Timestamp) -> Option<Grade> {
    let usual = before.revision <= 2 && before.priority == USUAL_PRIORITY;
    let expected = before.notes.expected.filter(|_| usual)?;
    Some(Grade::of(expected, now - before.created_at))
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
