//! Hospitals are made by operators of the platform and edited by their directors, who also add doctors and edit them. What is
//! not named stays as it is.

use axum::response::Response;
use domain::code::Code;
use domain::ids::{DoctorId, HospitalId, RequestId};
use domain::people::Role;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use platform::search::revision_store;
use serde_json::{Map, Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use std::sync::Arc;

use super::doctor_body::{DoctorBody, DoctorEdit};
use super::hospital_body::{HospitalBody, HospitalEdit};
use super::schema::{Doctor, Hospital};
use super::{doctors_store, edits_store, hospitals_store};
use crate::asked::Asked;
use crate::once::{Begun, Identity, Once};
use crate::page::{Id, Json};
use crate::problem::Problem;
use crate::revision::{self, Seen};
use crate::state::App;
use crate::{schema, staff};

/// The routes by which hospitals and doctors are made and edited.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(add_hospital))
        .routes(routes!(edit_hospital))
        .routes(routes!(add_doctor))
        .routes(routes!(edit_doctor))
}

fn nothing() -> Problem {
    Problem::new(Code::NotFound)
}

async fn begin(asked: &Asked, route: &str, body: &impl serde::Serialize) -> Result<Begun, Problem> {
    let id = RequestId::of(asked.session.account, &asked.key);
    let identity = Identity::of(id, &asked.key, route, body)?;
    Once::begin(&asked.app, identity).await
}

/// Makes a hospital that no list has. Operators of the platform alone may; who directs it is verified afterwards.
#[utoipa::path(post, path = "/v1/hospitals", tag = "hospitals", request_body = HospitalBody,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 201, description = "The hospital", body = Hospital), schema::Refusal))]
async fn add_hospital(asked: Asked, Json(body): Json<HospitalBody>) -> Result<Response, Problem> {
    let changes = body.check()?;
    staff::operator(&asked.app, asked.session).await?;
    let mut once = match begin(&asked, "add_hospital", &changes).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let id = HospitalId::generate();
    edits_store::add_hospital(once.connection(), id).await?;
    edits_store::edit_hospital(once.connection(), id, &changes).await?;
    revision_store::raise(once.connection(), &[id]).await?;
    let shown = hospitals_store::find(once.connection(), id).await?.ok_or_else(nothing)?;
    let (revision, path) = (shown.revision, format!("/v1/hospitals/{id}"));
    let response = once.end(StatusCode::CREATED, &json!(shown)).await?;
    Ok(made(revision::tagged(response, revision), &path))
}

/// Changes a hospital: what is absent stays as it is. A director of it may.
#[utoipa::path(patch, path = "/v1/hospitals/{id}", tag = "hospitals", request_body = HospitalEdit,
    params(("id" = Uuid, Path), ("If-Match" = String, Header), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The hospital as it is now", body = Hospital), schema::Refusal))]
async fn edit_hospital(
    asked: Asked,
    Id(id): Id<HospitalId>,
    seen: Seen,
    Json(body): Json<HospitalEdit>,
) -> Result<Response, Problem> {
    let changes = body.check()?;
    staff::sender_as(&asked.app, asked.session, id, &[Role::Director]).await?;
    let mut once = match begin(&asked, "edit_hospital", &(id, &seen, &changes)).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let present = edits_store::lock_hospital(once.connection(), id).await?.ok_or_else(nothing)?;
    seen.present(present)?;
    if changes.zone.is_some() && edits_store::has_schedules(once.connection(), id).await? {
        return Err(conflict("has_schedules").field("zone"));
    }
    edits_store::edit_hospital(once.connection(), id, &changes).await?;
    revision_store::raise(once.connection(), &[id]).await?;
    let shown = hospitals_store::find(once.connection(), id).await?.ok_or_else(nothing)?;
    let revision = shown.revision;
    Ok(revision::tagged(once.end(StatusCode::OK, &json!(shown)).await?, revision))
}

/// Adds a doctor, who can be booked once there is a schedule. A director of the hospital may.
#[utoipa::path(post, path = "/v1/hospitals/{id}/doctors", tag = "doctors", request_body = DoctorBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, description = "The doctor", body = Doctor), schema::Refusal))]
async fn add_doctor(
    asked: Asked,
    Id(hospital): Id<HospitalId>,
    Json(body): Json<DoctorBody>,
) -> Result<Response, Problem> {
    let new = body.check()?;
    staff::sender_as(&asked.app, asked.session, hospital, &[Role::Director]).await?;
    let mut once = match begin(&asked, "add_doctor", &(hospital, &new)).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    edits_store::lock_hospital(once.connection(), hospital).await?.ok_or_else(nothing)?;
    let id = DoctorId::generate();
    edits_store::add_doctor(once.connection(), (id, hospital), &new).await?;
    revision_store::raise(once.connection(), &[hospital]).await?;
    let shown = doctors_store::find(once.connection(), id).await?.ok_or_else(nothing)?;
    let (revision, path) = (shown.revision, format!("/v1/doctors/{id}"));
    let response = once.end(StatusCode::CREATED, &json!(shown)).await?;
    Ok(made(revision::tagged(response, revision), &path))
}

/// Changes a doctor's name or department: what is absent stays as it is. A director of the hospital may.
#[utoipa::path(patch, path = "/v1/doctors/{id}", tag = "doctors", request_body = DoctorEdit,
    params(("id" = Uuid, Path), ("If-Match" = String, Header), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The doctor as it is now", body = Doctor), schema::Refusal))]
async fn edit_doctor(
    asked: Asked,
    Id(id): Id<DoctorId>,
    seen: Seen,
    Json(body): Json<DoctorEdit>,
) -> Result<Response, Problem> {
    let changes = body.check()?;
    let mut connection = asked.app.database.acquire().await?;
    let found = doctors_store::find(&mut connection, id).await?.ok_or_else(nothing)?;
    drop(connection);
    let hospital = HospitalId::from_uuid(found.hospital_id);
    staff::sender_as(&asked.app, asked.session, hospital, &[Role::Director]).await?;
    let mut once = match begin(&asked, "edit_doctor", &(id, &seen, &changes)).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let present = edits_store::lock_doctor(once.connection(), id).await?.ok_or_else(nothing)?;
    seen.present(present)?;
    edits_store::edit_doctor(once.connection(), id, &changes).await?;
    revision_store::raise(once.connection(), &[hospital]).await?;
    let shown = doctors_store::find(once.connection(), id).await?.ok_or_else(nothing)?;
    let revision = shown.revision;
    Ok(revision::tagged(once.end(StatusCode::OK, &json!(shown)).await?, revision))
}

fn conflict(current: &str) -> Problem {
    let members = Map::from_iter([("current".to_owned(), Value::from(current))]);
    Problem::new(Code::StateConflict).members(members)
}

fn made(mut response: Response, path: &str) -> Response {
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, path);
    }
    response
}
