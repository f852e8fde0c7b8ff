//! Those who work at a hospital: as their director lists and removes them, and as they leave. A hospital never loses its last
//! director.

use axum::extract::State;
use axum::response::Response;
use chrono::TimeDelta;
use domain::code::Code;
use domain::ids::{AccountId, HospitalId, RequestId};
use domain::people::Role;
use domain::time;
use http::StatusCode;
use serde_json::json;
use sqlx::MySqlConnection;
use std::sync::Arc;

use super::body::ReasonBody;
use super::letters;
use super::members_store::{self, Cause, Change};
use super::schema::{Colleagues, Gone};
use crate::asked::Asked;
use crate::mail::Posting;
use crate::once::{Begun, Identity, Once};
use crate::page::{self, Id, Ids, Json, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, schema, staff};

/// How long the mail to somebody who was removed is tried.
const TOLD_WITHIN: TimeDelta = TimeDelta::days(2);

/// Those who work at the hospital. For directors.
#[utoipa::path(get, path = "/v1/hospitals/{id}/members", tag = "memberships",
    params(("id" = Uuid, Path), ("cursor" = Option<String>, Query),
        ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = Colleagues), schema::Refusal))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Id(hospital): Id<HospitalId>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (after, limit) = (page.after()?, page.limit()?);
    staff::sender_as(&app, session, hospital, &[Role::Director]).await?;
    let found = members_store::list(&app.database, hospital, after, limit + 1).await?;
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    let list = page::list(found, limit, |one| one.account_id, |one| json!(one), &as_of);
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

/// Removes somebody from the hospital, in all roles, and mails that to them. For directors.
#[utoipa::path(post, path = "/v1/hospitals/{id}/members/{account}/remove", tag = "memberships",
    request_body = Option<ReasonBody>,
    params(("id" = Uuid, Path), ("account" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "What they were", body = Gone), schema::Refusal))]
pub(super) async fn remove(
    asked: Asked,
    Ids(hospital, account): Ids<HospitalId, AccountId>,
    Json(body): Json<ReasonBody>,
) -> Result<Response, Problem> {
    let reason = body.check()?;
    staff::sender_as(&asked.app, asked.session, hospital, &[Role::Director]).await?;
    go(asked, (account, hospital), Cause::Removed, reason).await
}

/// Leaves the hospital, in all roles.
#[utoipa::path(post, path = "/v1/hospitals/{id}/leave", tag = "memberships", request_body = Option<ReasonBody>,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "What one was", body = Gone), schema::Refusal))]
pub(super) async fn leave(
    asked: Asked,
    Id(hospital): Id<HospitalId>,
    Json(body): Json<ReasonBody>,
) -> Result<Response, Problem> {
    let (account, reason) = (asked.session.account, body.check()?);
    go(asked, (account, hospital), Cause::Left, reason).await
}

async fn go(
    Asked { app, session, key, .. }: Asked,
    (account, hospital): (AccountId, HospitalId),
    cause: Cause,
    reason: Option<String>,
) -> Result<Response, Problem> {
    let route = if cause == Cause::Left { "members/leave" } else { "members/remove" };
    let request = RequestId::of(session.account, &key);
    let identity = Identity::of(request, &key, route, &(hospital, account, &reason))?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let (at, actor, reason) = (app.clock.now(), session.account, reason.as_deref());
    let change = Change { at, actor, account, hospital, cause, reason };
    // The account is locked before memberships, as where an account ends.
    let contact = members_store::contact(once.connection(), account).await?;
    let roles = taken(once.connection(), &change).await?;
    if let Some(email) = contact.and_then(|contact| contact.email).filter(|_| actor != account) {
        tell(&app, once.connection(), &change, (&email, request)).await?;
    }
    let roles = roles.into_iter().map(|role| <&'static str>::from(role).to_owned()).collect();
    let gone = Gone { account_id: account.uuid(), hospital_id: hospital.uuid(), roles };
    let response = once.end(StatusCode::OK, &json!(gone)).await?;
    app.mail.wake();
    Ok(response)
}

/// Takes all roles of the account. Who removes another is still a director, now that nobody else changes memberships there.
async fn taken(
    connection: &mut MySqlConnection,
    change: &Change<'_>,
) -> Result<Vec<Role>, Problem> {
    let directors = members_store::directors(connection, change.hospital).await?;
    let may = change.actor == change.account || directors.contains(&change.actor);
    let roles = members_store::roles(connection, change.account, change.hospital).await?;
    if !may || roles.is_empty() {
        return Err(Problem::new(Code::NotFound));
    }
    if roles.contains(&Role::Director) && directors.len() <= 1 {
        return Err(Problem::new(Code::LastDirector));
    }
    members_store::remove(connection, change, &roles).await?;
    Ok(roles)
}

async fn tell(
    app: &App,
    connection: &mut MySqlConnection,
    change: &Change<'_>,
    (recipient, request): (&str, RequestId),
) -> Result<(), Problem> {
    let name = members_store::hospital_name(connection, change.hospital).await?;
    let letter = letters::removed(&name.unwrap_or_default());
    let (notice, now, expires_at) = (request.uuid(), change.at, change.at + TOLD_WITHIN);
    let posting = Posting { notice, recipient, now, expires_at, held: false };
    app.mail.write(connection, &posting, &letter).await
}
