//! The Request: one schema that answers every command and `GET /v1/requests/{id}`. A decided
//! request's document is written once, at the decision, and shown byte for byte ever after.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::code::Code;
use crate::command::{Command, Kind};
use crate::ids::{BookingId, DoctorId, HospitalId, RequestId};
use crate::outcome::{Outcome, OutcomeView, Rejection};
use crate::time::{Shown, Timestamp};

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
        [State::Accepted, State::Parked, State::Confirmed, State::Rejected, State::Expired]
            .into_iter()
            .find(|state| state.as_str() == name)
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
    place: Option<PlaceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<OutcomeView<'d>>,
    events_url: &'static str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Subject {
    Booking {
        command: &'static str,
        hospital_id: HospitalId,
        doctor_id: Option<DoctorId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        booking_id: Option<BookingId>,
    },
    Request {
        request_id: RequestId,
        hospital_id: HospitalId,
    },
    Unknown,
}

#[derive(Serialize)]
struct PlaceView {
    ahead: u64,
    estimate_s: Option<f64>,
    as_of: Shown,
}

impl Document<'_> {
    fn of(command: &Command, state: State, booking_id: Option<BookingId>, zone: Tz) -> Self {
        let hospital_id = command.hospital_id;
        let subject = match &command.kind {
            Kind::Discard { target } => Subject::Request { request_id: *target, hospital_id },
            kind => Subject::Booking {
                command: kind.name(),
                hospital_id,
                doctor_id: kind.doctor_id(),
                booking_id,
            },
        };
        Self {
            id: command.request_id,
            state,
            accepted_at: Shown(command.accepted_at, zone),
            decided_at: None,
            zone: zone.name(),
            subject,
            place: None,
            outcome: None,
            events_url: EVENTS_URL,
        }
    }

    fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The document of a decided request.
pub fn decided(command: &Command, at: Timestamp, outcome: &Outcome, zone: Tz) -> String {
    let booking = match outcome {
        Outcome::Confirmed(Some(booking)) => Some(booking.id),
        _ => command.kind.booking_id(),
    };
    let (decided_at, view) = (Some(Shown(at, zone)), Some(outcome.view(zone)));
    Document {
        decided_at,
        outcome: view,
        ..Document::of(command, State::of(outcome), booking, zone)
    }
    .write()
}

/// The document of a parked request: being looked into.
pub fn parked(command: &Command, zone: Tz) -> String {
    Document::of(command, State::Parked, command.kind.booking_id(), zone).write()
}

/// A parked document becomes that of a request which an operator discarded.
pub fn discarded(parked: &str, at: Timestamp, zone: Tz) -> Option<String> {
    let mut document: Value = serde_json::from_str(parked).ok()?;
    let outcome = Outcome::Rejected(Rejection::new(Code::Discarded));
    document["state"] = json!(State::Rejected);
    document["decided_at"] = json!(Shown(at, zone));
    document["outcome"] = json!(outcome.view(zone));
    Some(document.to_string())
}

/// The document of a parked frame that says no more than whose it was.
pub fn parked_unread(id: RequestId, at: Timestamp) -> String {
    let accepted_at = Shown(at, chrono_tz::UTC);
    let (state, zone, subject) = (State::Parked, chrono_tz::UTC.name(), Subject::Unknown);
    Document {
        id,
        state,
        accepted_at,
        decided_at: None,
        zone,
        subject,
        place: None,
        outcome: None,
        events_url: EVENTS_URL,
    }
    .write()
}

/// The document of a request that waits for its decision.
pub fn accepted(command: &Command, place: Option<Place>, zone: Tz) -> String {
    let view = |place: Place| PlaceView {
        ahead: place.ahead,
        estimate_s: place.estimate_s,
        as_of: Shown(place.as_of, zone),
    };
    let place = place.map(view);
    Document { place, ..Document::of(command, State::Accepted, command.kind.booking_id(), zone) }
        .write()
}
