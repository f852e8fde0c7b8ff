//! The room of parked requests: an operator closes one for good. Parking itself is the worker's, which cannot decide
//! the command; replaying is the command itself, sent again.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::body_hash::BodyHash;
use crate::code::Code;
use crate::ids::{AccountId, DoctorId, HospitalId, RequestId};
use crate::known::{Known, Unasked};
use crate::people::Role;
use crate::rejection::{Rejection, RejectionView};
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::state::State;
use crate::time::{self, Shown, Timestamp};

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

    type Subject = RequestSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = ();
    type Change = Discarded;

    fn doctor_id(&self) -> Option<DoctorId> {
        None
    }

    fn subject(&self, hospital_id: HospitalId) -> RequestSubject {
        RequestSubject { request_id: self.target, hospital_id }
    }

    fn needs(&self, _: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.own.requests.insert(self.target);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<(), Discarded>, NoDecision> {
        if context.sender.role != Role::Operator {
            return Err(Rejection::new(Code::Forbidden).into());
        }
        let parked = facts.own.parked.get(&self.target)?;
        let parked = parked.ok_or_else(|| Rejection::new(Code::NotFound))?;
        let zone = shown_zone(&parked.document);
        // The document was written by a build of ours; one that is none is left to a person.
        let document = discarded_document(&parked.document, now, zone)
            .map_err(|_| Rejection::new(Code::StateConflict))?;
        let discarded = Discarded {
            request: self.target,
            owner: parked.owner,
            body_hash: parked.body_hash,
            document,
        };
        Ok(Decided { changes: vec![discarded], ..Decided::nothing(()) })
    }
}

/// A parked document becomes that of a request which an operator discarded.
pub fn discarded_document(
    parked: &str,
    at: Timestamp,
    zone: time::Zone,
) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Outcome {
        r#type: State,
        #[serde(flatten)]
        rejection: RejectionView,
    }
    let mut document: Value = serde_json::from_str(parked)?;
    let rejection = Rejection::new(Code::Discarded).view(zone);
    document["state"] = json!(State::Rejected);
    document["decided_at"] = json!(Shown(at, zone));
    document["outcome"] = json!(Outcome { r#type: State::Rejected, rejection });
    Ok(document.to_string())
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
    pub const fn id(&self) -> Option<Uuid> {
        Some(self.request_id.uuid())
    }
}

#[cfg(test)]
mod tests;
