//! Tickets: taken, given up, and read by whose they are.

use axum::extract::State;
use axum::response::Response;
use domain::code::Code;
use domain::ids::TicketId;
use domain::time;
use http::StatusCode;
use platform::line::row_store::ShownTicket;
use serde_json::json;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{LeaveBody, TakeBody, TicketBody};
use super::places::Places;
use super::schema::{Ticket, Tickets};
use super::{arrival, desk, no_show, opened, rule, tickets_store};
use crate::asked::Asked;
use crate::page::{self, Id, Json, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::submit::submit;
use crate::{answer, note, schema};

/// The routes of this room.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, take))
        .routes(routes!(show))
        .routes(routes!(cancel))
        .routes(routes!(postpone))
        .routes(routes!(rule::rule, rule::set_rule))
        .merge(arrival::routes())
        .merge(desk::routes())
        .merge(opened::routes())
        .merge(no_show::routes())
}

/// Takes a number in a doctor's line of the day, or in that of any doctor of a hospital. Whoever has a live ticket there already,
/// gets that one.
#[utoipa::path(post, path = "/v1/receptions", tag = "receptions", request_body = TakeBody,
    params(("Idempotency-Key" = String, Header, description = "16 to 128 visible ASCII characters; the same key is the same request"),
        ("Prefer" = Option<String>, Header, description = "respond-async, or wait=N with N up to 30 seconds")),
    responses((status = 201, description = "Confirmed", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn take(asked: Asked, Json(body): Json<TakeBody>) -> Result<Response, Problem> {
    submit(asked, body.check()?).await
}

/// Leaves the line.
#[utoipa::path(post, path = "/v1/receptions/{id}/cancel", tag = "receptions", request_body = Option<LeaveBody>,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Cancelled", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn cancel(
    asked: Asked,
    Id(ticket_id): Id<TicketId>,
    Json(LeaveBody {}): Json<LeaveBody>,
) -> Result<Response, Problem> {
    let body = TicketBody::CancelTicket { ticket_id };
    submit(asked, body).await
}

/// Goes behind the next one who is there, twice at most or as the hospital has set it. Nobody else waits longer for it.
#[utoipa::path(post, path = "/v1/receptions/{id}/postpone", tag = "receptions", request_body = Option<LeaveBody>,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Put off", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn postpone(
    asked: Asked,
    Id(ticket_id): Id<TicketId>,
    Json(LeaveBody {}): Json<LeaveBody>,
) -> Result<Response, Problem> {
    submit(asked, TicketBody::PostponeTicket { ticket_id }).await
}

/// The account's tickets, newest first.
#[utoipa::path(get, path = "/v1/receptions", tag = "receptions",
    params(("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = Tickets), schema::Refusal))]
async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (after, limit) = (page.after()?, page.limit()?);
    let found = tickets_store::list(&app.database, session.account, after, limit + 1).await?;
    let zone = found.first().map_or(chrono_tz::UTC, |found| found.zone);
    let as_of = time::show(app.clock.now(), zone);
    let id = |found: &ShownTicket| found.ticket.id.uuid();
    let places = Places::of(&app, &found).await?;
    let list = page::list(found, limit, id, |found| places.view(&found), &as_of);
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

/// One ticket, with the reason and the phone that came with it, and its place in the line while it waits.
#[utoipa::path(get, path = "/v1/receptions/{id}", tag = "receptions", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The ticket", body = Ticket), schema::Refusal))]
async fn show(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id<TicketId>,
) -> Result<Response, Problem> {
    let found = tickets_store::find(&app.database, session.account, id).await?;
    let found = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let mut shown = Places::of(&app, std::slice::from_ref(&found)).await?.view(&found);
    let note = note::open(&app, found.ticket.sealed.as_deref(), found.ticket.request_id);
    shown["reason"] = json!(note.reason);
    shown["phone"] = json!(note.phone);
    Ok(answer::json(StatusCode::OK, shown.to_string()))
}
