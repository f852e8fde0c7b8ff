//! The Request: one schema that answers every command and `GET /v1/requests/{id}`. A decided
//! request's document is written once, at the decision, and shown byte for byte ever after.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::code::Code;
use crate::command::{Command, Kind};
use crate::ids::{BookingId, RequestId};
use crate::outcome::{Outcome, Rejection};
use crate::time::{self, Timestamp};

/// Where a request stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Accepted,
    Parked,
    Confirmed,
    Rejected,
    Expired,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            State::Accepted => "accepted",
            State::Parked => "parked",
            State::Confirmed => "confirmed",
            State::Rejected => "rejected",
            State::Expired => "expired",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [State::Accepted, State::Parked, State::Confirmed, State::Rejected, State::Expired].into_iter().find(|state| state.as_str() == name)
    }

    /// Has its one outcome.
    pub fn is_final(self) -> bool {
        matches!(self, State::Confirmed | State::Rejected | State::Expired)
    }

    pub fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Confirmed(_) => State::Confirmed,
            Outcome::Rejected(_) => State::Rejected,
            Outcome::Expired => State::Expired,
        }
    }
}

/// Where the socket is that tells the outcome, on the origin of the API.
pub const EVENTS_URL: &str = "/ws";

/// An undecided request's guess at its turn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Place {
    /// Commands of the partition that are decided before it, as far as known.
    pub ahead: u64,
    /// Seconds until its decision; `None` when there is no figure to go by.
    pub estimate_s: Option<f64>,
    pub as_of: Timestamp,
}

/// The document of a decided request.
pub fn decided(command: &Command, at: Timestamp, outcome: &Outcome, zone: Tz) -> String {
    let booking = match outcome {
        Outcome::Confirmed(Some(booking)) => Some(booking.id),
        _ => command.kind.booking_id(),
    };
    let mut document = base(command, State::of(outcome), booking, zone);
    document["decided_at"] = json!(time::show(at, zone));
    document["outcome"] = outcome.to_json(zone);
    document.to_string()
}

/// The document of a parked request: being looked into.
pub fn parked(command: &Command, zone: Tz) -> String {
    base(command, State::Parked, command.kind.booking_id(), zone).to_string()
}

/// A parked document becomes that of a request which an operator discarded.
pub fn discarded(parked: &str, at: Timestamp, zone: Tz) -> Option<String> {
    let mut document: Value = serde_json::from_str(parked).ok()?;
    let outcome = Outcome::Rejected(Rejection::new(Code::Discarded));
    document["state"] = json!(State::Rejected);
    document["decided_at"] = json!(time::show(at, zone));
    document["outcome"] = outcome.to_json(zone);
    Some(document.to_string())
}

/// The document of a parked frame that says no more than whose it was.
pub fn parked_unread(request: RequestId, at: Timestamp) -> String {
    json!({
        "id": request,
        "state": State::Parked,
        "accepted_at": time::show(at, chrono_tz::UTC),
        "zone": "UTC",
        "subject": {"type": "unknown"},
        "events_url": EVENTS_URL,
    })
    .to_string()
}

/// The document of a request that waits for its decision.
pub fn accepted(command: &Command, place: Option<Place>, zone: Tz) -> Value {
    let mut document = base(command, State::Accepted, command.kind.booking_id(), zone);
    if let Some(place) = place {
        document["place"] = json!({
            "ahead": place.ahead,
            "estimate_s": place.estimate_s,
            "as_of": time::show(place.as_of, zone),
        });
    }
    document
}

fn base(command: &Command, state: State, booking: Option<BookingId>, zone: Tz) -> Value {
    let subject = match &command.kind {
        Kind::Discard { target } => json!({"type": "request", "request_id": target, "hospital_id": command.hospital_id}),
        kind => {
            let mut subject =
                json!({"type": "booking", "command": kind.name(), "hospital_id": command.hospital_id, "doctor_id": kind.doctor_id()});
            if let Some(booking) = booking {
                subject["booking_id"] = json!(booking);
            }
            subject
        }
    };
    json!({
        "id": command.request_id,
        "state": state,
        "accepted_at": time::show(command.accepted_at, zone),
        "zone": zone.name(),
        "subject": subject,
        "events_url": EVENTS_URL,
    })
}
