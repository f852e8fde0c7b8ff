//! The decision on a command: a pure function of the facts, the command and the clock.

pub use crate::change::Change;
use crate::command::{Command, DecidedCommand};
use crate::event::Notice;
use crate::facts::{Facts, Needs};
use crate::known::Unasked;
use crate::outcome::Outcome;
use crate::pauses::Pauses;
use crate::rules::NoDecision;
use crate::time::Timestamp;

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

/// What the decisions on these commands will look at. What depends on a fact itself (a booking's patient, say) is added
/// by its room once that fact is read.
pub fn needs<'c>(commands: impl IntoIterator<Item = &'c Command>) -> Needs {
    let mut needs = Needs::default();
    for command in commands {
        needs.directory.hospitals.insert(command.hospital_id);
        command.needs(&mut needs);
    }
    needs
}

/// Decides one command at `now`.
///
/// # Errors
/// When the rules look at a fact that the command's needs did not ask for.
pub fn decide(facts: &Facts, command: &Command, now: Timestamp) -> Result<Decision, Unasked> {
    if is_expired(command, &facts.pauses, now) {
        return Ok(Decision::without_change(Outcome::Expired));
    }
    match command.decide(facts, now) {
        Ok(DecidedCommand { confirmed, changes, notices }) => {
            Ok(Decision { outcome: Outcome::Confirmed(confirmed), changes, notices })
        }
        Err(NoDecision::Rejected(rejection)) => {
            Ok(Decision::without_change(Outcome::Rejected(rejection)))
        }
        Err(NoDecision::Unasked(unasked)) => Err(unasked),
    }
}

/// Past its time to live, in which pauses do not count. A replay never is: an operator wants it decided, however late.
fn is_expired(command: &Command, pauses: &Pauses, now: Timestamp) -> bool {
    let waited = || {
        let (kind, accepted_at) = (command.kind.name(), command.accepted_at);
        now - accepted_at - pauses.within(kind, (accepted_at, now))
    };
    let is_late = |span| waited() > span;
    !command.replay && command.kind.time_to_live().is_some_and(is_late)
}
