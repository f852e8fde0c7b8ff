//! What a sender asks for, and the list of all kinds. A joint: a room's command is a struct in the room that
//! implements [`CommandRules`], and a line in [`kinds!`](self). What the list does not name does not decode.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

pub use crate::body_hash::BodyHash;
use crate::booking::{Book, Cancel, Reschedule};
use crate::decision::{Decided, NoDecision};
use crate::event::Audience;
use crate::facts::{Facts, Needs};
use crate::ids::{DoctorId, HospitalId, RequestId};
use crate::parking::Discard;
use crate::people::{OPERATOR, Role, Sender};
use crate::request::Subject;
use crate::time::Timestamp;

/// A command with all that its decision needs to know of its sender.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    pub request_id: RequestId,
    pub sender: Sender,
    pub hospital_id: HospitalId,
    pub accepted_at: Timestamp,
    /// Tells a retry from another command under the same key.
    pub body_hash: BodyHash,
    /// An operator replays a parked command: decide it although it was seen.
    pub replay: bool,
    /// Its sender knows, as far as one can without the database, that it was not sent before. This hint spares a look
    /// into the inbox. Where it is wrong, the unique key of requests says so.
    pub first: bool,
    pub kind: Kind,
}

impl Command {
    /// Who is told the outcome: the sender.
    pub fn audience(&self) -> Audience {
        match self.sender.role {
            // What an operator does to a request is told to its owner by the request itself.
            Role::Operator => Audience::Account(OPERATOR),
            _ => Audience::Account(self.sender.caller),
        }
    }

    /// What the request is about, as far as the command says.
    pub fn subject(&self) -> Subject {
        self.kind.subject(self.hospital_id)
    }
}

/// What every kind of command says of itself.
pub trait CommandRules {
    /// The name on the wire, in the database and in metrics. At most [`MAX_NAME`] characters.
    const NAME: &'static str;
    /// How long the command is worth deciding after its acceptance (CONTRACT, Request). `None`: for ever.
    const TIME_TO_LIVE: Option<TimeDelta>;

    /// The doctor whose routing key the command travels under; `None` where the hospital assigns one.
    fn doctor_id(&self) -> Option<DoctorId>;

    /// What the request is about.
    fn subject(&self, hospital_id: HospitalId) -> Subject;

    /// Asks for all facts that [`CommandRules::decide`] looks at, as far as the command alone tells which.
    fn needs(&self, command: &Command, needs: &mut Needs);

    /// The rules: a pure function of facts, command and clock.
    fn decide(
        &self,
        facts: &Facts,
        command: &Command,
        now: Timestamp,
    ) -> Result<Decided, NoDecision>;
}

/// Longest name of a kind, a code or a kind of event: the width of their columns.
pub const MAX_NAME: usize = 60;

macro_rules! kinds {
    ($($(#[$meta:meta])+ $name:ident,)+) => {
        /// The kinds.
        #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum Kind { $($(#[$meta])+ $name($name),)+ }

        impl Kind {
            /// All names.
            pub const NAMES: &[&str] = &[$($name::NAME,)+];

            /// See [`CommandRules::NAME`].
            pub const fn name(&self) -> &'static str {
                match self { $(Kind::$name(_) => $name::NAME,)+ }
            }

            /// See [`CommandRules::TIME_TO_LIVE`].
            pub const fn time_to_live(&self) -> Option<TimeDelta> {
                match self { $(Kind::$name(_) => $name::TIME_TO_LIVE,)+ }
            }

            /// See [`CommandRules::doctor_id`].
            pub fn doctor_id(&self) -> Option<DoctorId> {
                match self { $(Kind::$name(kind) => kind.doctor_id(),)+ }
            }

            /// See [`CommandRules::subject`].
            pub fn subject(&self, hospital_id: HospitalId) -> Subject {
                match self { $(Kind::$name(kind) => kind.subject(hospital_id),)+ }
            }

            /// See [`CommandRules::needs`].
            pub(crate) fn needs(&self, command: &Command, needs: &mut Needs) {
                match self { $(Kind::$name(kind) => kind.needs(command, needs),)+ }
            }

            /// See [`CommandRules::decide`].
            pub(crate) fn decide(
                &self, facts: &Facts, command: &Command, now: Timestamp,
            ) -> Result<Decided, NoDecision> {
                match self { $(Kind::$name(kind) => kind.decide(facts, command, now),)+ }
            }
        }

        $(impl From<$name> for Kind {
            fn from(kind: $name) -> Self {
                Kind::$name(kind)
            }
        })+
    };
}

kinds! {
    /// Take a doctor's time.
    Book,
    /// Give it back.
    Cancel,
    /// Move it, to another time or to another doctor of the same hospital.
    Reschedule,
    /// An operator closes a parked request for good.
    Discard,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;
    use crate::event::EventKind;

    #[test]
    fn names_fit_their_columns_and_differ() {
        let codes = Code::ALL.iter().map(|code| code.as_str());
        let events = EventKind::ALL.iter().map(|kind| kind.as_str());
        for name in Kind::NAMES.iter().copied().chain(codes).chain(events) {
            assert!(!name.is_empty() && name.len() <= MAX_NAME, "{name}");
        }
        let distinct: std::collections::BTreeSet<_> = Kind::NAMES.iter().collect();
        assert_eq!(distinct.len(), Kind::NAMES.len());
    }

    #[test]
    fn the_wire_names_a_kind_as_the_database_does() {
        let kind = Kind::from(Discard { target: RequestId::fresh() });
        let json = serde_json::to_value(&kind).unwrap();
        assert_eq!(json["kind"], kind.name());
    }
}
