//! Answers to commands, from the recorded document: the client gets its bytes, and status and headers that
//! say the same.

use axum::response::{IntoResponse, Response};
use domain::code::Code;
use domain::command::{BodyHash, Command, Kind};
use domain::ids::{AccountId, BookingId, RequestId};
use domain::request::{self, State};
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::commands::Draft;
use crate::finish::Answered;
use crate::problem::Problem;
use crate::state::App;
use crate::store_requests::Recorded;
use crate::waiters::Told;

/// As much of a document as the answer depends on.
#[derive(Deserialize)]
struct Document<'d> {
    state: State,
    subject: Subject,
    #[serde(borrow)]
    outcome: Option<&'d RawValue>,
}

#[derive(Deserialize)]
struct Subject {
    booking_id: Option<BookingId>,
}

/// As much of a command as its answer depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub request_id: RequestId,
    pub account_id: AccountId,
    pub body_hash: BodyHash,
    /// Whether it makes a booking.
    pub books: bool,
}

impl From<&Command> for Asked {
    fn from(command: &Command) -> Self {
        let &Command { request_id, account_id, body_hash, ref kind, .. } = command;
        Self { request_id, account_id, body_hash, books: matches!(kind, Kind::Book { .. }) }
    }
}

/// The answer to a command whose request has a row.
pub(crate) fn recorded(asked: Asked, recorded: Recorded) -> Result<Response, Problem> {
    if recorded.account_id != asked.account_id {
        return Err(Problem::new(Code::NotFound));
    }
    told(asked, &Told { body_hash: recorded.body_hash, document: recorded.document.into() })
}

/// The answer to a command from its document.
pub(crate) fn told(asked: Asked, told: &Told) -> Result<Response, Problem> {
    if !told.body_hash.may_be(asked.body_hash) {
        return Err(Problem::new(Code::KeyReused));
    }
    let text = &*told.document;
    let document: Document = serde_json::from_str(text)
        .map_err(|_| Problem::internal("a recorded document cannot be read"))?;
    match document.state {
        State::Confirmed => Ok(confirmed(asked, document.subject.booking_id, text)),
        State::Rejected => Err(rejected(document.outcome, text)),
        State::Expired => Err(Problem::new(Code::Expired).request(text)),
        State::Accepted | State::Parked => {
            Ok(undecided(asked.request_id, document.state, text.to_owned()))
        }
    }
}

fn confirmed(asked: Asked, booking: Option<BookingId>, text: &str) -> Response {
    let status = if asked.books { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = json(status, text.to_owned());
    response.extensions_mut().insert(Answered(State::Confirmed.as_str()));
    if let Some(booking) = booking.filter(|_| asked.books) {
        set(&mut response, LOCATION, &format!("/v1/bookings/{booking}"));
    }
    response
}

fn rejected(outcome: Option<&RawValue>, text: &str) -> Problem {
    let members: Map<String, Value> =
        outcome.and_then(|outcome| serde_json::from_str(outcome.get()).ok()).unwrap_or_default();
    // A code that only a newer worker knows is still a conflict.
    let code = members
        .get("code")
        .and_then(|code| serde_json::from_value(code.clone()).ok())
        .unwrap_or(Code::StateConflict);
    Problem::new(code).members(members).request(text)
}

/// 202 for a command that waits for its decision.
pub(crate) fn accepted(app: &App, draft: &Draft) -> Response {
    let place = app.partitions.last_place(draft.partition, app.clock.now());
    let document = request::accepted(&draft.command, Some(place), draft.zone);
    undecided(draft.command.request_id, State::Accepted, document)
}

fn undecided(request_id: RequestId, state: State, text: String) -> Response {
    let mut response = json(StatusCode::ACCEPTED, text);
    response.extensions_mut().insert(Answered(state.as_str()));
    set(&mut response, LOCATION, &format!("/v1/requests/{request_id}"));
    set(&mut response, RETRY_AFTER, "1");
    response
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// A JSON answer of ready text.
pub(crate) fn json(status: StatusCode, text: String) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::booking::Visit;
    use domain::ids::{DoctorId, HospitalId};
    use domain::outcome::{Outcome, Rejection};
    use domain::time::from_millis;

    fn command() -> Command {
        let (account_id, starts_at) = (AccountId::fresh(), from_millis(1_800_000_000_000));
        Command {
            request_id: RequestId::fresh(),
            account_id,
            actor: account_id,
            hospital_id: HospitalId::fresh(),
            channel: "app".to_owned(),
            accepted_at: starts_at,
            body_hash: BodyHash::of(b"x"),
            replay: false,
            first: false,
            kind: Kind::Book {
                doctor_id: DoctorId::fresh(),
                starts_at,
                patient_id: None,
                visit: Visit::Return,
                sealed: None,
            },
        }
    }

    #[test]
    fn a_refusal_carries_its_code_and_the_document() {
        let command = command();
        let outcome = Outcome::Rejected(Rejection::at(Code::CutoffPassed, command.accepted_at));
        let document = request::decided(&command, command.accepted_at, &outcome, chrono_tz::UTC);
        let problem = told(
            Asked::from(&command),
            &Told { body_hash: command.body_hash, document: document.as_str().into() },
        )
        .unwrap_err();
        assert_eq!(problem.code(), Code::CutoffPassed);
        let body = problem.render(domain::code::Language::English);
        assert!(body.contains(&format!("\"request\":{document}")), "{body}");
        assert!(body.contains("\"at\":\"2027-"), "{body}");
    }

    #[test]
    fn states_have_their_status() {
        let command = command();
        let answer = |document: String, hash| {
            told(Asked::from(&command), &Told { body_hash: hash, document: document.into() })
        };
        let parked = request::parked(&command, chrono_tz::UTC);
        assert_eq!(
            answer(parked.clone(), command.body_hash).unwrap().status(),
            StatusCode::ACCEPTED
        );
        assert_eq!(answer(parked, BodyHash::of(b"other")).unwrap_err().code(), Code::KeyReused);
        let expired =
            request::decided(&command, command.accepted_at, &Outcome::Expired, chrono_tz::UTC);
        assert_eq!(answer(expired, command.body_hash).unwrap_err().code(), Code::Expired);
    }
}
