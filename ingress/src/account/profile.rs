//! What an account says of its holder.

use axum::extract::State;
use axum::response::Response;
use domain::code::Code;
use domain::ids::RequestId;
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

use super::accounts_store;
use super::body::ProfileBody;
use super::schema::Profile;
use crate::asked::Asked;
use crate::once::{Begun, Identity, Once};
use crate::page::Json;
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, schema};

/// The account that is signed in: its holder, and where they work.
#[utoipa::path(get, path = "/v1/account", tag = "account",
    responses((status = 200, description = "The account", body = Profile), schema::Refusal))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    session: Session,
) -> Result<Response, Problem> {
    let mut connection = app.database.acquire().await?;
    let found = accounts_store::profile(&mut connection, session.account).await?;
    let found = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(answer::json(StatusCode::OK, json!(found).to_string()))
}

/// Changes name or phone: what is absent stays as it is.
#[utoipa::path(patch, path = "/v1/account", tag = "account", request_body = ProfileBody,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The account as it is now", body = Profile), schema::Refusal))]
pub(super) async fn edit(
    Asked { app, session, key, .. }: Asked,
    Json(body): Json<ProfileBody>,
) -> Result<Response, Problem> {
    let changes = body.check()?;
    let id = RequestId::of(session.account, &key);
    let identity = Identity::of(id, &key, "profile", &changes)?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    accounts_store::edit(once.connection(), session.account, &changes).await?;
    let found = accounts_store::profile(once.connection(), session.account).await?;
    let found = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    once.end(StatusCode::OK, &json!(found)).await
}
