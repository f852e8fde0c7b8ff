//! What a sender asks for, and the list of all kinds. A joint: a room's command is a struct in the room that
//! implements [`CommandRules`], and a line in [`kinds!`](self). What the list does not name does not decode.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

pub use crate::body_hash::BodyHash;
use crate::booking::{
    Book, BookHeld, Cancel, ExpireHold, HoldSlot, MoveBooking, RefusePending, Reschedule,
    StepBooking, UndoBooking,
};
use crate::change::Change;
use crate::closing::{CloseTime, GoOnClosing, OpenTime};
use crate::event::Audience;
use crate::facts::{Facts, Needs};
use crate::ids::{DoctorId, HospitalId, RequestId};
use crate::line::{
    ArriveBooking, CallNext, CancelTicket, EndDay, LiftNoShows, MarkNoshow, PostponeTicket,
    SetLineRule, SetNoShowRule, SetReception, StepTicket, TakeAnyTicket, TakeTicket, UndoStep,
};
use crate::outcome::Confirmed;
use crate::parking::Discard;
use crate::partition::{PartitionId, QueueId, QueueKind};
use crate::people::{OPERATOR, Role, Sender, TIMER};
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::subject::Subject;
use crate::time::Timestamp;
use crate::timetable::{CloseHospital, EndDoctor, SetDayHours, SetSchedule};

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
            // What falls due has no sender who could be told.
            Role::Timer => Audience::Account(TIMER),
            _ => Audience::Account(self.sender.caller),
        }
    }

    /// The queue that takes it, of the partition of its hospital.
    pub const fn queue(&self, partition: PartitionId) -> QueueId {
        QueueId { partition, kind: self.kind.queue() }
    }

    /// What the request is about, as far as the command says.
    pub fn subject(&self) -> Subject {
        self.kind.subject(self.hospital_id)
    }

    /// Adds what its decision will look at.
    pub(crate) fn needs(&self, needs: &mut Needs) {
        self.kind.needs(&self.context(), needs);
    }

    /// What the rules say to it.
    pub(crate) fn decide(
        &self,
        facts: &Facts,
        now: Timestamp,
    ) -> Result<DecidedCommand, NoDecision> {
        self.kind.decide(facts, &self.context(), now)
    }

    const fn context(&self) -> Context<'_> {
        let (request_id, sender, hospital_id) = (self.request_id, &self.sender, self.hospital_id);
        Context { request_id, sender, hospital_id }
    }
}

/// What the rules of any confirmed command say.
pub type DecidedCommand = Decided<Confirmed, Change>;

macro_rules! kinds {
    ($($(#[$meta:meta])+ $name:ident in $room:ident,)+) => {
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

            /// See [`CommandRules::QUEUE`].
            pub const fn queue(&self) -> QueueKind {
                match self { $(Kind::$name(_) => $name::QUEUE,)+ }
            }

            /// See [`CommandRules::doctor_id`].
            pub fn doctor_id(&self) -> Option<DoctorId> {
                match self { $(Kind::$name(kind) => kind.doctor_id(),)+ }
            }

            /// See [`CommandRules::subject`].
            pub fn subject(&self, hospital_id: HospitalId) -> Subject {
                match self { $(Kind::$name(kind) => kind.subject(hospital_id).into(),)+ }
            }

            fn needs(&self, context: &Context<'_>, needs: &mut Needs) {
                match self {
                    $(Kind::$name(kind) => kind.needs(context, &mut NeedsOf {
                        directory: &mut needs.directory,
                        people: &mut needs.people,
                        own: &mut needs.$room,
                    }),)+
                }
            }

            fn decide(
                &self, facts: &Facts, context: &Context<'_>, now: Timestamp,
            ) -> Result<DecidedCommand, NoDecision> {
                let (directory, people) = (&facts.directory, &facts.people);
                match self {
                    $(Kind::$name(kind) => {
                        let facts = FactsOf { directory, people, own: &facts.$room };
                        kind.decide(&facts, context, now).map(any_room)
                    })+
                }
            }
        }

        $(impl From<$name> for Kind {
            fn from(kind: $name) -> Self {
                Kind::$name(kind)
            }
        })+
    };
}

fn any_room<T: Into<Confirmed>, C: Into<Change>>(decided: Decided<T, C>) -> DecidedCommand {
    let Decided { confirmed, changes, notices, timers } = decided;
    let changes = changes.into_iter().map(Into::into).collect();
    Decided { confirmed: confirmed.into(), changes, notices, timers }
}

// The room is the member of [`Needs`] and [`Facts`] that the kind uses.
kinds! {
    /// Take a doctor's time.
    Book in booking,
    /// Give it back.
    Cancel in booking,
    /// Move it, to another time or to another doctor of the same hospital.
    Reschedule in booking,
    /// Staff take a booking one step along its ladder.
    StepBooking in booking,
    /// Staff move a booking.
    MoveBooking in booking,
    /// Staff take such a step back.
    UndoBooking in booking,
    /// Nobody has approved a booking in time.
    RefusePending in booking,
    /// Keep a time while a form is filled.
    HoldSlot in booking,
    /// Book what is held.
    BookHeld in booking,
    /// A hold is over.
    ExpireHold in booking,
    /// Take a number in a doctor's line of the day.
    TakeTicket in line,
    /// Take a number with any doctor of a hospital.
    TakeAnyTicket in line,
    /// Leave the line.
    CancelTicket in line,
    /// Let another go first.
    PostponeTicket in line,
    /// Staff take a ticket one step along its ladder.
    StepTicket in line,
    /// Staff say that a booked patient is there.
    ArriveBooking in line,
    /// Staff call whoever is next.
    CallNext in line,
    /// Staff take a step back.
    UndoStep in line,
    /// Staff open, pause or close a line.
    SetReception in line,
    /// The day of a line is over.
    EndDay in line,
    /// Whoever was held did not come.
    MarkNoshow in line,
    /// Staff change what their hospital does about those who do not come.
    SetNoShowRule in line,
    /// Staff forgive a patient what was missed.
    LiftNoShows in line,
    /// Staff change the rules of their hospital's lines.
    SetLineRule in line,
    /// Staff close time of a doctor or of their hospital.
    CloseTime in closing,
    /// A closing has more bookings to end.
    GoOnClosing in closing,
    /// Staff open closed time again.
    OpenTime in closing,
    /// A director changes a doctor's schedule from a date on.
    SetSchedule in timetable,
    /// A director gives a date of a doctor other hours.
    SetDayHours in timetable,
    /// A doctor is no longer at the hospital.
    EndDoctor in timetable,
    /// A hospital is closed for good.
    CloseHospital in timetable,
    /// An operator closes a parked request for good.
    Discard in parking,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;
    use crate::event::EventKind;
    use crate::rules::MAX_NAME;

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
        let kind = Kind::from(Discard { target: RequestId::generate() });
        let json = serde_json::to_value(&kind).unwrap();
        assert_eq!(json["kind"], kind.name());
    }
}
