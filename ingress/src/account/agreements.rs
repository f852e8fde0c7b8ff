//! What an account has agreed to: seen, agreed to in a new version, withdrawn where it is not required.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::code::Code;
use domain::ids::RequestId;
use domain::time;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

use super::body::ConsentBody;
use super::schema::{Agreement, Agreements};
use super::{accounts_store, consents_store};
use crate::asked::Asked;
use crate::once::{Begun, Identity, Once};
use crate::page::Json;
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, schema};

/// `POST /v1/account/consents`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsentsBody {
    /// In their present versions. What is agreed to already stays as it is.
    consents: Vec<ConsentBody>,
}

fn shown(app: &App, items: &[Agreement]) -> Value {
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    json!({"items": items, "next_cursor": null, "as_of": as_of})
}

/// Everything that people are asked to agree to, and how the account stands to it.
#[utoipa::path(get, path = "/v1/account/consents", tag = "account",
    responses((status = 200, description = "All of them", body = Agreements), schema::Refusal))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    session: Session,
) -> Result<Response, Problem> {
    let mut connection = app.database.acquire().await?;
    let items = consents_store::of_account(&mut connection, session.account).await?;
    Ok(answer::json(StatusCode::OK, shown(&app, &items).to_string()))
}

/// Agrees to present versions.
#[utoipa::path(post, path = "/v1/account/consents", tag = "account", request_body = ConsentsBody,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "How the account stands now", body = Agreements), schema::Refusal))]
pub(super) async fn give(
    Asked { app, session, key, .. }: Asked,
    Json(mut body): Json<ConsentsBody>,
) -> Result<Response, Problem> {
    let account = session.account;
    body.consents.sort_unstable();
    body.consents.dedup();
    let identity = Identity::of(RequestId::of(account, &key), &key, "consents", &body)?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let connection = once.connection();
    if !accounts_store::hold(connection, account).await? {
        return Err(Problem::new(Code::SessionEnded));
    }
    let now_is = consents_store::of_account(connection, account).await?;
    let mut given = Vec::new();
    for wanted in body.consents {
        let is_it = |one: &&Agreement| one.kind == wanted.kind && one.version == wanted.version;
        let Some(present) = now_is.iter().find(is_it) else {
            let detail = "a kind or version that GET /v1/consents does not have";
            return Err(Problem::invalid("consents", detail));
        };
        if present.agreed.as_ref().is_none_or(|agreed| agreed.version != wanted.version) {
            given.push(wanted);
        }
    }
    consents_store::give(connection, account, &given, app.clock.now()).await?;
    let items = consents_store::of_account(connection, account).await?;
    let body = shown(&app, &items);
    once.end(StatusCode::OK, &body).await
}

/// Withdraws a consent that is not required.
#[utoipa::path(delete, path = "/v1/account/consents/{kind}", tag = "account",
    params(("kind" = String, Path, description = "`marketing`, say"), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "How the account stands now", body = Agreements), schema::Refusal))]
pub(super) async fn withdraw(
    Asked { app, session, key, .. }: Asked,
    Path(kind): Path<String>,
) -> Result<Response, Problem> {
    let account = session.account;
    let identity = RequestId::of(account, &key);
    let identity = Identity::of(identity, &key, "consents/withdraw", &kind)?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let connection = once.connection();
    let now_is = consents_store::of_account(connection, account).await?;
    let found = now_is.into_iter().find(|one| one.kind == kind);
    let found = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    if found.required {
        return Err(Problem::new(Code::ConsentRequired));
    }
    if let Some(agreed) = found.agreed {
        let consent = ConsentBody { kind, version: agreed.version };
        consents_store::withdraw(connection, account, &consent, app.clock.now()).await?;
    }
    let items = consents_store::of_account(connection, account).await?;
    let body = shown(&app, &items);
    once.end(StatusCode::OK, &body).await
}
