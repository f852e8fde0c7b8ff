//! Holds: a doctor's time is kept while a form is filled, then booked or given back. Nobody has to end one.

use axum::extract::State;
use axum::response::Response;
use domain::ids::BookingId;
use domain::time;
use http::StatusCode;
use platform::booking::row_store::ShownBooking;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{BookHeldBody, BookingBody, CancelBody, HoldBody};
use super::own_list_store;
use super::schema::Bookings;
use crate::asked::Asked;
use crate::page::{self, Id, Json};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::submit::submit;
use crate::{answer, schema};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, hold))
        .routes(routes!(book_held))
        .routes(routes!(release))
}

/// Keeps a doctor's time for five minutes, or as long as the hospital says. An account holds two times at once and ten an hour, and
/// not the same again within half an hour: else `TOO_MANY_BOOKINGS` with `at`, when there is room again.
#[utoipa::path(post, path = "/v1/holds", tag = "bookings", request_body = HoldBody,
    params(("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 201, description = "Held: a booking with the status `proposed` and `held_until`", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn hold(asked: Asked, Json(body): Json<HoldBody>) -> Result<Response, Problem> {
    submit(asked, body.check()?).await
}

/// Books the time that is held. Its id stays. Over: `HOLD_EXPIRED`.
#[utoipa::path(post, path = "/v1/holds/{id}/book", tag = "bookings", request_body = BookHeldBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Booked", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn book_held(
    asked: Asked,
    Id(id): Id<BookingId>,
    Json(body): Json<BookHeldBody>,
) -> Result<Response, Problem> {
    submit(asked, body.check(id)?).await
}

/// Gives the time that is held back.
#[utoipa::path(post, path = "/v1/holds/{id}/release", tag = "bookings", request_body = Option<CancelBody>,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Given back", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn release(
    asked: Asked,
    Id(booking_id): Id<BookingId>,
    Json(CancelBody {}): Json<CancelBody>,
) -> Result<Response, Problem> {
    submit(asked, BookingBody::Cancel { booking_id }).await
}

/// What the account holds now.
#[utoipa::path(get, path = "/v1/holds", tag = "bookings",
    responses((status = 200, description = "All of them; there are few", body = Bookings), schema::Refusal))]
async fn list(State(app): State<Arc<App>>, session: Session) -> Result<Response, Problem> {
    let now = app.clock.now();
    let found = own_list_store::held(&app.database, session.account, now).await?;
    let zone = found.first().map_or(chrono_tz::UTC, |found| found.zone);
    let as_of = time::show(now, zone);
    let (most, id) = (u32::MAX, |found: &ShownBooking| found.booking.id.uuid());
    let list = page::list(found, most, id, |found| found.view(), &as_of);
    Ok(answer::json(StatusCode::OK, list.to_string()))
}
