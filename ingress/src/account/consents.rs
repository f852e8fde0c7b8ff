//! What people agree to, in its present versions.

use axum::extract::State;
use axum::response::Response;
use domain::code::Code;
use domain::time;
use http::StatusCode;
use serde_json::json;
use sqlx::MySqlPool;
use std::sync::Arc;

use super::body::ConsentBody;
use super::consents_store;
use super::schema::ConsentVersions;
use crate::problem::Problem;
use crate::state::App;
use crate::{answer, schema};

/// The present version of everything that people are asked to agree to.
#[utoipa::path(get, path = "/v1/consents", tag = "account", security(()),
    responses((status = 200, description = "All of them", body = ConsentVersions), schema::Refusal))]
pub(super) async fn versions(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let items = consents_store::present(&app.database).await?;
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    let body = json!({"items": items, "next_cursor": null, "as_of": as_of});
    Ok(answer::json(StatusCode::OK, body.to_string()))
}

/// Each is there in its present version, and those that are required are among them.
pub(super) async fn check(database: &MySqlPool, given: &[ConsentBody]) -> Result<(), Problem> {
    let present = consents_store::present(database).await?;
    let is_given = |kind: &str, version: u16| {
        given.iter().any(|given| given.kind == kind && given.version == version)
    };
    let known = |given: &ConsentBody| {
        present.iter().any(|one| one.kind == given.kind && one.version == given.version)
    };
    if given.iter().any(|given| !known(given)) {
        return Err(Problem::invalid(
            "consents",
            "a kind or version that GET /v1/consents does not have",
        ));
    }
    let missing = present.iter().find(|one| one.required && !is_given(&one.kind, one.version));
    match missing {
        None => Ok(()),
        Some(missing) => {
            let detail = format!("{} in version {}", missing.kind, missing.version);
            Err(Problem::new(Code::ConsentMissing).field("consents").detail(detail))
        }
    }
}
