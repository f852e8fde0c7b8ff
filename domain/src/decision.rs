//! The decision on a command: a pure function of the facts, the command and the clock. A joint: what a room changes
//! has a line in [`Change`].

use crate::booking::BookingChange;
use crate::command::Command;
use crate::event::Notice;
use crate::known::Unasked;
use crate::outcome::{Confirmed, Outcome};
use crate::parking::Discarded;
use crate::rejection::Rejection;
use crate::time::Timestamp;

use crate::facts::Facts;

/// What the rules of a confirmed command say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decided {
    pub confirmed: Confirmed,
    /// In the order in which they happen.
    pub changes: Vec<Change>,
    /// Told to others than the sender.
    pub notices: Vec<Notice>,
}

/// Why a command was not confirmed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoDecision {
    /// The rules say no.
    Rejected(Rejection),
    /// A fact is missing, so nothing is decided.
    Unasked(Unasked),
}

impl From<Rejection> for NoDecision {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Unasked> for NoDecision {
    fn from(unasked: Unasked) -> Self {
        Self::Unasked(unasked)
    }
}

/// What a decision changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    Booking(Box<BookingChange>),
    Discarded(Discarded),
}

/// An outcome and what goes with it. Where it is not confirmed, nothing does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    pub outcome: Outcome,
    pub changes: Vec<Change>,
    pub notices: Vec<Notice>,
}

impl Decision {
    /// Changes nothing.
    pub const fn without_change(outcome: Outcome) -> Self {
        Self { outcome, changes: Vec::new(), notices: Vec::new() }
    }
}

/// Decides one command at `now`.
///
/// # Errors
/// When the rules look at a fact that the command's needs did not ask for.
pub fn decide(facts: &Facts, command: &Command, now: Timestamp) -> Result<Decision, Unasked> {
    if is_expired(command, now) {
        return Ok(Decision::without_change(Outcome::Expired));
    }
    match command.kind.decide(facts, command, now) {
        Ok(Decided { confirmed, changes, notices }) => {
            Ok(Decision { outcome: Outcome::Confirmed(confirmed), changes, notices })
        }
        Err(NoDecision::Rejected(rejection)) => {
            Ok(Decision::without_change(Outcome::Rejected(rejection)))
        }
        Err(NoDecision::Unasked(unasked)) => Err(unasked),
    }
}

/// Past its time to live. A replay never is: an operator wants it decided, however late.
pub fn is_expired(command: &Command, now: Timestamp) -> bool {
    let is_late = |span| now - command.accepted_at > span;
    !command.replay && command.kind.time_to_live().is_some_and(is_late)
}
