//! Answers to commands, from the recorded document: the client gets its bytes, and status and headers that say the same.

use axum::response::{IntoResponse, Response};
use domain::code::Code;
use domain::command::BodyHash;
use domain::ids::{AccountId, RequestId};
use domain::request::{self, State};
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::addressed::Addressed;
use crate::finish::Answered;
use crate::problem::Problem;
use crate::requests_store::Recorded;
use crate::shown_subject::ShownSubject;
use crate::state::App;
use crate::waiters::RecordedDocument;

/// As much of a document as the answer depends on.
#[derive(Deserialize)]
struct Document<'d> {
    state: State,
    #[serde(borrow)]
    subject: &'d RawValue,
    #[serde(borrow)]
    outcome: Option<&'d RawValue>,
}

/// As much of a command as its answer depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub request_id: RequestId,
    pub owner: AccountId,
    pub body_hash: BodyHash,
    /// Whether it makes something.
    pub creates: bool,
}

/// The answer to a command whose request has a row.
pub(crate) fn recorded(expected: Expected, recorded: &Recorded) -> Result<Response, Problem> {
    if recorded.owner != expected.owner {
        return Err(Problem::new(Code::NotFound));
    }
    outcome(expected, &recorded.shown)
}

/// The answer to a command from its document.
pub(crate) fn outcome(expected: Expected, shown: &RecordedDocument) -> Result<Response, Problem> {
    if !shown.body_hash.may_be(expected.body_hash) {
        return Err(Problem::new(Code::KeyReused));
    }
    let text = &*shown.document;
    let unreadable = |_| Problem::internal("a recorded document cannot be read");
    let document: Document = serde_json::from_str(text).map_err(unreadable)?;
    match document.state {
        State::Confirmed => confirmed(expected, document.subject, text),
        State::Rejected => Err(rejected(document.outcome, text)),
        State::Expired => Err(Problem::new(Code::Expired).request(text)),
        State::Accepted | State::Parked => {
            Ok(undecided(expected.request_id, document.state, text.to_owned()))
        }
    }
}

fn confirmed(expected: Expected, subject: &RawValue, text: &str) -> Result<Response, Problem> {
    let status = if expected.creates { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = json(status, text.to_owned());
    response.extensions_mut().insert(Answered(State::Confirmed.as_str()));
    if expected.creates {
        let unreadable = |_| Problem::internal("a recorded subject cannot be read");
        let subject: ShownSubject = serde_json::from_str(subject.get()).map_err(unreadable)?;
        if let Some(path) = subject.path() {
            set(&mut response, LOCATION, &path);
        }
    }
    Ok(response)
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

/// 202 for a command that waits for its decision; `document` shows it as accepted.
pub(crate) fn accepted(
    app: &App,
    addressed: &Addressed,
    document: &str,
) -> Result<Response, Problem> {
    let estimate = app.partitions.last_estimate(addressed.queue(), app.clock.now());
    let document = request::with_estimate(document, estimate, addressed.zone);
    let document = document.map_err(Problem::internal)?;
    Ok(undecided(addressed.command.request_id, State::Accepted, document))
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
    use domain::booking::Book;
    use domain::command::Command;
    use domain::ids::{DoctorId, HospitalId};
    use domain::outcome::Outcome;
    use domain::people::Sender;
    use domain::rejection::Rejection;
    use domain::schedule::Visit;
    use domain::time::{UTC, from_millis};

    fn command() -> Command {
        let starts_at = from_millis(1_800_000_000_000);
        let (doctor_id, patient_id, sealed) = (DoctorId::generate(), None, None);
        Command {
            request_id: RequestId::generate(),
            sender: Sender::patient(AccountId::generate()),
            hospital_id: HospitalId::generate(),
            accepted_at: starts_at,
            body_hash: BodyHash::of(b"x"),
            replay: false,
            first: false,
            kind: Book { doctor_id, starts_at, patient_id, visit: Visit::Return, sealed }.into(),
        }
    }

    fn expected(command: &Command) -> Expected {
        let (request_id, body_hash) = (command.request_id, command.body_hash);
        Expected { request_id, owner: command.sender.caller, body_hash, creates: true }
    }

    fn answer(command: &Command, document: &str, body_hash: BodyHash) -> Result<Response, Problem> {
        outcome(expected(command), &RecordedDocument { body_hash, document: document.into() })
    }

    #[test]
    fn a_refusal_carries_its_code_and_the_document() {
        let command = command();
        let outcome = Outcome::Rejected(Rejection::at(Code::CutoffPassed, command.accepted_at));
        let (document, _) = request::decided(&command, command.accepted_at, &outcome, UTC);
        let problem = answer(&command, &document, command.body_hash).unwrap_err();
        assert_eq!(problem.code(), Code::CutoffPassed);
        let body = problem.render(domain::code::Language::English);
        assert!(body.contains(&format!("\"request\":{document}")), "{body}");
        assert!(body.contains("\"at\":\"2027-"), "{body}");
    }

    #[test]
    fn states_have_their_status() {
        let command = command();
        let parked = request::parked(&command, UTC);
        assert_eq!(
            answer(&command, &parked, command.body_hash).unwrap().status(),
            StatusCode::ACCEPTED
        );
        let other = answer(&command, &parked, BodyHash::of(b"other")).unwrap_err();
        assert_eq!(other.code(), Code::KeyReused);
        let (expired, _) = request::decided(&command, command.accepted_at, &Outcome::Expired, UTC);
        let expired = answer(&command, &expired, command.body_hash).unwrap_err();
        assert_eq!(expired.code(), Code::Expired);
    }

    /// Only the room whose thing it is names an address.
    #[test]
    fn what_was_made_has_the_address_that_its_room_gives_it() {
        let command = command();
        let confirmed = |subject: &str| {
            let document = format!(r#"{{"state":"confirmed","subject":{subject},"outcome":{{}}}}"#);
            let response = answer(&command, &document, command.body_hash).unwrap();
            assert_eq!(response.status(), StatusCode::CREATED);
            response.headers().get(LOCATION).map(|path| path.to_str().unwrap().to_owned())
        };
        let id = domain::ids::BookingId::generate();
        let booking = format!(r#"{{"type":"booking","command":"book","booking_id":"{id}"}}"#);
        assert_eq!(confirmed(&booking), Some(format!("/v1/bookings/{id}")));
        assert_eq!(confirmed(r#"{"type":"sample","sample_id":"1"}"#), None, "not known here");
    }
}
