//! The way of a command through ingress, the same for all of them: address it, look whether it is a retry or impossible,
//! hand it over, wait if the client may, answer.

use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;
use domain::command::{BodyHash, Command, Kind};
use domain::ids::{HospitalId, RequestId};
use domain::people::Sender;
use domain::trace::TraceParent;
use http::HeaderValue;
use platform::crash;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

use crate::addressed::Addressed;
use crate::admission::{Admission, Precheck};
use crate::answer::{self, Expected};
use crate::asked::Asked;
use crate::handover::{self, Handed};
use crate::paused;
use crate::prefer::Preference;
use crate::problem::Problem;
use crate::requests_store;
use crate::state::App;
use crate::unbroken::Unbroken;
use crate::waiters::{RecordedDocument, Waiter};

/// How long is waited for an outcome in the quiet (CONTRACT, Request).
const USUAL_WAIT: Duration = Duration::from_secs(5);

/// What a client asks for, checked. Its JSON is the one form over which retries are compared: the free text is in it,
/// and nothing that the server adds. So it must stay as it is, or a retry across an update would be another command.
pub(crate) trait CheckedBody: Serialize + Send {
    /// What its room can say of the command before the queue.
    type Precheck: Precheck;

    /// Whether it makes something: then it is answered 201 with its address.
    fn creates(&self) -> bool;

    /// Finds out where the command goes.
    fn address(
        self,
        app: &App,
        sender: &Sender,
        request: RequestId,
    ) -> impl Future<Output = Result<Address<Self::Precheck>, Problem>> + Send;
}

/// Where a command goes, and what may be asked before it does.
pub(crate) struct Address<P> {
    pub kind: Kind,
    pub hospital_id: HospitalId,
    /// Of the hospital.
    pub zone: Tz,
    pub precheck: P,
}

/// Takes a patient's command from its checked body to its answer.
pub(crate) async fn submit(asked: Asked, body: impl CheckedBody) -> Result<Response, Problem> {
    let sender = Sender::patient(asked.session.account);
    submit_as(asked, sender, body).await
}

/// The same for whoever is known to send it.
pub(crate) async fn submit_as(
    asked: Asked,
    sender: Sender,
    body: impl CheckedBody,
) -> Result<Response, Problem> {
    let Asked { app, session, key, preference } = asked;
    let app = &app;
    let began = Instant::now();
    let expected = Expected {
        request_id: RequestId::of(sender.caller, &key),
        owner: sender.caller,
        body_hash: BodyHash::under(&key, &serde_json::to_vec(&body).map_err(Problem::internal)?),
        creates: body.creates(),
    };
    let (addressed, precheck) = match body.address(app, &sender, expected.request_id).await {
        Ok(address) => addressed(app, (sender, session.trace), expected, address),
        Err(problem) => return unaddressed(app, expected, problem).await,
    };
    let addressed = Arc::new(addressed);
    let again = match paused::admit(app, &addressed, &precheck).await? {
        Admission::Recorded(recorded) => return answer::recorded(expected, &recorded),
        Admission::Again(marker) => Some(marker),
        Admission::First => None,
    };
    let wait = wait_for(app, &addressed, preference);
    let waiter = if wait.is_zero() { None } else { app.waiters.register(expected.request_id) };
    let capped = !wait.is_zero() && waiter.is_none();
    let handing_over = handover::hand_over(Arc::clone(app), Arc::clone(&addressed), again);
    let accepted = match Unbroken::new(handing_over).await? {
        Handed::Recorded(recorded) => return answer::recorded(expected, &recorded),
        Handed::Over { accepted } => accepted,
    };
    let outcome = match waiter {
        Some(waiter) => outcome(app, expected.request_id, waiter, began + wait).await,
        None => None,
    };
    crash::point("before_answer");
    let answer = match outcome {
        Some(outcome) => answer::outcome(expected, &outcome),
        None => answer::accepted(app, &addressed, &accepted),
    };
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    let applied = if capped { Some("respond-async".to_owned()) } else { preference.applied() };
    if let Some(value) = applied.and_then(|applied| HeaderValue::from_str(&applied).ok()) {
        response.headers_mut().insert("preference-applied", value);
    }
    Ok(response)
}

fn addressed<P>(
    app: &App,
    (sender, trace): (Sender, TraceParent),
    expected: Expected,
    address: Address<P>,
) -> (Addressed, P) {
    let Address { kind, hospital_id, zone, precheck } = address;
    let Expected { request_id, body_hash, .. } = expected;
    let (accepted_at, replay, first) = (app.clock.now(), false, false);
    let command =
        Command { request_id, sender, hospital_id, accepted_at, body_hash, replay, first, kind };
    (Addressed { command, trace, partition: app.partitions.of(hospital_id), zone }, precheck)
}

/// How long the client waits: as it wishes, else by load and clock. Staff wait at the peak too (CONTRACT, Messages), and
/// nobody where nothing is decided.
fn wait_for(app: &App, addressed: &Addressed, preference: Preference) -> Duration {
    let peak = app.settings.peak.contains(addressed.command.accepted_at, addressed.zone);
    let loaded = app.partitions.backlog(addressed.partition) > app.settings.peak_backlog;
    let staff = addressed.command.sender.role.is_staff();
    let paused = app.levers.is_paused(addressed.partition);
    let at_once = paused || ((peak || loaded) && !staff);
    preference.wait_or(if at_once { Duration::ZERO } else { USUAL_WAIT })
}

/// Until the outcome, or the deadline; then the database is asked once, so that a lost outcome message costs time and
/// never truth. `None`: not decided yet, as far as can be told.
async fn outcome(
    app: &App,
    request: RequestId,
    mut waiter: Waiter,
    until: Instant,
) -> Option<RecordedDocument> {
    if let Some(outcome) = wait(app, &mut waiter, until).await {
        return Some(outcome);
    }
    let recorded = requests_store::find_soon(&app.database, request).await.ok().flatten()?;
    Some(recorded.shown)
}

/// Waits; `None` at the deadline, and when ingress stops.
pub(crate) async fn wait(
    app: &App,
    waiter: &mut Waiter,
    until: Instant,
) -> Option<RecordedDocument> {
    tokio::select! {
        outcome = waiter.outcome() => outcome,
        () = tokio::time::sleep_until(until) => None,
        () = app.shutdown.stopping() => None,
    }
}

/// It has nowhere to go: a doctor has left, or never was. What was decided while there was one stays true.
async fn unaddressed(app: &App, expected: Expected, problem: Problem) -> Result<Response, Problem> {
    match requests_store::find_soon(&app.database, expected.request_id).await {
        Ok(Some(recorded)) => answer::recorded(expected, &recorded),
        _ => Err(problem),
    }
}
