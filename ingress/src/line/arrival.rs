//! Patients who are there, by the code that the hospital shows.

use axum::extract::State;
use axum::response::Response;
use domain::ids::{BookingId, HospitalId, TicketId};
use domain::time::Shown;
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::arrival_code;
use super::body::{CodeBody, TicketBody};
use super::of_hospital::zone_of;
use super::schema::ArrivalCode;
use crate::asked::Asked;
use crate::page::{Id, Json};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::submit::submit;
use crate::{answer, schema, staff};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(arrive))
        .routes(routes!(arrive_booking))
        .routes(routes!(code))
}

/// The patient is there, as the hospital's code shows: from now on the ticket can be called.
#[utoipa::path(post, path = "/v1/receptions/{id}/arrive", tag = "receptions", request_body = CodeBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Arrived", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn arrive(
    asked: Asked,
    Id(ticket_id): Id<TicketId>,
    Json(CodeBody { code }): Json<CodeBody>,
) -> Result<Response, Problem> {
    submit(asked, TicketBody::Arrive { ticket_id, code }).await
}

/// The patient of a booking of the present day is there, as the hospital's code shows: the booking takes the next number of the
/// line, or the patient's own ticket becomes the booking's.
#[utoipa::path(post, path = "/v1/bookings/{id}/arrive", tag = "bookings", request_body = CodeBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Arrived", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn arrive_booking(
    asked: Asked,
    Id(booking_id): Id<BookingId>,
    Json(CodeBody { code }): Json<CodeBody>,
) -> Result<Response, Problem> {
    submit(asked, TicketBody::ArriveBooking { booking_id, code }).await
}

/// The code by which patients say that they are there, for staff to show: as text, or as the text of a QR code.
#[utoipa::path(get, path = "/v1/hospitals/{id}/arrival-code", tag = "lines", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The present code", body = ArrivalCode), schema::Refusal))]
async fn code(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id<HospitalId>,
) -> Result<Response, Problem> {
    staff::sender(&app, session, id).await?;
    let (zone, now) = (zone_of(&app, id).await?, app.clock.now());
    let shown = arrival_code::present(&app.seal, id, now, app.settings.arrival_code);
    let shown = shown.ok_or_else(|| Problem::internal("no key"))?;
    let at = |at| Shown(at, zone);
    let text = json!({"hospital_id": id, "code": shown.code, "renews_at": at(shown.renews_at),
        "valid_until": at(shown.valid_until), "as_of": at(now)});
    Ok(answer::json(StatusCode::OK, text.to_string()))
}
