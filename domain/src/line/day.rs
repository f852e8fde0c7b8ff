//! The line of a doctor's day: its next number, whether it takes tickets, and its live tickets in their order.

use std::collections::BTreeMap;

use super::Ticket;
use crate::ids::{PatientId, TicketId};
use crate::time::Timestamp;

/// Live tickets of an account, at all hospitals together.
pub const MAX_LIVE_TICKETS: u8 = 3;

/// Whether the line takes tickets, as the desk has set it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Reception {
    #[default]
    Open,
    /// Until then, or until the desk opens it again.
    Paused { until: Option<Timestamp> },
    /// For the rest of the day.
    Closed,
}

/// What the database keeps of a line beside its tickets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineDay {
    /// From 1.
    pub next_number: u32,
    /// Rises with every change of the line.
    pub version: u64,
    pub reception: Reception,
}

impl Default for LineDay {
    /// Of a day on which nothing has happened.
    fn default() -> Self {
        Self { next_number: 1, version: 0, reception: Reception::Open }
    }
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

    /// Who waits, first to last.
    pub fn waiting(&self) -> Vec<&Ticket> {
        let mut waiting: Vec<&Ticket> =
            self.live.values().filter(|ticket| ticket.status.waits()).collect();
        waiting.sort_by_key(|ticket| ticket.order());
        waiting
    }

    /// The ticket was made or changed.
    pub(super) fn keep(&mut self, ticket: &Ticket) {
        self.day.version += 1;
        self.day.next_number = self.day.next_number.max(ticket.number + 1);
        if ticket.status.is_live() {
            self.live.insert(ticket.id, ticket.clone());
        } else {
            self.live.remove(&ticket.id);
        }
    }
}
