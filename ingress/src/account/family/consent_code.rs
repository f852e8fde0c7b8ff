//! The code by which an adult agrees to be in somebody's family: it goes to an address of their own, and they hand it on.

use axum::response::Response;
use chrono::TimeDelta;
use domain::ids::{AccountId, RequestId};
use http::StatusCode;
use serde_json::json;

use super::body::{Consent, ConsentCodeBody};
use super::family_store;
use crate::account::codes::{Asking, Purpose};
use crate::account::schema::CodeSent;
use crate::account::{body, letters};
use crate::asked::Asked;
use crate::mail::Posting;
use crate::once::{self, Begun, Identity, Once};
use crate::page::Json;
use crate::problem::Problem;
use crate::schema;
use crate::state::App;

/// Asks an adult to agree: sends them a code of six digits, which they tell the account. It holds as other codes do.
#[utoipa::path(post, path = "/v1/patients/codes", tag = "family", request_body = ConsentCodeBody,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 202, description = "A mail is on its way", body = CodeSent), schema::Refusal))]
pub(super) async fn send(
    Asked { app, session, key, .. }: Asked,
    Json(body): Json<ConsentCodeBody>,
) -> Result<Response, Problem> {
    let account = session.account;
    let email = body::email(&body.email)?;
    let id = RequestId::of(account, &key);
    let identity = Identity::of(id, &key, "patients/codes", &email.as_str())?;
    if let Some(response) = once::answered(&app, identity).await? {
        return Ok(response);
    }
    let (name, own_email) = family_store::name(&app.database, account).await?;
    if own_email.is_some_and(|own| own == email.as_str()) {
        return Err(Problem::invalid("email", "the adult's own address, not that of the account"));
    }
    let own = &app.rooms.account;
    own.limits.family_code(account)?;
    let now = app.clock.now();
    let asking = Asking { purpose: Purpose::Family(account), email: &email, request: id, now };
    let code = own.codes.issue(&app.seal, &asking).await?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let rules = own.codes.rules();
    let letter = letters::family_code(&name.unwrap_or_default(), &code, rules.valid_s / 60);
    let expires_at = now + TimeDelta::seconds(i64::try_from(rules.valid_s).unwrap_or(600));
    let recipient = email.as_str();
    let posting = Posting { notice: id.uuid(), recipient, now, expires_at, held: false };
    app.mail.write(once.connection(), &posting, &letter).await?;
    let body = json!({"expires_in": rules.valid_s, "again_in": rules.pause_s});
    let response = once.end(StatusCode::ACCEPTED, &body).await?;
    app.mail.wake();
    Ok(response)
}

/// Takes an adult's code, once, for the account that asked.
pub(super) async fn redeem(
    app: &App,
    (account, request): (AccountId, RequestId),
    consent: &Consent,
) -> Result<(), Problem> {
    let (purpose, now) = (Purpose::Family(account), app.clock.now());
    let asking = Asking { purpose, email: &consent.email, request, now };
    app.rooms.account.codes.redeem(&app.seal, &asking, &consent.code).await
}
