//! Requests: what became of a command, for as long as anyone may ask.

use axum::extract::State;
use axum::response::Response;
use domain::code::Code;
use domain::ids::{AccountId, RequestId};
use domain::request::{self, QueueEstimate};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

use crate::marker::Marker;
use crate::marker_coverage::MarkerCoverage;
use crate::page::Id;
use crate::prefer::Preference;
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, requests_store, schema, submit};

/// A request's state and, once decided, its outcome.
#[utoipa::path(get, path = "/v1/requests/{id}", tag = "requests",
    params(("id" = Uuid, Path), ("Prefer" = Option<String>, Header, description = "wait=N, up to 30 seconds, until it is decided")),
    responses((status = 200, description = "The request", body = schema::Request), schema::Refusal))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id<RequestId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let preference = Preference::of(&headers);
    let wait = preference.wait_or(Duration::ZERO);
    let until = Instant::now() + wait;
    let waiter = if wait.is_zero() { None } else { app.waiters.register(id) };
    if let Some(document) = recorded(&app, session.account, id).await? {
        return Ok(answer::json(StatusCode::OK, document.to_string()));
    }
    let seen = app.markers.look(id, app.clock.now()).await;
    if seen.since.is_some() && seen.marker.is_none() {
        return Err(Problem::new(Code::RequestNotSeen));
    }
    let marker = own(seen.marker, session.account)?;
    let mut was_awaited = false;
    if let Some(mut waiter) = waiter {
        was_awaited = true;
        submit::wait(&app, &mut waiter, until).await;
        // What was told may be another's outcome: the row says whose it is.
        if let Some(document) = recorded(&app, session.account, id).await? {
            return Ok(applied(answer::json(StatusCode::OK, document.to_string()), preference));
        }
    }
    // Without Redis nobody knows whether it was handed over: that is no "never seen".
    let Some(marker) = marker else {
        return Err(Problem::unavailable("no row, and Redis does not answer"));
    };
    let Some(estimate) = estimate(&app, id, &marker).await? else {
        // It may have had its outcome in between.
        let document = recorded(&app, session.account, id).await?;
        let document = document.ok_or_else(|| Problem::new(Code::RequestNotSeen))?;
        return Ok(answer::json(StatusCode::OK, document.to_string()));
    };
    let document = request::with_estimate(&marker.document, estimate, marker.zone);
    let document = document.map_err(Problem::internal)?;
    let mut response = answer::json(StatusCode::OK, document);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    Ok(if was_awaited { applied(response, preference) } else { response })
}

/// Where a request stands that has no outcome: among those of its hospital that are held back, or else in its partition.
/// `None`: what came after it is decided, so it never reached its queue.
async fn estimate(
    app: &App,
    id: RequestId,
    marker: &Marker,
) -> Result<Option<QueueEstimate>, Problem> {
    let now = app.clock.now();
    if let Some(ahead) = requests_store::held_before(&app.database, id).await? {
        return Ok(Some(QueueEstimate { ahead, estimate_s: None, as_of: now }));
    }
    let decided = app.partitions.decided_of(marker.queue);
    let lost = MarkerCoverage::is_overdue(marker.accepted_at, decided);
    let estimate = || app.partitions.estimate_of(marker.queue.partition, marker.due, now);
    Ok((!lost).then(estimate))
}

/// The account's decided or parked request. Another's looks as if it were not there.
async fn recorded(
    app: &App,
    account: AccountId,
    id: RequestId,
) -> Result<Option<Arc<str>>, Problem> {
    match requests_store::find(&app.database, id).await? {
        Some(recorded) if recorded.owner != account => Err(Problem::new(Code::RequestNotSeen)),
        recorded => Ok(recorded.map(|recorded| recorded.shown.document)),
    }
}

fn own(marker: Option<Marker>, account: AccountId) -> Result<Option<Marker>, Problem> {
    match marker {
        Some(marker) if marker.owner != account => Err(Problem::new(Code::RequestNotSeen)),
        marker => Ok(marker),
    }
}

fn applied(mut response: Response, preference: Preference) -> Response {
    if let Some(value) =
        preference.applied().and_then(|applied| HeaderValue::from_str(&applied).ok())
    {
        response.headers_mut().insert("preference-applied", value);
    }
    response
}
