//! Bookings: made, moved, given back, and read by whose they are.

use axum::extract::State;
use axum::response::Response;
use domain::code::Code;
use domain::ids::BookingId;
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{BookBody, BookingBody, CancelBody, RescheduleBody};
use super::bookings_store;
use super::schema::Booking;
use super::{desk, holds, own_list, slots};
use crate::asked::Asked;
use crate::page::{Id, Json};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::submit::submit;
use crate::{answer, note, schema};

/// The routes of this room.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(own_list::list, book))
        .routes(routes!(show))
        .routes(routes!(cancel))
        .routes(routes!(reschedule))
        .routes(routes!(slots::slots))
        .merge(holds::routes())
        .merge(desk::routes())
}

/// Asks for a doctor's time.
#[utoipa::path(post, path = "/v1/bookings", tag = "bookings", request_body = BookBody,
    params(("Idempotency-Key" = String, Header, description = "16 to 128 visible ASCII characters; the same key is the same request"),
        ("Prefer" = Option<String>, Header, description = "respond-async, or wait=N with N up to 30 seconds")),
    responses((status = 201, description = "Confirmed", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn book(asked: Asked, Json(body): Json<BookBody>) -> Result<Response, Problem> {
    submit(asked, body.check()?).await
}

/// Gives a booking back.
#[utoipa::path(post, path = "/v1/bookings/{id}/cancel", tag = "bookings", request_body = Option<CancelBody>,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Cancelled", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn cancel(
    asked: Asked,
    Id(booking_id): Id<BookingId>,
    Json(CancelBody {}): Json<CancelBody>,
) -> Result<Response, Problem> {
    submit(asked, BookingBody::Cancel { booking_id }).await
}

/// Moves a booking, to another time or to another doctor of the hospital: never two, never none.
#[utoipa::path(post, path = "/v1/bookings/{id}/reschedule", tag = "bookings", request_body = RescheduleBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Moved", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn reschedule(
    asked: Asked,
    Id(booking_id): Id<BookingId>,
    Json(body): Json<RescheduleBody>,
) -> Result<Response, Problem> {
    submit(asked, body.check(booking_id)?).await
}

/// One booking, with the reason and the phone that came with it.
#[utoipa::path(get, path = "/v1/bookings/{id}", tag = "bookings", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The booking", body = Booking), schema::Refusal))]
async fn show(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id<BookingId>,
) -> Result<Response, Problem> {
    let found = bookings_store::find(&app.database, session.account, id).await?;
    let found = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let mut shown = found.view();
    let note = note::open(&app, found.booking.sealed.as_deref(), found.booking.request_id);
    shown["reason"] = json!(note.reason);
    shown["phone"] = json!(note.phone);
    Ok(answer::json(StatusCode::OK, shown.to_string()))
}
