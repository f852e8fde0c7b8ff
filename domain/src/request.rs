//! The Request: one schema that answers every command and `GET /v1/requests/{id}`. A decided
//! request's document is written once, at the decision, and shown byte for byte ever after.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::command::Command;
use crate::ids::RequestId;
use crate::json::json_text;
use crate::outcome::{Outcome, OutcomeView};
pub use crate::state::State;
use crate::subject::Subject;
use crate::time::{Shown, Timestamp};

/// Where the socket is that tells the outcome, on the origin of the API.
pub const EVENTS_URL: &str = "/ws";

/// An estimate of when an undecided request is decided.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct QueueEstimate {
    /// Commands of the partition that are decided before it, as far as known.
    pub ahead: u64,
    /// Seconds until its decision; `None` when there is no figure to go by.
    pub estimate_s: Option<f64>,
    pub as_of: Timestamp,
}

/// The Request as it is written out.
#[derive(Serialize)]
struct Document<'d> {
    id: RequestId,
    state: State,
    accepted_at: Shown,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<Shown>,
    zone: &'static str,
    subject: Subject,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<OutcomeView<'d>>,
    events_url: &'static str,
}

impl Document<'_> {
    fn of(command: &Command, state: State, subject: Subject, zone: Tz) -> Self {
        Self {
            id: command.request_id,
            state,
            accepted_at: Shown(command.accepted_at, zone),
            decided_at: None,
            zone: zone.name(),
            subject,
            outcome: None,
            events_url: EVENTS_URL,
        }
    }
}

/// The document of a decided request, and what it turned out to be about.
pub fn decided(command: &Command, at: Timestamp, outcome: &Outcome, zone: Tz) -> (String, Subject) {
    let subject = match outcome {
        Outcome::Confirmed(confirmed) => command.subject().confirmed(confirmed),
        Outcome::Rejected(_) | Outcome::Expired => command.subject(),
    };
    let (decided_at, view) = (Some(Shown(at, zone)), Some(outcome.view(zone)));
    let document = Document::of(command, outcome.state(), subject.clone(), zone);
    (json_text(&Document { decided_at, outcome: view, ..document }), subject)
}

/// The document of a parked request: being looked into.
pub fn parked(command: &Command, zone: Tz) -> String {
    json_text(&Document::of(command, State::Parked, command.subject(), zone))
}

/// The document of a parked frame that says no more than whose it was.
pub fn parked_unread(id: RequestId, at: Timestamp) -> String {
    json_text(&Document {
        id,
        state: State::Parked,
        accepted_at: Shown(at, chrono_tz::UTC),
        decided_at: None,
        zone: chrono_tz::UTC.name(),
        subject: Subject::Unknown,
        outcome: None,
        events_url: EVENTS_URL,
    })
}

/// The document of a request that waits for its decision.
pub fn accepted(command: &Command, zone: Tz) -> String {
    json_text(&Document::of(command, State::Accepted, command.subject(), zone))
}

/// An accepted document in parts, so that an estimate can be shown in it.
#[derive(Serialize, Deserialize)]
struct Estimated<'d> {
    #[serde(borrow)]
    id: &'d RawValue,
    #[serde(borrow)]
    state: &'d RawValue,
    #[serde(borrow)]
    accepted_at: &'d RawValue,
    #[serde(borrow)]
    zone: &'d RawValue,
    #[serde(borrow)]
    subject: &'d RawValue,
    #[serde(skip_deserializing)]
    place: Option<EstimateView>,
    #[serde(borrow)]
    events_url: &'d RawValue,
}

#[derive(Serialize)]
struct EstimateView {
    ahead: u64,
    estimate_s: Option<f64>,
    as_of: Shown,
}

/// The [`accepted`] document with an estimate of its turn, whatever kind of command it shows.
pub fn with_estimate(
    accepted: &str,
    estimate: QueueEstimate,
    zone: Tz,
) -> serde_json::Result<String> {
    let mut document: Estimated<'_> = serde_json::from_str(accepted)?;
    let QueueEstimate { ahead, estimate_s, as_of } = estimate;
    document.place = Some(EstimateView { ahead, estimate_s, as_of: Shown(as_of, zone) });
    serde_json::to_string(&document)
}
