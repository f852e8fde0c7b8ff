//! What clients saw of the system, written down by themselves, and the judge of it: in the manner of
//! Jepsen's set test it compares these records with plain rows of the database. Nothing here is shared
//! with the code that decides; times are milliseconds and the rules are written out again.

use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

mod bookings;
mod closings;
mod compare;
mod fold;
mod known;
mod notices;
mod order;
mod overlap;
mod refused;
pub mod rows;
mod rows_read;
mod set;
mod sockets;
mod tickets;
mod tickets_fold;
mod tickets_refused;

pub use rows::Rows;

/// Violations shown of one kind.
const SHOWN: usize = 5;

/// What a client asked for. Times are Unix milliseconds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    Book {
        doctor: Uuid,
        starts_at: i64,
        ends_at: i64,
    },
    Cancel {
        booking: Uuid,
    },
    Reschedule {
        booking: Uuid,
        doctor: Uuid,
        starts_at: i64,
        ends_at: i64,
    },
    /// A doctor's time, kept while a form is filled.
    Hold {
        doctor: Uuid,
        starts_at: i64,
        ends_at: i64,
    },
    BookHeld {
        booking: Uuid,
    },
    /// Gives a hold back.
    Release {
        booking: Uuid,
    },
    /// The desk approves or refuses a booking that waits for it.
    StepBooking {
        hospital: Uuid,
        booking: Uuid,
        revision: u32,
        step: &'static str,
    },
    /// The desk closes some of the doctor's time to come.
    Close {
        doctor: Uuid,
        starts_at: i64,
        ends_at: i64,
    },
    /// Opens it again.
    Open {
        doctor: Uuid,
        closing: Uuid,
    },
    /// A number in the doctor's line, by the patient.
    Take {
        doctor: Uuid,
    },
    /// One for somebody without an account, by the desk; `phone`: who comes later.
    WalkIn {
        doctor: Uuid,
        phone: bool,
    },
    Leave {
        ticket: Uuid,
    },
    /// The desk takes a ticket one step along its ladder.
    Step {
        doctor: Uuid,
        ticket: Uuid,
        revision: u32,
        step: &'static str,
    },
    /// After that ticket and so many calls.
    Next {
        doctor: Uuid,
        after: Option<Uuid>,
        calls: u64,
    },
    Undo {
        doctor: Uuid,
        ticket: Uuid,
        undone: Uuid,
    },
}

impl Action {
    /// Steps of the desk may have a queue of their own, so orders are compared among them and among the others.
    pub fn is_of_desk(&self) -> bool {
        matches!(
            self,
            Action::Step { .. }
                | Action::Next { .. }
                | Action::Undo { .. }
                | Action::StepBooking { .. }
                | Action::Close { .. }
                | Action::Open { .. }
        )
    }

    /// It is about a line.
    pub fn is_of_line(&self) -> bool {
        matches!(
            self,
            Action::Take { .. }
                | Action::WalkIn { .. }
                | Action::Leave { .. }
                | Action::Step { .. }
                | Action::Next { .. }
                | Action::Undo { .. }
        )
    }

    /// The booking that it is about, where there is one already.
    pub fn booking(&self) -> Option<Uuid> {
        match self {
            Action::Cancel { booking }
            | Action::Reschedule { booking, .. }
            | Action::BookHeld { booking }
            | Action::StepBooking { booking, .. }
            | Action::Release { booking } => Some(*booking),
            _ => None,
        }
    }

    /// The doctor's time that it wishes for.
    pub fn wish(&self) -> Option<(Uuid, i64, i64)> {
        match self {
            Action::Book { doctor, starts_at, ends_at }
            | Action::Hold { doctor, starts_at, ends_at }
            | Action::Reschedule { doctor, starts_at, ends_at, .. } => {
                Some((*doctor, *starts_at, *ends_at))
            }
            _ => None,
        }
    }
}

/// What came over an account's socket.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Heard {
    /// The outcome of that request.
    Outcome(Uuid),
    /// A notice, in the wording of [`notice_text`].
    Notice(Arc<str>),
}

/// The members of a notice that its row has too, in one order.
pub fn notice_text(json: &str) -> Option<Arc<str>> {
    let mut members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(json).ok()?;
    for of_the_frame in ["id", "type", "at"] {
        members.remove(of_the_frame);
    }
    Some(serde_json::Value::Object(members).to_string().into())
}

/// One request as its client knows it. Instants are microseconds of the run.
#[derive(Clone, Debug)]
pub struct Op {
    pub account: Uuid,
    pub action: Action,
    /// Before the first byte was sent.
    pub first_sent: u64,
    /// When the first answer came that means acceptance.
    pub accepted: Option<u64>,
    /// The last answer said that nothing was accepted.
    pub refused: bool,
    /// Its outcome in all the wordings that were heard: one, if all is well.
    pub documents: Vec<Arc<str>>,
}

impl Op {
    pub fn new(account: Uuid, action: Action, first_sent: u64) -> Self {
        Self { account, action, first_sent, accepted: None, refused: false, documents: Vec::new() }
    }

    /// Its client knows how it ended.
    pub fn is_final(&self) -> bool {
        self.refused || !self.documents.is_empty()
    }

    /// Accepted, and no outcome heard yet.
    pub fn is_in_flight(&self) -> bool {
        self.accepted.is_some() && self.documents.is_empty()
    }

    /// An outcome was heard.
    pub fn hear(&mut self, document: &str) {
        if !self.documents.iter().any(|known| **known == *document) {
            self.documents.push(document.into());
        }
    }
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// By request id, which clients derive from account and key themselves.
    pub ops: HashMap<Uuid, Op>,
    /// What came over the account's sockets, in order, over all connections.
    pub frames: HashMap<Uuid, Vec<Heard>>,
    /// Answers that no client should ever get.
    pub strange: Vec<String>,
}

/// Everything that does not hold, in words; empty when all is well.
pub fn judge(history: &History, rows: &Rows) -> Vec<String> {
    let checks: [(&str, Vec<String>); 16] = [
        ("an answer that no client should get", history.strange.clone()),
        ("an accepted request without its one outcome", set::one_outcome(history, rows)),
        ("a row that no client asked for", set::unexpected(history, rows)),
        ("a refused request that left something", set::refused(history, rows)),
        ("an outcome told in other words", set::wordings(history, rows)),
        ("a partition's books", set::books(rows)),
        ("a publisher's order", order::of_publishers(history, rows)),
        ("the order of clients", order::of_clients(history, rows)),
        ("the numbers of events", order::of_events(rows)),
        ("an overlap", overlap::overlaps(rows)),
        ("the bookings that the outcomes add up to", fold::fold(history, rows)),
        ("what was told of bookings", notices::of_bookings(history, rows)),
        ("the numbers of tickets", tickets::numbers(rows)),
        ("live tickets", tickets::live(rows)),
        ("the tickets that the outcomes add up to", tickets_fold::fold(history, rows)),
        ("what the sockets told", sockets::told(history, rows)),
    ];
    checks.into_iter().flat_map(|(name, found)| shown(name, found)).collect()
}

fn shown(name: &'static str, found: Vec<String>) -> impl Iterator<Item = String> {
    let more = found.len().saturating_sub(SHOWN);
    let rest = (more > 0).then(|| format!("{name}: and {more} more"));
    found.into_iter().take(SHOWN).map(move |text| format!("{name}: {text}")).chain(rest)
}

#[cfg(test)]
#[path = "history/tests.rs"]
mod tests;

#[cfg(test)]
#[path = "history/story.rs"]
mod story;

#[cfg(test)]
#[path = "history/holds_tests.rs"]
mod holds_tests;

#[cfg(test)]
#[path = "history/approvals_tests.rs"]
mod approvals_tests;

#[cfg(test)]
#[path = "history/closings_tests.rs"]
mod closings_tests;

#[cfg(test)]
#[path = "history/tickets_tests.rs"]
mod tickets_tests;
