//! What clients saw of the system, written down by themselves, and the judge of it: in the manner of
//! Jepsen's set test it compares these records with plain rows of the database. Nothing here is shared
//! with the code that decides; times are milliseconds and the rules are written out again.

use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

mod fold;
mod order;
mod overlap;
pub mod rows;
mod set;
mod sockets;

pub use rows::Rows;

/// Violations shown of one kind.
const SHOWN: usize = 5;

/// What a client asked for. Times are Unix milliseconds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    Book { doctor: Uuid, starts_at: i64, ends_at: i64 },
    Cancel { booking: Uuid },
    Reschedule { booking: Uuid, doctor: Uuid, starts_at: i64, ends_at: i64 },
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
    /// Requests whose outcomes came over the account's sockets, in order, over all connections.
    pub frames: HashMap<Uuid, Vec<Uuid>>,
    /// Answers that no client should ever get.
    pub strange: Vec<String>,
}

/// Everything that does not hold, in words; empty when all is well.
pub fn judge(history: &History, rows: &Rows) -> Vec<String> {
    let checks: [(&str, Vec<String>); 12] = [
        ("an answer that no client should get", history.strange.clone()),
        ("an accepted request without its one outcome", set::one_outcome(history, rows)),
        ("a row that no client asked for", set::unexpected(history, rows)),
        ("a refused request that left something", set::refused(history, rows)),
        ("an outcome told in other words", set::wordings(history, rows)),
        ("a partition's books", set::books(rows)),
        ("a publisher's order", order::of_publishers(rows)),
        ("the order of clients", order::of_clients(history, rows)),
        ("the numbers of events", order::of_events(rows)),
        ("an overlap", overlap::overlaps(rows)),
        ("the bookings that the outcomes add up to", fold::fold(history, rows)),
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
