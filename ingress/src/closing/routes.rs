//! Closings of a doctor's time and of a hospital's: shown before they are made, made, listed, opened again.

use axum::extract::State;
use axum::response::Response;
use domain::closing::Closing;
use domain::code::Code;
use domain::ids::{ClosingId, DoctorId, HospitalId};
use domain::time;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::address::{OfClosing, Whose};
use super::body::ClosingBody;
use super::{closings_store, dry_run, schema};
use crate::answer;
use crate::asked::Asked;
use crate::page::{self, Id, Ids, Json, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::submit::submit_as;

/// The routes of this room.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_of_doctor, close_doctor))
        .routes(routes!(show_of_doctor, open_doctor))
        .routes(routes!(list_of_hospital, close_hospital))
        .routes(routes!(show_of_hospital, open_hospital))
}

/// Whether to show only, and which page of it.
#[derive(Deserialize)]
struct Look {
    #[serde(default)]
    dry_run: bool,
    cursor: Option<String>,
    limit: Option<u32>,
}

async fn close(
    whose: Whose,
    asked: Asked,
    look: Look,
    body: ClosingBody,
) -> Result<Response, Problem> {
    let wish = body.check()?;
    let page = Page::new(look.cursor, look.limit);
    let place = whose.place(&asked.app, asked.session).await?;
    let (hospital_id, doctor_id, zone) = (place.hospital_id, place.doctor_id, place.zone);
    let time = wish.time((hospital_id, zone), doctor_id, asked.app.clock.now());
    if look.dry_run {
        let shown = dry_run::shown(&asked.app, &time?, zone, &page).await?;
        return Ok(answer::json(StatusCode::OK, shown.to_string()));
    }
    let close = OfClosing::Close { hospital_id, doctor_id, wish, zone };
    submit_as(asked, place.sender, close).await
}

async fn open(whose: Whose, asked: Asked, closing_id: ClosingId) -> Result<Response, Problem> {
    let place = whose.place(&asked.app, asked.session).await?;
    let (hospital_id, doctor_id, zone) = (place.hospital_id, place.doctor_id, place.zone);
    let open = OfClosing::Open { hospital_id, doctor_id, closing_id, zone };
    submit_as(asked, place.sender, open).await
}

async fn list(
    whose: Whose,
    (app, session): (Arc<App>, Session),
    page: Page,
) -> Result<Response, Problem> {
    let (after, limit) = (page.after()?, page.limit()?);
    let place = whose.place(&app, session).await?;
    let (of, zone) = ((place.hospital_id, place.doctor_id), place.zone);
    let found = closings_store::list(&app.database, of, after, limit + 1).await?;
    let as_of = time::show(app.clock.now(), zone);
    let id = |closing: &Closing| closing.id.uuid();
    let list = page::list(found, limit, id, |closing| json!(closing.view(zone)), &as_of);
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

async fn show(
    whose: Whose,
    (app, session): (Arc<App>, Session),
    id: ClosingId,
    page: Page,
) -> Result<Response, Problem> {
    let place = whose.place(&app, session).await?;
    let of = (place.hospital_id, place.doctor_id);
    let closing = closings_store::find(&app.database, of, id).await?;
    let closing = closing.ok_or_else(|| Problem::new(Code::NotFound))?;
    let bookings = dry_run::shown(&app, &closing.time, place.zone, &page).await?;
    let shown = json!({"closing": closing.view(place.zone), "bookings": bookings});
    Ok(answer::json(StatusCode::OK, shown.to_string()))
}

/// Closes time of the doctor: whole days, or hours of days. With `dry_run` it shows what that would end, and ends nothing.
#[utoipa::path(post, path = "/v1/doctors/{id}/closings", tag = "closings", request_body = ClosingBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header),
        ("dry_run" = Option<bool>, Query), ("cursor" = Option<String>, Query, description = "of the dry run"),
        ("limit" = Option<u32>, Query, description = "of the dry run: 1 to 100, default 20")),
    responses((status = 200, description = "Shown only", body = schema::DryRun),
        (status = 201, description = "Closed", body = crate::schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = crate::schema::Request), crate::schema::Refusal))]
async fn close_doctor(
    asked: Asked,
    Id(id): Id<DoctorId>,
    Params(look): Params<Look>,
    Json(body): Json<ClosingBody>,
) -> Result<Response, Problem> {
    close(Whose::Doctor(id), asked, look, body).await
}

/// Closes time of all doctors of the hospital: one command, since all of them are in one partition. With `dry_run` it shows what
/// that would end, and ends nothing.
#[utoipa::path(post, path = "/v1/hospitals/{id}/closings", tag = "closings", request_body = ClosingBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header),
        ("dry_run" = Option<bool>, Query), ("cursor" = Option<String>, Query, description = "of the dry run"),
        ("limit" = Option<u32>, Query, description = "of the dry run: 1 to 100, default 20")),
    responses((status = 200, description = "Shown only", body = schema::DryRun),
        (status = 201, description = "Closed", body = crate::schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = crate::schema::Request), crate::schema::Refusal))]
async fn close_hospital(
    asked: Asked,
    Id(id): Id<HospitalId>,
    Params(look): Params<Look>,
    Json(body): Json<ClosingBody>,
) -> Result<Response, Problem> {
    close(Whose::Hospital(id), asked, look, body).await
}

/// Opens the doctor's closed time again. Bookings that the closing ended stay cancelled.
#[utoipa::path(delete, path = "/v1/doctors/{id}/closings/{closing}", tag = "closings",
    params(("id" = Uuid, Path), ("closing" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Open again", body = crate::schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = crate::schema::Request), crate::schema::Refusal))]
async fn open_doctor(
    asked: Asked,
    Ids(id, closing): Ids<DoctorId, ClosingId>,
) -> Result<Response, Problem> {
    open(Whose::Doctor(id), asked, closing).await
}

/// Opens the hospital's closed time again. Bookings that the closing ended stay cancelled.
#[utoipa::path(delete, path = "/v1/hospitals/{id}/closings/{closing}", tag = "closings",
    params(("id" = Uuid, Path), ("closing" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Open again", body = crate::schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = crate::schema::Request), crate::schema::Refusal))]
async fn open_hospital(
    asked: Asked,
    Ids(id, closing): Ids<HospitalId, ClosingId>,
) -> Result<Response, Problem> {
    open(Whose::Hospital(id), asked, closing).await
}

/// What closes the doctor's time, the hospital's closings among it, newest first.
#[utoipa::path(get, path = "/v1/doctors/{id}/closings", tag = "closings",
    params(("id" = Uuid, Path), ("cursor" = Option<String>, Query),
        ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = schema::Closings), crate::schema::Refusal))]
async fn list_of_doctor(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id<DoctorId>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    list(Whose::Doctor(id), (app, session), page).await
}

/// All closings of the hospital and of its doctors, newest first.
#[utoipa::path(get, path = "/v1/hospitals/{id}/closings", tag = "closings",
    params(("id" = Uuid, Path), ("cursor" = Option<String>, Query),
        ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = schema::Closings), crate::schema::Refusal))]
async fn list_of_hospital(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id<HospitalId>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    list(Whose::Hospital(id), (app, session), page).await
}

/// A closing of the doctor's time, and the bookings that are in it now.
#[utoipa::path(get, path = "/v1/doctors/{id}/closings/{closing}", tag = "closings",
    params(("id" = Uuid, Path), ("closing" = Uuid, Path), ("cursor" = Option<String>, Query),
        ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "The closing", body = schema::ClosingWithBookings), crate::schema::Refusal))]
async fn show_of_doctor(
    State(app): State<Arc<App>>,
    session: Session,
    Ids(id, closing): Ids<DoctorId, ClosingId>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    show(Whose::Doctor(id), (app, session), closing, page).await
}

/// A closing of the hospital's or of one of its doctors', and the bookings that are in it now.
#[utoipa::path(get, path = "/v1/hospitals/{id}/closings/{closing}", tag = "closings",
    params(("id" = Uuid, Path), ("closing" = Uuid, Path), ("cursor" = Option<String>, Query),
        ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "The closing", body = schema::ClosingWithBookings), crate::schema::Refusal))]
async fn show_of_hospital(
    State(app): State<Arc<App>>,
    session: Session,
    Ids(id, closing): Ids<HospitalId, ClosingId>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    show(Whose::Hospital(id), (app, session), closing, page).await
}
