//! Invitations as a director sends, sees and withdraws them. What opens one is in the mail alone.

use axum::extract::State;
use axum::response::Response;
use chrono::TimeDelta;
use domain::code::Code;
use domain::ids::{AccountId, HospitalId, InvitationId, RequestId};
use domain::people::Role;
use domain::time::{self, Timestamp};
use http::StatusCode;
use serde_json::json;
use sqlx::MySqlConnection;
use std::sync::Arc;

use super::body::{InvitationBody, Invited};
use super::invitations_store::{self, End, NewInvitation};
use super::schema::{Invitation, Invitations};
use super::{letters, members_store, secret};
use crate::asked::Asked;
use crate::mail::Posting;
use crate::once::{Begun, Identity, Once};
use crate::page::{self, Id, Ids, Json, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, schema, staff};

/// How long an invitation holds.
const HOLDS_DAYS: i64 = 7;
/// Open invitations that a hospital has at most.
const MAX_OPEN: i64 = 50;
/// Invitations of a hospital to one address within a day.
const MAX_A_DAY: i64 = 5;

/// Asks somebody by e-mail to work at the hospital. The invitation holds for seven days and once; a later one to the same
/// address in the same role takes its place. For directors.
#[utoipa::path(post, path = "/v1/hospitals/{id}/invitations", tag = "memberships", request_body = InvitationBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, description = "The mail is on its way", body = Invitation), schema::Refusal))]
pub(super) async fn invite(
    Asked { app, session, key, .. }: Asked,
    Id(hospital): Id<HospitalId>,
    Json(body): Json<InvitationBody>,
) -> Result<Response, Problem> {
    let invited = body.check()?;
    staff::sender_as(&app, session, hospital, &[Role::Director]).await?;
    let said = (hospital, invited.email.as_str(), invited.role, invited.doctor);
    let request = RequestId::of(session.account, &key);
    let identity = Identity::of(request, &key, "invitations", &said)?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let (connection, now) = (once.connection(), app.clock.now());
    directed_by(connection, session.account, hospital).await?;
    may_invite(connection, hospital, &invited, now).await?;
    let (id, expires_at) = (InvitationId::generate(), now + TimeDelta::days(HOLDS_DAYS));
    let (code, secret) = secret::generate();
    let Invited { email, role, doctor } = &invited;
    let (role, doctor, by) = (*role, *doctor, session.account);
    let new = NewInvitation { id, hospital, email, role, doctor, by, now, expires_at, secret };
    invitations_store::add(connection, &new).await?;
    let name = members_store::hospital_name(connection, hospital).await?.unwrap_or_default();
    let letter = letters::invited(&name, role, &code, HOLDS_DAYS);
    let (notice, recipient) = (id.uuid(), email.as_str());
    let posting = Posting { notice, recipient, now, expires_at, held: false };
    app.mail.write(connection, &posting, &letter).await?;
    let made = found(connection, hospital, id).await?;
    let response = once.end(StatusCode::CREATED, &json!(made)).await?;
    app.mail.wake();
    Ok(response)
}

/// The right again, in the transaction, which has the hospital's directors to itself from here on.
async fn directed_by(
    connection: &mut MySqlConnection,
    account: AccountId,
    hospital: HospitalId,
) -> Result<(), Problem> {
    let directors = members_store::directors(connection, hospital).await?;
    if directors.contains(&account) { Ok(()) } else { Err(Problem::new(Code::NotFound)) }
}

/// Whether somebody more can be invited; the one before gives way.
async fn may_invite(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
    invited: &Invited,
    now: Timestamp,
) -> Result<(), Problem> {
    let conflict = |detail| Problem::new(Code::StateConflict).detail(detail);
    if let Some(doctor) = invited.doctor {
        match members_store::doctor_is_free(connection, hospital, doctor).await? {
            None => return Err(Problem::new(Code::NotFound).field("doctor_id")),
            Some(false) => return Err(conflict("the doctor has an account").field("doctor_id")),
            Some(true) => {}
        }
    }
    let of = (&invited.email, hospital, invited.role);
    if invitations_store::has_role(connection, of).await? {
        return Err(conflict("the account of that address works there in that role"));
    }
    let day = now - TimeDelta::days(1);
    let sent = invitations_store::sent_since(connection, hospital, &invited.email, day).await?;
    invitations_store::replace(connection, of, now).await?;
    let open = invitations_store::open(connection, hospital, now).await?;
    let rule = if sent >= MAX_A_DAY {
        format!("at most {MAX_A_DAY} invitations to an address a day")
    } else if open >= MAX_OPEN {
        format!("at most {MAX_OPEN} invitations are open at a time")
    } else {
        return Ok(());
    };
    Err(Problem::new(Code::LimitReached).detail(rule))
}

async fn found(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
    id: InvitationId,
) -> Result<Invitation, Problem> {
    let found = invitations_store::find(connection, hospital, id).await?;
    found.ok_or_else(|| Problem::new(Code::NotFound))
}

/// The hospital's open invitations, oldest first. For directors.
#[utoipa::path(get, path = "/v1/hospitals/{id}/invitations", tag = "memberships",
    params(("id" = Uuid, Path), ("cursor" = Option<String>, Query),
        ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = Invitations), schema::Refusal))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Id(hospital): Id<HospitalId>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (after, limit, now) = (page.after()?, page.limit()?, app.clock.now());
    staff::sender_as(&app, session, hospital, &[Role::Director]).await?;
    let found = invitations_store::list(&app.database, hospital, now, after, limit + 1).await?;
    let as_of = time::show(now, chrono_tz::UTC);
    let list = page::list(found, limit, |one| one.id, |one| json!(one), &as_of);
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

/// Withdraws an invitation that is open: its code opens nothing from now on. For directors.
#[utoipa::path(post, path = "/v1/hospitals/{id}/invitations/{invitation}/withdraw", tag = "memberships",
    params(("id" = Uuid, Path), ("invitation" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The invitation", body = Invitation), schema::Refusal))]
pub(super) async fn withdraw(
    Asked { app, session, key, .. }: Asked,
    Ids(hospital, id): Ids<HospitalId, InvitationId>,
) -> Result<Response, Problem> {
    staff::sender_as(&app, session, hospital, &[Role::Director]).await?;
    let request = RequestId::of(session.account, &key);
    let identity = Identity::of(request, &key, "invitations/withdraw", &(hospital, id))?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let connection = once.connection();
    directed_by(connection, session.account, hospital).await?;
    found(connection, hospital, id).await?;
    if !invitations_store::end(connection, id, End::Withdrawn, app.clock.now()).await? {
        return Err(Problem::new(Code::StateConflict).detail("the invitation is no longer open"));
    }
    let withdrawn = found(connection, hospital, id).await?;
    once.end(StatusCode::OK, &json!(withdrawn)).await
}
