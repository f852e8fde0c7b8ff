//! Somebody of the family changes, or leaves it.

use axum::response::Response;
use chrono::NaiveDate;
use domain::account::{is_adult, is_under_age};
use domain::code::Code;
use domain::ids::{PatientId, RequestId};
use domain::time;
use http::StatusCode;
use serde_json::json;

use super::body::{MemberEdit, MemberEditBody, consent_missing};
use super::consent_code;
use super::family_store::{self, Visits};
use super::schema::{Person, Removed};
use crate::asked::Asked;
use crate::once::{self, Begun, Identity, Once};
use crate::page::{Id, Json};
use crate::problem::Problem;
use crate::schema;

/// Changes name or birth date of somebody: what is absent stays as it is. Whoever becomes an adult by it agrees by a code.
#[utoipa::path(patch, path = "/v1/patients/{id}", tag = "family", request_body = MemberEditBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The person as they are now", body = Person), schema::Refusal))]
pub(super) async fn edit(
    Asked { app, session, key, .. }: Asked,
    Id(id): Id<PatientId>,
    Json(body): Json<MemberEditBody>,
) -> Result<Response, Problem> {
    let (account, now) = (session.account, app.clock.now());
    let today = time::day_of(now, chrono_tz::Asia::Seoul);
    let wanted = body.check(today)?;
    let identity = RequestId::of(account, &key);
    let identity = Identity::of(identity, &key, "patients/edit", &(id, &wanted))?;
    if let Some(response) = once::answered(&app, identity).await? {
        return Ok(response);
    }
    let mut looking = app.database.begin().await?;
    let found = family_store::lock(&mut looking, account, id).await?;
    looking.rollback().await?;
    let (person, agreed) = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    may_be(&person, agreed, &wanted, today)?;
    let consent = wanted.consent.as_ref();
    if let Some(consent) = consent {
        consent_code::redeem(&app, (account, identity.id), consent).await?;
    }
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let nobody = || Problem::new(Code::NotFound);
    // The account before the patient: the order in which all take their locks.
    family_store::room(once.connection(), account).await?.ok_or_else(nobody)?;
    let found = family_store::lock(once.connection(), account, id).await?;
    let (person, agreed) = found.ok_or_else(nobody)?;
    may_be(&person, agreed, &wanted, today)?;
    let agreed_at = consent.map(|_| now);
    family_store::edit(once.connection(), account, (&person, &wanted), agreed_at).await?;
    let found = family_store::lock(once.connection(), account, id).await?;
    let (person, _) = found.ok_or_else(nobody)?;
    once.end(StatusCode::OK, &json!(person)).await
}

/// The holder is old enough for an account, and an adult of the family has agreed.
fn may_be(
    person: &Person,
    agreed: bool,
    wanted: &MemberEdit,
    today: NaiveDate,
) -> Result<(), Problem> {
    match wanted.birth_date {
        Some(born) if person.own && is_under_age(born, today) => {
            Err(Problem::new(Code::GuardianNeeded).field("birth_date"))
        }
        Some(born) if !person.own && is_adult(born, today) => {
            let was = person.birth_date.is_some_and(|born| is_adult(born, today));
            let has_agreed = agreed || was || wanted.consent.is_some();
            if has_agreed { Ok(()) } else { Err(consent_missing()) }
        }
        _ => Ok(()),
    }
}

/// Takes somebody out of the family. Who has no visits is erased. Where there are some they stay theirs: nothing more can be
/// booked for the person, who is no longer listed.
#[utoipa::path(delete, path = "/v1/patients/{id}", tag = "family",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "What became of them", body = Removed), schema::Refusal))]
pub(super) async fn remove(
    Asked { app, session, key, .. }: Asked,
    Id(id): Id<PatientId>,
) -> Result<Response, Problem> {
    let (account, now) = (session.account, app.clock.now());
    let identity = Identity::of(RequestId::of(account, &key), &key, "patients/remove", &id)?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let found = family_store::lock(once.connection(), account, id).await?;
    let (person, _) = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    if person.own {
        let detail = "the holder leaves with the account: DELETE /v1/account";
        return Err(Problem::new(Code::StateConflict).detail(detail));
    }
    let erased = match family_store::visits(once.connection(), person.id, now).await? {
        Visits::Present | Visits::Some { expected: true } => {
            return Err(Problem::new(Code::PatientInUse).detail("cancel it first"));
        }
        Visits::Some { expected: false } => false,
        Visits::None => true,
    };
    family_store::remove(once.connection(), person.id, erased, now).await?;
    once.end(StatusCode::OK, &json!(Removed { erased })).await
}
