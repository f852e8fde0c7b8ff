//! Another password: by whoever knows the present one, or reads the mails of the address. All sessions end, and a mail says so.

use axum::response::Response;
use chrono::TimeDelta;
use domain::code::Code;
use domain::ids::{AccountId, RequestId, SessionId};
use domain::time::Timestamp;
use http::StatusCode;
use serde_json::json;

use super::body::{self, PasswordBody, ResetBody};
use super::codes::{Asking, Purpose};
use super::schema::Ended;
use super::sessions_store::{self, EndReason};
use super::visitor::Visitor;
use super::{accounts_store, letters};
use crate::asked::Asked;
use crate::mail::Posting;
use crate::once::{self, Begun, Identity, Once};
use crate::page::Json;
use crate::problem::Problem;
use crate::schema;
use crate::state::App;

/// How long the mail about it is tried.
const TOLD_WITHIN: TimeDelta = TimeDelta::days(2);

/// Sets another password. All sessions of the account end, this one too: sign in again.
#[utoipa::path(post, path = "/v1/account/password", tag = "account", request_body = PasswordBody,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "How many sessions have ended", body = Ended), schema::Refusal))]
pub(super) async fn change(
    Asked { app, session, key, .. }: Asked,
    Json(body): Json<PasswordBody>,
) -> Result<Response, Problem> {
    let account = session.account;
    let found = accounts_store::password(&app.database, account).await?;
    // An account of the command line has neither address nor password.
    let (email, hash) = found.ok_or_else(|| Problem::new(Code::PasswordWrong))?;
    let address = body::email(&email)?;
    let new = body::new_password("new_password", &body.new_password, &address)?;
    let current = body::typed_password(&body.current_password);
    let identity = Identity::of(RequestId::of(account, &key), &key, "password", &(&current, &new))?;
    if let Some(response) = once::answered(&app, identity).await? {
        return Ok(response);
    }
    let own = &app.rooms.account;
    own.limits.sign_in(&address, None, false)?;
    if !own.hasher.verify(current, Some(hash), true).await? {
        return Err(Problem::new(Code::PasswordWrong).field("current_password"));
    }
    let hash = own.hasher.hash(new).await?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let (now, reason) = (app.clock.now(), EndReason::Password);
    let own = (account, session.id);
    let ended = sessions_store::end_all(once.connection(), own, session.until, reason, now).await?;
    set(&app, once, identity, (account, &email, &hash), ended, now).await
}

/// Sets a new password with the code that came by e-mail. All sessions of the account end.
#[utoipa::path(post, path = "/v1/account/password-reset", tag = "account", request_body = ResetBody, security(()),
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "How many sessions have ended", body = Ended), schema::Refusal))]
pub(super) async fn reset(
    visitor: Visitor,
    Json(body): Json<ResetBody>,
) -> Result<Response, Problem> {
    let app = &visitor.app;
    let (email, code, new) = body.check()?;
    let identity = visitor.identity(&email, "password-reset", &(email.as_str(), &code, &new))?;
    if let Some(response) = once::answered(app, identity).await? {
        return Ok(response);
    }
    let now = app.clock.now();
    let asking = Asking { purpose: Purpose::Reset, email: &email, request: identity.id, now };
    app.rooms.account.codes.redeem(&app.seal, &asking, &code).await?;
    let hash = app.rooms.account.hasher.hash(new).await?;
    let found = accounts_store::to_sign_in(&app.database, &email, None, now).await?;
    let account = found.ok_or_else(|| Problem::new(Code::CodeWrong))?.account;
    let mut once = match Once::begin(app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let reason = EndReason::Password;
    let ended = sessions_store::end_all_of(once.connection(), account, reason, now).await?;
    set(app, once, identity, (account, email.as_str(), &hash), ended, now).await
}

async fn set(
    app: &App,
    mut once: Once,
    identity: Identity,
    (account, email, hash): (AccountId, &str, &str),
    ended: Vec<(SessionId, Timestamp)>,
    now: Timestamp,
) -> Result<Response, Problem> {
    accounts_store::set_password(once.connection(), account, hash).await?;
    let posting = Posting {
        notice: identity.id.uuid(),
        recipient: email,
        now,
        expires_at: now + TOLD_WITHIN,
        held: false,
    };
    app.mail.write(once.connection(), &posting, &letters::password_changed()).await?;
    let response = once.end(StatusCode::OK, &json!({"ended": ended.len()})).await?;
    for (session, until) in ended {
        app.sessions.note(account, session, until);
    }
    app.mail.wake();
    Ok(response)
}
