//! Claims as operators of the platform see and decide them. An accepted one makes its applicant a director.

use axum::extract::State;
use axum::response::Response;
use chrono::TimeDelta;
use domain::code::Code;
use domain::ids::{AccountId, ClaimId, RequestId};
use domain::people::Role;
use domain::time::{self, Timestamp};
use http::StatusCode;
use platform::database::broken_key;
use serde::Deserialize;
use serde_json::json;
use sqlx::MySqlConnection;
use std::sync::Arc;

use super::body::{NeededReasonBody, ReasonBody};
use super::claims_store::{self, State as ClaimState};
use super::letters;
use super::members_store::{self, Cause, Change};
use super::schema::{Claim, Claims};
use crate::asked::Asked;
use crate::mail::Posting;
use crate::once::{Begun, Identity, Once};
use crate::page::{self, Id, Json, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, schema, staff};

/// How long the mail about it is tried.
const TOLD_WITHIN: TimeDelta = TimeDelta::days(2);

#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    state: ClaimState,
}

/// Claims in a state, oldest first. For operators of the platform.
#[utoipa::path(get, path = "/v1/claims", tag = "memberships",
    params(("state" = Option<String>, Query, description = "open (default), accepted, refused or withdrawn"),
        ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = Claims), schema::Refusal))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Params(filter): Params<Filter>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (after, limit) = (page.after()?, page.limit()?);
    staff::operator(&app, session).await?;
    let found = claims_store::in_state(&app.database, filter.state, after, limit + 1).await?;
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    let list = page::list(found, limit, |claim| claim.id, |claim| json!(claim), &as_of);
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

/// Makes the applicant a director of the hospital, and mails that. For operators of the platform.
#[utoipa::path(post, path = "/v1/claims/{id}/accept", tag = "memberships", request_body = Option<ReasonBody>,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The claim", body = Claim), schema::Refusal))]
pub(super) async fn accept(
    asked: Asked,
    Id(id): Id<ClaimId>,
    Json(body): Json<ReasonBody>,
) -> Result<Response, Problem> {
    decide(asked, id, ClaimState::Accepted, body.check()?).await
}

/// Refuses a claim with a reason, which is mailed to the applicant. For operators of the platform.
#[utoipa::path(post, path = "/v1/claims/{id}/refuse", tag = "memberships", request_body = NeededReasonBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The claim", body = Claim), schema::Refusal))]
pub(super) async fn refuse(
    asked: Asked,
    Id(id): Id<ClaimId>,
    Json(body): Json<NeededReasonBody>,
) -> Result<Response, Problem> {
    decide(asked, id, ClaimState::Refused, Some(body.check()?)).await
}

async fn decide(
    Asked { app, session, key, .. }: Asked,
    id: ClaimId,
    state: ClaimState,
    reason: Option<String>,
) -> Result<Response, Problem> {
    staff::operator(&app, session).await?;
    let route = if state == ClaimState::Accepted { "claims/accept" } else { "claims/refuse" };
    let request = RequestId::of(session.account, &key);
    let identity = Identity::of(request, &key, route, &(id, &reason))?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let (actor, at) = (session.account, app.clock.now());
    let decision = Decision { id, state, actor, reason: reason.as_deref(), at };
    let claim = decision.write(once.connection()).await?;
    decision.tell(&app, once.connection(), &claim).await?;
    let response = once.end(StatusCode::OK, &json!(claim)).await?;
    app.mail.wake();
    Ok(response)
}

struct Decision<'d> {
    id: ClaimId,
    state: ClaimState,
    actor: AccountId,
    reason: Option<&'d str>,
    at: Timestamp,
}

impl Decision<'_> {
    async fn write(&self, connection: &mut MySqlConnection) -> Result<Claim, Problem> {
        let &Decision { id, state, actor, reason, at } = self;
        let conflict = |detail| Problem::new(Code::StateConflict).detail(detail);
        let pending = claims_store::pending(connection, id).await?;
        let pending = pending.ok_or_else(|| Problem::new(Code::NotFound))?;
        if !pending.is_open {
            return Err(conflict("the claim is no longer open"));
        }
        claims_store::end(connection, id, state, actor, reason, at).await?;
        if state == ClaimState::Accepted {
            let (account, hospital) = (pending.account, pending.hospital);
            members_store::contact(connection, account)
                .await?
                .ok_or_else(|| conflict("the applicant's account is gone"))?;
            let change = Change { at, actor, account, hospital, cause: Cause::Claim, reason };
            let added = members_store::add(connection, &change, Role::Director, None).await;
            added.map_err(|error| match broken_key(&error) {
                Some(_) => conflict("the applicant is a director there"),
                None => error.into(),
            })?;
        }
        let found = claims_store::find(connection, id).await?;
        found.map(|(claim, _)| claim).ok_or_else(|| Problem::internal("the claim is not there"))
    }

    /// An account that was deleted meanwhile has no address.
    async fn tell(
        &self,
        app: &App,
        connection: &mut MySqlConnection,
        claim: &Claim,
    ) -> Result<(), Problem> {
        let Some(recipient) = claim.email.as_deref() else { return Ok(()) };
        let letter = match self.state {
            ClaimState::Accepted => letters::accepted(&claim.hospital_name),
            _ => letters::refused(&claim.hospital_name, self.reason.unwrap_or_default()),
        };
        let (notice, now, expires_at) = (self.id.uuid(), self.at, self.at + TOLD_WITHIN);
        let posting = Posting { notice, recipient, now, expires_at, held: false };
        app.mail.write(connection, &posting, &letter).await
    }
}
