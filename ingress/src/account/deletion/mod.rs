//! The end of an account. One transaction takes away who it was: name, address, phone, password, the names of its people, its
//! memberships; and ends its sessions. From then on workers refuse what it still has in the queue, since they hold the patients'
//! rows while they decide. What is booked already is given back by a task (`giving_back`) that goes on from a row, whoever dies.

mod deletions_store;
mod giving_back;

use axum::response::Response;
use chrono::TimeDelta;
use domain::code::Code;
use domain::ids::{AccountId, RequestId};
use domain::time::Timestamp;
use http::StatusCode;
use platform::crash;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::schema::Deleted;
use super::sessions_store::{self, EndReason};
use super::{accounts_store, body, letters};
use crate::asked::Asked;
use crate::mail::Posting;
use crate::once::{self, Begun, Identity, Once};
use crate::page::Json;
use crate::problem::Problem;
use crate::schema;
use crate::state::App;

pub(crate) use giving_back::run;

/// `DELETE /v1/account`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteBody {
    password: String,
}

/// How long the mail about it is tried.
const TOLD_WITHIN: TimeDelta = TimeDelta::days(2);

/// Deletes the account, at once and for good. All its sessions end, this one too. Its bookings to come and its tickets are
/// cancelled; who sees a doctor just now, is seen. Visits stay in the hospitals' books without a name, and the address can sign up
/// again.
#[utoipa::path(delete, path = "/v1/account", tag = "account", request_body = DeleteBody,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "It is deleted; what it had is being cancelled", body = Deleted), schema::Refusal))]
pub(super) async fn delete(
    Asked { app, session, key, .. }: Asked,
    Json(body): Json<DeleteBody>,
) -> Result<Response, Problem> {
    let (account, id) = (session.account, RequestId::of(session.account, &key));
    let found = accounts_store::password(&app.database, account).await?;
    // An account of the command line has neither address nor password.
    let wrong = || Problem::new(Code::PasswordWrong).field("password");
    let (email, hash) = found.ok_or_else(wrong)?;
    let password = body::typed_password(&body.password);
    let identity = Identity::of(id, &key, "account/delete", &password)?;
    if let Some(response) = once::answered(&app, identity).await? {
        return Ok(response);
    }
    let own = &app.rooms.account;
    own.limits.sign_in(&body::email(&email)?, None, false)?;
    if !own.hasher.verify(password, Some(hash), true).await? {
        return Err(wrong());
    }
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let now = app.clock.now();
    if !deletions_store::lock(once.connection(), account).await? {
        return Err(Problem::new(Code::SessionEnded));
    }
    if deletions_store::is_last_director(once.connection(), account).await? {
        return Err(Problem::new(Code::LastDirector));
    }
    let signed_in = (account, session.id);
    let reason = EndReason::Deleted;
    let ended =
        sessions_store::end_all(once.connection(), signed_in, session.until, reason, now).await?;
    let left = take_away(&app, &mut once, (account, &email), id, now).await?;
    let response = once.end(StatusCode::OK, &json!(left)).await?;
    for (session, until) in ended {
        app.sessions.note(account, session, until);
    }
    crash::point("account_deleted");
    own.deleted.notify_one();
    app.mail.wake();
    Ok(response)
}

/// Who it was goes, and what it had is noted.
async fn take_away(
    app: &App,
    once: &mut Once,
    (account, email): (AccountId, &str),
    request: RequestId,
    now: Timestamp,
) -> Result<Deleted, Problem> {
    let connection = once.connection();
    deletions_store::anonymise(connection, account, now).await?;
    deletions_store::forget_mails(connection, email).await?;
    deletions_store::mark(connection, account, now).await?;
    let left = deletions_store::left(connection, account, now, deletions_store::ALL).await?;
    let expires_at = now + TOLD_WITHIN;
    let (notice, held) = (request.uuid(), false);
    let posting = Posting { notice, recipient: email, now, expires_at, held };
    app.mail.write(connection, &posting, &letters::account_deleted()).await?;
    let tickets = left.iter().filter(|one| one.is_ticket).count();
    Ok(Deleted { bookings: left.len() - tickets, tickets })
}
