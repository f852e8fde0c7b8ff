//! Accepting an invitation: with the code of the mail, by the account of the address that it went to.

use axum::response::Response;
use domain::code::Code;
use domain::ids::{AccountId, RequestId};
use domain::time::Timestamp;
use http::StatusCode;
use platform::database::broken_key;
use serde_json::json;
use sqlx::MySqlConnection;

use super::body::AcceptBody;
use super::invitations_store::{self, End, Shown};
use super::members_store::{self, Cause, Change};
use super::schema::Joined;
use super::secret::SecretHash;
use crate::asked::Asked;
use crate::once::{Begun, Identity, Once};
use crate::page::Json;
use crate::problem::Problem;
use crate::schema;

/// Accepts an invitation. The account has the e-mail address that was invited.
#[utoipa::path(post, path = "/v1/invitations/accept", tag = "memberships", request_body = AcceptBody,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "Where the account works from now on", body = Joined), schema::Refusal))]
pub(super) async fn accept(
    Asked { app, session, key, .. }: Asked,
    Json(body): Json<AcceptBody>,
) -> Result<Response, Problem> {
    let secret = body.check();
    let request = RequestId::of(session.account, &key);
    let identity = Identity::of(request, &key, "invitations/accept", &secret)?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let (connection, now) = (once.connection(), app.clock.now());
    let shown = holding(connection, session.account, &secret, now).await?;
    invitations_store::end(connection, shown.id, End::Accepted, now).await?;
    let (account, hospital) = (session.account, shown.hospital);
    let (actor, cause) = (account, Cause::Invitation);
    let change = Change { at: now, actor, account, hospital, cause, reason: None };
    let added = members_store::add(connection, &change, shown.role, shown.doctor).await;
    added.map_err(|error| match broken_key(&error).as_deref() {
        Some("membership_doctor") => {
            Problem::new(Code::StateConflict).detail("the doctor has an account")
        }
        Some(_) => Problem::new(Code::StateConflict).detail("you work there in that role"),
        None => error.into(),
    })?;
    let name = members_store::hospital_name(connection, hospital).await?;
    let role: &'static str = shown.role.into();
    let joined = Joined {
        account_id: account.uuid(),
        hospital_id: hospital.uuid(),
        hospital_name: name.unwrap_or_default(),
        role: role.to_owned(),
        doctor_id: shown.doctor.map(domain::ids::DoctorId::uuid),
    };
    once.end(StatusCode::OK, &json!(joined)).await
}

/// The invitation of that secret, if it holds and is this account's. One that was sent by somebody who directs the hospital
/// no more holds as well: the others see it in their list.
async fn holding(
    connection: &mut MySqlConnection,
    account: AccountId,
    secret: &SecretHash,
    now: Timestamp,
) -> Result<Shown, Problem> {
    let shown = invitations_store::by_secret(connection, secret).await?;
    let holds = |shown: &Shown| shown.is_open && shown.expires_at > now;
    let shown = shown.filter(holds).ok_or_else(|| Problem::new(Code::CodeWrong).field("code"))?;
    let contact = members_store::contact(connection, account).await?;
    let email = contact.and_then(|contact| contact.email);
    if email.as_deref() != Some(shown.email.as_str()) {
        let rule = "the invitation is for the account of another e-mail address";
        return Err(Problem::new(Code::Forbidden).detail(rule));
    }
    Ok(shown)
}
