//! What an account is told of reads: which hospital has read whom of its people, by which route, when. By a mail it is told of look-ups; here
//! all reads stand, also for who has no address.

use axum::extract::State;
use axum::response::Response;
use domain::time;
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

use super::schema::{AccountRead, AccountReads};
use crate::access_store::{self, Told};
use crate::page::{self, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, schema};

/// Every read of a name, a phone or a reason of the account's people by staff of a hospital, newest first.
#[utoipa::path(get, path = "/v1/account/access-log", tag = "account",
    params(("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = AccountReads), schema::Refusal))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (before, limit) = (page.after_number()?, page.limit()?);
    let found = access_store::of_account(&app.database, session.account, before, limit + 1).await?;
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    let cursor = |last: &Told| page::cursor_of_number(last.number);
    let list = page::list_by(found, limit, cursor, shown, &as_of);
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

fn shown(told: Told) -> Value {
    json!(AccountRead {
        at: time::show(told.at, chrono_tz::UTC),
        hospital_id: told.hospital,
        hospital_name: told.hospital_name,
        patient_id: told.patient,
        route: told.route,
    })
}
