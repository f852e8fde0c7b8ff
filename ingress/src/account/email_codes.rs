//! Sends a code to an e-mail address: to prove that it is one's own before there is an account, or to set another password.
//! Whether there is an account is told by the mail, to whoever reads it, and never by the answer.

use axum::response::Response;
use chrono::TimeDelta;
use http::StatusCode;
use serde_json::json;

use super::body::{CodeFor, EmailCodeBody};
use super::codes::{Asking, Purpose};
use super::schema::CodeSent;
use super::visitor::Visitor;
use super::{accounts_store, letters};
use crate::mail::Posting;
use crate::once::{self, Begun, Once};
use crate::page::Json;
use crate::problem::Problem;
use crate::schema;

/// Sends a code of six digits. It holds for ten minutes, for five tries and once; the next one is sent a minute later at the
/// earliest, five an hour. The answer is the same whether there is such an account or not.
#[utoipa::path(post, path = "/v1/account/email-codes", tag = "account", request_body = EmailCodeBody, security(()),
    params(("Idempotency-Key" = String, Header, description = "16 to 128 visible ASCII characters; the same key is the same request for a day")),
    responses((status = 202, description = "A mail is on its way", body = CodeSent), schema::Refusal))]
pub(super) async fn send_code(
    visitor: Visitor,
    Json(body): Json<EmailCodeBody>,
) -> Result<Response, Problem> {
    let (email, code_for) = body.check()?;
    let identity = visitor.identity(&email, "email-codes", &(email.as_str(), code_for))?;
    let app = &visitor.app;
    if let Some(response) = once::answered(app, identity).await? {
        return Ok(response);
    }
    let (codes, now) = (&app.rooms.account.codes, app.clock.now());
    let purpose = Purpose::from(code_for);
    let asking = Asking { purpose, email: &email, request: identity.id, now };
    let code = codes.issue(&app.seal, &asking).await?;
    let mut once = match Once::begin(app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let known = accounts_store::is_known(once.connection(), &email).await?;
    let minutes = codes.rules().valid_s / 60;
    let letter = letters::code(code_for, known, &code, minutes);
    let expires_at = now + TimeDelta::seconds(i64::try_from(codes.rules().valid_s).unwrap_or(600));
    let posting = Posting {
        notice: identity.id.uuid(),
        recipient: email.as_str(),
        now,
        expires_at,
        // Whoever asks for a new password of an address without an account is not written to: nobody there asked.
        held: purpose == Purpose::Reset && !known,
    };
    app.mail.write(once.connection(), &posting, &letter).await?;
    let rules = codes.rules();
    let body = json!({"expires_in": rules.valid_s, "again_in": rules.pause_s});
    let response = once.end(StatusCode::ACCEPTED, &body).await?;
    app.mail.wake();
    Ok(response)
}

impl From<CodeFor> for Purpose {
    fn from(code_for: CodeFor) -> Self {
        match code_for {
            CodeFor::SignUp => Purpose::SignUp,
            CodeFor::Reset => Purpose::Reset,
        }
    }
}
