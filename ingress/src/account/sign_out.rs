//! Signing out, here or everywhere. It holds at once where it was asked for, and within a second or so on every other replica;
//! sockets are closed.

use axum::response::Response;
use domain::ids::RequestId;
use http::StatusCode;
use serde_json::json;

use super::body::SignOutBody;
use super::schema::Ended;
use super::sessions_store::{self, EndReason};
use crate::asked::Asked;
use crate::once::{Begun, Identity, Once};
use crate::page::Json;
use crate::problem::Problem;
use crate::schema;

/// Ends this session, or all of the account.
#[utoipa::path(post, path = "/v1/account/sign-out", tag = "account", request_body = Option<SignOutBody>,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "How many sessions have ended", body = Ended), schema::Refusal))]
pub(super) async fn sign_out(
    Asked { app, session, key, .. }: Asked,
    Json(body): Json<SignOutBody>,
) -> Result<Response, Problem> {
    let id = RequestId::of(session.account, &key);
    let identity = Identity::of(id, &key, "sign-out", &body)?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let (now, connection) = (app.clock.now(), once.connection());
    let own = (session.account, session.id);
    let ended = if body.everywhere {
        let reason = EndReason::SignOutEverywhere;
        sessions_store::end_all(connection, own, session.until, reason, now).await?
    } else {
        let reason = EndReason::SignOut;
        sessions_store::end_one(connection, own, session.until, reason, now).await?;
        vec![(session.id, session.until)]
    };
    let response = once.end(StatusCode::OK, &json!({"ended": ended.len()})).await?;
    for (id, until) in ended {
        app.sessions.note(session.account, id, until);
    }
    Ok(response)
}
