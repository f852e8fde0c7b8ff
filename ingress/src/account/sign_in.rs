//! Signing in. Whether there is such an account shows in nothing: the same reads, a hash of the same cost, the same limits, the
//! same answer.

use axum::response::Response;
use domain::code::Code;
use http::StatusCode;
use serde_json::json;

use super::body::SignInBody;
use super::schema::Tokens;
use super::visitor::Visitor;
use super::{accounts_store, tokens};
use crate::once::{Begun, Once};
use crate::page::Json;
use crate::problem::Problem;
use crate::schema;

/// Signs in. The access token is good for ten minutes at most, the refresh token for one use.
#[utoipa::path(post, path = "/v1/account/sign-in", tag = "account", request_body = SignInBody, security(()),
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "A new session", body = Tokens), schema::Refusal))]
pub(super) async fn sign_in(
    visitor: Visitor,
    Json(body): Json<SignInBody>,
) -> Result<Response, Problem> {
    let app = &visitor.app;
    let (email, password) = body.check()?;
    let place = visitor.place_mac();
    let now = app.clock.now();
    let found = accounts_store::to_sign_in(&app.database, &email, place.as_deref(), now).await?;
    let known_here = found.as_ref().is_some_and(|found| found.known_here);
    let own = &app.rooms.account;
    own.limits.sign_in(&email, visitor.address, known_here)?;
    let identity = visitor.identity(&email, "sign-in", &password)?;
    let (account, hash) = found.map(|found| (found.account, found.password)).unzip();
    let good = own.hasher.verify(password, hash.flatten(), known_here).await?;
    let account = account.filter(|_| good).ok_or_else(|| Problem::new(Code::SignInRefused))?;
    let mut once = match Once::begin(app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let tokens = tokens::open(once.connection(), app, account, place, now).await?;
    once.end(StatusCode::OK, &json!(tokens)).await
}
