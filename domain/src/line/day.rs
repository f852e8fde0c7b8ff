//! The line of a doctor's day: its next number, whether it takes tickets, and its live tickets in their order.

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use super::{Status, Ticket};
use crate::directory::DoctorDay;
use crate::ids::{AccountId, BookingId, DoctorId, PatientId, TicketId};
use crate::time::{Shown, Timestamp};

/// Whether the line takes tickets, as the desk has set it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Reception {
    #[default]
    Open,
    /// Until then, or until the desk opens it again.
    Paused { until: Option<Timestamp> },
    /// For the rest of the day.
    Closed,
}

impl Reception {
    /// The name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reception::Open => "open",
            Reception::Paused { .. } => "paused",
            Reception::Closed => "closed",
        }
    }

    /// Until when it is paused, if that is known.
    pub const fn until(self) -> Option<Timestamp> {
        match self {
            Reception::Paused { until } => until,
            Reception::Open | Reception::Closed => None,
        }
    }
}

/// What the database keeps of a line beside its tickets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineDay {
    /// From 1.
    pub next_number: u32,
    /// Rises with every change of the line.
    pub version: u64,
    pub reception: Reception,
    /// Of those that were called, the one that was called last.
    pub last_called: Option<TicketId>,
    /// Rises with each call, and with each that is taken back. So a press that names it is told from a second one, also where
    /// one ticket was called twice.
    pub calls: u32,
    /// The key of the number that was taken last.
    pub last_key: Option<Timestamp>,
    /// Numbers that the day has, where the desk has said so.
    pub cap: Option<u32>,
    /// Consultations that have ended, and the seconds that they took together.
    pub seen: u32,
    pub seen_s: u32,
}

impl Default for LineDay {
    /// Of a day on which nothing has happened.
    fn default() -> Self {
        Self {
            next_number: 1,
            version: 0,
            reception: Reception::Open,
            last_called: None,
            calls: 0,
            last_key: None,
            cap: None,
            seen: 0,
            seen_s: 0,
        }
    }
}

/// Whose tickets a line has, among which accounts' live tickets they count, and for which bookings they were given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Concerned {
    pub patients: BTreeSet<PatientId>,
    pub accounts: BTreeSet<AccountId>,
    pub bookings: BTreeSet<BookingId>,
}

/// A line with its live tickets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line {
    pub day: LineDay,
    live: BTreeMap<TicketId, Ticket>,
}

impl Line {
    /// `tickets` may hold some that are no longer live; these are left out.
    pub fn new(day: LineDay, tickets: impl IntoIterator<Item = Ticket>) -> Self {
        let live = tickets.into_iter().filter(|ticket| ticket.status.is_live());
        Self { day, live: live.map(|ticket| (ticket.id, ticket)).collect() }
    }

    /// The live ticket of the patient, who has one at most.
    pub fn ticket_of(&self, patient: PatientId) -> Option<&Ticket> {
        self.live.values().find(|ticket| ticket.patient_id == Some(patient))
    }

    /// What the end of its day looks at beside its live tickets.
    pub fn concerned(&self) -> Concerned {
        let slots = self.live().filter_map(|ticket| ticket.live_slot);
        Concerned {
            patients: self.live().filter_map(|ticket| ticket.patient_id).collect(),
            accounts: slots.map(|slot| slot.account).collect(),
            bookings: self.live().filter_map(|ticket| ticket.booking_id).collect(),
        }
    }

    /// How many may still come to the doctor.
    pub fn live_count(&self) -> usize {
        self.live.len()
    }

    /// Who waits, first to last.
    pub fn waiting(&self) -> Vec<&Ticket> {
        let mut waiting: Vec<&Ticket> =
            self.live.values().filter(|ticket| ticket.status.waits()).collect();
        waiting.sort_by_key(|ticket| ticket.order());
        waiting
    }

    /// The key of a number that is taken at `now`. Many are taken in one instant, as a batch has it; each stands behind the one
    /// before by its key alone, so that there is a place right behind each.
    pub(super) fn next_key(&self, now: Timestamp) -> Timestamp {
        let behind = self.day.last_key.map(|last| last + TimeDelta::milliseconds(1));
        behind.map_or(now, |behind| behind.max(now))
    }

    /// A key by which the ticket stands behind all of its priority who wait. Bookings that came early have keys that are
    /// still to come.
    pub(super) fn last_key(&self, ticket: &Ticket, now: Timestamp) -> Timestamp {
        let waiting = self.waiting();
        let others = waiting.iter().rev().filter(|other| other.id != ticket.id);
        let last = others.copied().find(|other| other.priority == ticket.priority);
        last.map_or(now, |last| now.max(ticket.key_behind(last)))
    }

    /// All that may still come to the doctor, in no order that means anything.
    pub fn live(&self) -> impl Iterator<Item = &Ticket> {
        self.live.values()
    }

    /// Something was noted of a ticket. The line is as it was.
    pub(super) fn note(&mut self, ticket: &Ticket) {
        if let Some(kept) = self.live.get_mut(&ticket.id) {
            kept.notes = ticket.notes;
        }
    }

    /// The ticket was made, or changed from `before`.
    pub(super) fn keep(&mut self, before: Option<&Ticket>, ticket: &Ticket) {
        self.day.version += 1;
        let called_before = before.and_then(|before| before.called_at);
        if ticket.called_at > called_before {
            self.day.last_called = Some(ticket.id);
        } else if ticket.called_at < called_before && self.day.last_called == Some(ticket.id) {
            // The call is taken back.
            self.day.last_called = before.and_then(|before| before.called_after);
        }
        let call = |ticket: &Ticket| (ticket.called_at, ticket.called_after);
        self.day.calls += u32::from(call(ticket) != before.map_or((None, None), call));
        self.count(before, ticket);
        if before.is_none() && ticket.booking_id.is_none() {
            self.day.last_key = Some(ticket.key_at);
        }
        self.day.next_number = self.day.next_number.max(ticket.number + 1);
        if ticket.status.is_live() {
            self.live.insert(ticket.id, ticket.clone());
        } else {
            self.live.remove(&ticket.id);
        }
    }

    /// A consultation has ended, or its end is taken back.
    fn count(&mut self, before: Option<&Ticket>, ticket: &Ticket) {
        let Some(before) = before else { return };
        match (before.status, ticket.status) {
            (Status::CheckedIn, Status::Fulfilled) => {
                self.day.seen += 1;
                self.day.seen_s = self.day.seen_s.saturating_add(seconds(ticket));
            }
            (Status::Fulfilled, Status::CheckedIn) => {
                self.day.seen = self.day.seen.saturating_sub(1);
                self.day.seen_s = self.day.seen_s.saturating_sub(seconds(before));
            }
            _ => {}
        }
    }
}

/// How long the consultation took that ended with the ticket's last change.
fn seconds(ticket: &Ticket) -> u32 {
    let took = ticket.called_at.map_or(0, |called| (ticket.updated_at - called).num_seconds());
    u32::try_from(took).unwrap_or(0)
}

/// A line as staff see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineState {
    pub day: DoctorDay,
    pub line: LineDay,
}

impl LineState {
    /// As clients see it, times in the hospital's zone.
    pub fn view(&self, zone: Tz) -> LineView<'_> {
        LineView {
            doctor_id: self.day.0,
            day: self.day.1,
            reception: self.line.reception.as_str(),
            until: self.line.reception.until().map(|until| Shown(until, zone)),
            last_called: self.line.last_called.as_ref(),
            calls: self.line.calls,
            cap: self.line.cap,
            version: self.line.version,
        }
    }
}

/// See [`LineState`].
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LineView<'l> {
    doctor_id: DoctorId,
    day: chrono::NaiveDate,
    reception: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Shown>,
    last_called: Option<&'l TicketId>,
    calls: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<u32>,
    version: u64,
}
