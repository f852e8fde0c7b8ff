//! Who got and lost which role at a hospital, as its directors read it.

use axum::extract::State;
use axum::response::Response;
use domain::ids::HospitalId;
use domain::people::Role;
use domain::time;
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

use super::members_store::{self, Numbered};
use super::schema::MembershipChanges;
use crate::page::{self, Id, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, schema, staff};

/// Every change of who works at the hospital, newest first. For directors.
#[utoipa::path(get, path = "/v1/hospitals/{id}/membership-changes", tag = "memberships",
    params(("id" = Uuid, Path), ("cursor" = Option<String>, Query),
        ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = MembershipChanges), schema::Refusal))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Id(hospital): Id<HospitalId>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (before, limit) = (page.after_number()?, page.limit()?);
    staff::sender_as(&app, session, hospital, &[Role::Director]).await?;
    let found = members_store::changes(&app.database, hospital, before, limit + 1).await?;
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    let cursor = |last: &Numbered| page::cursor_of_number(last.number);
    let list = page::list_by(found, limit, cursor, |one| json!(one.change), &as_of);
    Ok(answer::json(StatusCode::OK, list.to_string()))
}
