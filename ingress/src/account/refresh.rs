//! Changes a refresh token for the next pair. One that comes a second time is in two hands, and nobody can tell whose: the
//! session ends. A retry under the same key is no second time.

use axum::response::Response;
use domain::code::Code;
use domain::ids::RequestId;
use http::StatusCode;
use serde_json::json;

use super::body::RefreshBody;
use super::pair;
use super::schema::Tokens;
use super::sessions_store::{self, EndReason, Family};
use super::visitor::Visitor;
use crate::once::{Begun, Identity, Once};
use crate::page::Json;
use crate::problem::Problem;
use crate::schema;

/// The next pair of tokens. Each refresh token is used once; used again, it ends the session.
#[utoipa::path(post, path = "/v1/account/refresh", tag = "account", request_body = RefreshBody, security(()),
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The next pair", body = Tokens), schema::Refusal))]
pub(super) async fn refresh(
    visitor: Visitor,
    Json(body): Json<RefreshBody>,
) -> Result<Response, Problem> {
    let Visitor { app, key, .. } = &visitor;
    let hash = pair::hash_of(&body.refresh_token);
    let identity = Identity::of(RequestId::of_scope(&hash, key), key, "refresh", &hash)?;
    let mut once = match Once::begin(app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let now = app.clock.now();
    let ended = || Problem::new(Code::SessionEnded);
    let family = sessions_store::family(once.connection(), &hash).await?.ok_or_else(ended)?;
    let Family { account, session, opened_at, .. } = family;
    if family.ended || family.expires_at <= now {
        return Err(ended());
    }
    if family.used {
        let connection = once.connection();
        let until = family.access_until;
        sessions_store::end_one(connection, (account, session), until, EndReason::Reuse, now)
            .await?;
        once.end_unanswered().await?;
        app.sessions.note(account, session, until);
        tracing::warn!(%account, "a refresh token was used twice: its session is ended");
        return Err(ended());
    }
    let pair = pair::pair(app, (account, session), opened_at, now)?;
    sessions_store::rotate(once.connection(), session, &hash, &pair, now).await?;
    once.end(StatusCode::OK, &json!(pair.shown)).await
}
