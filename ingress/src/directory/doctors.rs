//! Doctors as the lists show them.

use axum::extract::State;
use axum::response::Response;
use domain::code::Code;
use domain::ids::DoctorId;
use domain::time;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

use super::doctors_store;
use super::schema::{Doctor, Doctors};
use crate::page::{self, Id, Page, Params};
use crate::problem::Problem;
use crate::session::Visitor;
use crate::state::App;
use crate::{answer, revision, schema};

#[derive(Deserialize)]
pub(super) struct OfHospital {
    hospital_id: Option<Uuid>,
}

/// Doctors, of one hospital or of all.
#[utoipa::path(get, path = "/v1/doctors", tag = "doctors", security(()),
    params(("hospital_id" = Option<Uuid>, Query), ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query)),
    responses((status = 200, description = "A page", body = Doctors), schema::Refusal))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _visitor: Visitor,
    Params(of): Params<OfHospital>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (after, limit) = (page.after()?, page.limit()?);
    let found = doctors_store::list(&app.database, of.hospital_id, after, limit + 1).await?;
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    Ok(answer::json(
        StatusCode::OK,
        page::list(found, limit, |doctor| doctor.id, |doctor| json!(doctor), &as_of).to_string(),
    ))
}

/// One doctor. The ETag is the revision of name and department.
#[utoipa::path(get, path = "/v1/doctors/{id}", tag = "doctors", security(()), params(("id" = Uuid, Path)),
    responses((status = 200, description = "The doctor", body = Doctor), schema::Refusal))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    _visitor: Visitor,
    Id(id): Id<DoctorId>,
) -> Result<Response, Problem> {
    let mut connection = app.database.acquire().await?;
    let found = doctors_store::find(&mut connection, id).await?;
    let found = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(revision::json(json!(found).to_string(), found.revision))
}
