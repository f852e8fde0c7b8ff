//! Claims as applicants make, see and withdraw them: that a hospital is theirs, and who they are, for the operators to look into.

use axum::extract::State;
use axum::response::Response;
use domain::code::Code;
use domain::ids::{ClaimId, HospitalId, RequestId};
use domain::people::Role;
use domain::time;
use http::StatusCode;
use platform::database::broken_key;
use serde_json::json;
use sqlx::MySqlConnection;
use std::sync::Arc;

use super::body::ClaimBody;
use super::claims_store::{self, NewClaim};
use super::members_store;
use super::schema::{Claim, Claims};
use crate::asked::Asked;
use crate::once::{Begun, Identity, Once};
use crate::page::{self, Id, Json, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, schema, staff};

/// Open claims that an account has at most.
const MAX_OPEN: i64 = 5;

/// Says that a hospital is one's own. An operator of the platform looks into it; the answer comes by e-mail. One claim a
/// hospital is open at a time, five in all.
#[utoipa::path(post, path = "/v1/hospitals/{id}/claims", tag = "memberships", request_body = ClaimBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, description = "The claim", body = Claim), schema::Refusal))]
pub(super) async fn claim(
    Asked { app, session, key, .. }: Asked,
    Id(hospital): Id<HospitalId>,
    Json(body): Json<ClaimBody>,
) -> Result<Response, Problem> {
    let about = body.check()?;
    let request = RequestId::of(session.account, &key);
    let identity = Identity::of(request, &key, "claims", &(hospital, &about))?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let connection = once.connection();
    may_claim(connection, session, hospital).await?;
    let id = ClaimId::generate();
    let sealed = app.seal.seal(&about, bound_to(id));
    let sealed = sealed.ok_or_else(|| Problem::internal("no key seals"))?;
    let (account, now) = (session.account, app.clock.now());
    let new = NewClaim { id, hospital, account, sealed: &sealed, now };
    claims_store::add(connection, &new).await.map_err(|error| {
        match broken_key(&error).as_deref() {
            Some("hospital_claim_waiting") => {
                Problem::new(Code::StateConflict).detail("a claim of this hospital is open already")
            }
            _ => error.into(),
        }
    })?;
    let found = claims_store::find(connection, id).await?;
    let (made, _) = found.ok_or_else(|| Problem::internal("the claim is not there"))?;
    once.end(StatusCode::CREATED, &json!(Claim { about: Some(about), ..made })).await
}

/// The account is locked first: of two claims at once, one is counted before the other.
async fn may_claim(
    connection: &mut MySqlConnection,
    session: Session,
    hospital: HospitalId,
) -> Result<(), Problem> {
    let contact = members_store::contact(connection, session.account).await?;
    if contact.is_none_or(|contact| contact.email.is_none()) {
        let rule = "an account with an e-mail address, which the answer is sent to";
        return Err(Problem::new(Code::Forbidden).detail(rule));
    }
    let name = members_store::hospital_name(connection, hospital).await?;
    name.ok_or_else(|| Problem::new(Code::NotFound))?;
    let held = members_store::roles(connection, session.account, hospital).await?;
    if held.contains(&Role::Director) {
        return Err(Problem::new(Code::StateConflict).detail("the hospital is yours already"));
    }
    if claims_store::open_of(connection, session.account).await? >= MAX_OPEN {
        let rule = format!("at most {MAX_OPEN} claims are open at a time");
        return Err(Problem::new(Code::LimitReached).detail(rule));
    }
    Ok(())
}

/// The account's claims, newest first.
#[utoipa::path(get, path = "/v1/account/claims", tag = "memberships",
    params(("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = Claims), schema::Refusal))]
pub(super) async fn own(
    State(app): State<Arc<App>>,
    session: Session,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (before, limit) = (page.after()?, page.limit()?);
    let found = claims_store::of_account(&app.database, session.account, before, limit + 1).await?;
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    let list = page::list(found, limit, |claim| claim.id, |claim| json!(claim), &as_of);
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

/// One claim with what the applicant said: for the applicant and for operators of the platform.
#[utoipa::path(get, path = "/v1/claims/{id}", tag = "memberships", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The claim", body = Claim), schema::Refusal))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id<ClaimId>,
) -> Result<Response, Problem> {
    let mut connection = app.database.acquire().await?;
    let found = claims_store::find(&mut connection, id).await?;
    drop(connection);
    let (claim, sealed) = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    if claim.account_id != session.account.uuid() {
        staff::operator(&app, session).await?;
    }
    let about = app.seal.open(&sealed, bound_to(id)).map_err(Problem::internal)?;
    let claim = Claim { about: Some(about), ..claim };
    Ok(answer::json(StatusCode::OK, json!(claim).to_string()))
}

/// Withdraws a claim of one's own that is open.
#[utoipa::path(post, path = "/v1/claims/{id}/withdraw", tag = "memberships",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The claim", body = Claim), schema::Refusal))]
pub(super) async fn withdraw(
    Asked { app, session, key, .. }: Asked,
    Id(id): Id<ClaimId>,
) -> Result<Response, Problem> {
    let request = RequestId::of(session.account, &key);
    let identity = Identity::of(request, &key, "claims/withdraw", &id)?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let connection = once.connection();
    let pending = claims_store::pending(connection, id).await?;
    let own = pending.filter(|pending| pending.account == session.account);
    let pending = own.ok_or_else(|| Problem::new(Code::NotFound))?;
    if !pending.is_open {
        return Err(Problem::new(Code::StateConflict).detail("the claim is no longer open"));
    }
    let state = claims_store::State::Withdrawn;
    claims_store::end(connection, id, state, session.account, None, app.clock.now()).await?;
    let found = claims_store::find(connection, id).await?;
    let (claim, _) = found.ok_or_else(|| Problem::internal("the claim is not there"))?;
    once.end(StatusCode::OK, &json!(claim)).await
}

/// Sealed texts are bound to a request's id; a claim's takes its place.
fn bound_to(id: ClaimId) -> RequestId {
    RequestId::from_uuid(id.uuid())
}
