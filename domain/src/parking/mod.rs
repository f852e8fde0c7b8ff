//! The room of parked requests: an operator closes one for good. Parking itself is the worker's, which cannot decide
//! the command; replaying is the command itself, sent again.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::code::Code;
use crate::command::{BodyHash, Command, CommandRules};
use crate::decision::{Change, Decided, NoDecision};
use crate::ids::{AccountId, DoctorId, HospitalId, RequestId};
use crate::known::{Known, Unasked};
use crate::outcome::Confirmed;
use crate::people::Role;
use crate::rejection::Rejection;
use crate::request::{self, Subject};
use crate::time::Timestamp;
use crate::{facts, time};

/// A request that waits for an operator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parked {
    pub owner: AccountId,
    pub body_hash: BodyHash,
    /// As its owner sees it.
    pub document: String,
}

/// What is to be read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    pub requests: BTreeSet<RequestId>,
}

/// What was read: requests that are parked.
#[derive(Clone, Debug)]
pub struct Facts {
    pub parked: Known<RequestId, Parked>,
}

impl Default for Facts {
    fn default() -> Self {
        Self { parked: Known::new("a parked request") }
    }
}

impl Facts {
    /// A discarded request is parked no more.
    pub fn apply(&mut self, discarded: &Discarded) -> Result<(), Unasked> {
        self.parked.get(&discarded.request)?;
        self.parked.remove(discarded.request);
        Ok(())
    }
}

/// An operator closes a parked request for good.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Discard {
    pub target: RequestId,
}

/// What the discard of a request leaves: it is rejected, and its owner is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Discarded {
    pub request: RequestId,
    pub owner: AccountId,
    pub body_hash: BodyHash,
    /// As its owner sees it from now on.
    pub document: String,
}

impl CommandRules for Discard {
    const NAME: &'static str = "discard";
    const TIME_TO_LIVE: Option<TimeDelta> = None;

    fn doctor_id(&self) -> Option<DoctorId> {
        None
    }

    fn subject(&self, hospital_id: HospitalId) -> Subject {
        Subject::Request(RequestSubject { request_id: self.target, hospital_id })
    }

    fn needs(&self, _: &Command, needs: &mut facts::Needs) {
        needs.parking.requests.insert(self.target);
    }

    fn decide(
        &self,
        facts: &facts::Facts,
        command: &Command,
        now: Timestamp,
    ) -> Result<Decided, NoDecision> {
        if command.sender.role != Role::Operator {
            return Err(Rejection::new(Code::Forbidden).into());
        }
        let parked = facts.parking.parked.get(&self.target)?;
        let parked = parked.ok_or_else(|| Rejection::new(Code::NotFound))?;
        let zone = shown_zone(&parked.document);
        // The document was written by a build of ours; one that is none is left to a person.
        let document = request::discarded(&parked.document, now, zone)
            .map_err(|_| Rejection::new(Code::StateConflict))?;
        let discarded = Discarded {
            request: self.target,
            owner: parked.owner,
            body_hash: parked.body_hash,
            document,
        };
        let changes = vec![Change::Discarded(discarded)];
        Ok(Decided { confirmed: Confirmed::Nothing, changes, notices: Vec::new() })
    }
}

/// The zone in which the document shows its times.
fn shown_zone(document: &str) -> time::Zone {
    #[derive(Deserialize)]
    struct Shown {
        zone: time::Zone,
    }
    serde_json::from_str::<Shown>(document).map_or(time::UTC, |shown| shown.zone)
}

/// A request that is about a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RequestSubject {
    request_id: RequestId,
    hospital_id: HospitalId,
}

impl RequestSubject {
    pub const fn id(&self) -> Uuid {
        self.request_id.uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::decide;
    use crate::facts::{Facts, Needs};
    use crate::outcome::Outcome;
    use crate::people::Sender;

    fn discard(sender: Sender, target: RequestId) -> Command {
        Command {
            request_id: RequestId::fresh(),
            sender,
            hospital_id: HospitalId::fresh(),
            accepted_at: time::from_millis(1_800_000_000_000),
            body_hash: BodyHash::of(b"discard"),
            replay: false,
            first: false,
            kind: Discard { target }.into(),
        }
    }

    fn parked(target: RequestId) -> (Facts, Parked) {
        let document = request::parked_unread(target, time::from_millis(1_800_000_000_000));
        let parked = Parked { owner: AccountId::fresh(), body_hash: BodyHash::UNKNOWN, document };
        let mut facts = Facts::default();
        facts.parking.parked.ask([target]);
        facts.parking.parked.insert(target, parked.clone());
        (facts, parked)
    }

    #[test]
    fn a_parked_request_is_discarded_once_and_by_operators_only() {
        let target = RequestId::fresh();
        let (mut facts, parked) = parked(target);
        let command = discard(Sender::operator(parked.owner), target);
        assert!(Needs::of([&command]).parking.requests.contains(&target));
        let stranger = discard(Sender::patient(parked.owner), target);
        let refused = decide(&facts, &stranger, command.accepted_at).unwrap();
        assert_eq!(refused.outcome.code(), Some(Code::Forbidden));

        let decision = decide(&facts, &command, command.accepted_at).unwrap();
        assert_eq!(decision.outcome, Outcome::Confirmed(Confirmed::Nothing));
        let [Change::Discarded(discarded)] = decision.changes.as_slice() else {
            panic!("one change")
        };
        assert_eq!((discarded.request, discarded.owner), (target, parked.owner));
        assert!(discarded.document.contains("DISCARDED"), "{}", discarded.document);
        facts.apply(&decision.changes[0], command.request_id).unwrap();
        let again = decide(&facts, &command, command.accepted_at).unwrap();
        assert_eq!(again.outcome.code(), Some(Code::NotFound));
    }

    #[test]
    fn what_was_not_read_is_an_error() {
        let command = discard(Sender::operator(AccountId::fresh()), RequestId::fresh());
        assert!(decide(&Facts::default(), &command, command.accepted_at).is_err());
    }
}
