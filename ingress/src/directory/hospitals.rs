//! The plain list of hospitals, until searching takes its place.

use axum::extract::State;
use axum::response::Response;
use domain::code::Code;
use domain::ids::HospitalId;
use domain::{time, unicode};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

use super::hospitals_store;
use super::schema::{Hospital, Hospitals};
use crate::page::{self, Id, Page, Params};
use crate::problem::Problem;
use crate::session::Visitor;
use crate::state::App;
use crate::text::{Lines, checked};
use crate::{answer, revision, schema};

/// Characters of what is looked for.
const MAX_LOOKED_FOR: usize = 100;

#[derive(Deserialize)]
pub(super) struct Filter {
    q: Option<String>,
    sido: Option<String>,
}

/// Hospitals whose names begin with `q`.
#[utoipa::path(get, path = "/v1/hospitals", tag = "hospitals", security(()),
    params(("q" = Option<String>, Query, description = "at most 100 characters, all of which can be seen"), ("sido" = Option<String>, Query, description = "likewise"), ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query)),
    responses((status = 200, description = "A page", body = Hospitals), schema::Refusal))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _visitor: Visitor,
    Params(filter): Params<Filter>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (after, limit) = (page.after()?, page.limit()?);
    let (q, sido) = (given("q", filter.q.as_deref())?, given("sido", filter.sido.as_deref())?);
    let filters = (q.as_deref(), sido.as_deref());
    let found = hospitals_store::list(&app.database, filters, after, limit + 1).await?;
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    Ok(answer::json(
        StatusCode::OK,
        page::list(found, limit, |hospital| hospital.id, |hospital| json!(hospital), &as_of)
            .to_string(),
    ))
}

/// What is looked for, in the form in which names are stored, without the space around it. What nobody sees in copied
/// words is passed over, as in names.
fn given(field: &'static str, text: Option<&str>) -> Result<Option<String>, Problem> {
    let text = text.map(|text| unicode::normal(text).into_owned());
    let text = checked(field, text, Lines::One, MAX_LOOKED_FOR)?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// One hospital. The ETag is its revision.
#[utoipa::path(get, path = "/v1/hospitals/{id}", tag = "hospitals", security(()), params(("id" = Uuid, Path)),
    responses((status = 200, description = "The hospital", body = Hospital), schema::Refusal))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    _visitor: Visitor,
    Id(id): Id<HospitalId>,
) -> Result<Response, Problem> {
    let mut connection = app.database.acquire().await?;
    let found = hospitals_store::find(&mut connection, id).await?;
    let found = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(revision::json(json!(found).to_string(), found.revision))
}
