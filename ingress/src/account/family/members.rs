//! The family is read, and somebody is added to it.

use axum::extract::State;
use axum::response::Response;
use domain::code::Code;
use domain::ids::{AccountId, RequestId};
use domain::time;
use http::StatusCode;
use serde_json::json;
use sqlx::MySqlConnection;
use std::sync::Arc;

use super::body::MemberBody;
use super::schema::{People, Person};
use super::{consent_code, family_store};
use crate::asked::Asked;
use crate::once::{self, Begun, Identity, Once};
use crate::page::{self, Json, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, schema};

/// Whom the account books for: its holder and the family.
#[utoipa::path(get, path = "/v1/patients", tag = "family",
    params(("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = People), schema::Refusal))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (after, limit) = (page.after()?, page.limit()?);
    let found = family_store::list(&app.database, session.account, after, limit + 1).await?;
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    let list = page::list(found, limit, |found| found.id, |found| json!(found), &as_of);
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

/// Adds somebody to the family. Children, also those under 14, are the guardian's to add; an adult agrees by a code that comes to
/// an address of their own.
#[utoipa::path(post, path = "/v1/patients", tag = "family", request_body = MemberBody,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 201, description = "The family member", body = Person), schema::Refusal))]
pub(super) async fn add(
    Asked { app, session, key, .. }: Asked,
    Json(body): Json<MemberBody>,
) -> Result<Response, Problem> {
    let (account, now) = (session.account, app.clock.now());
    let wanted = body.check(time::day_of(now, chrono_tz::Asia::Seoul))?;
    let identity = Identity::of(RequestId::of(account, &key), &key, "patients", &wanted)?;
    if let Some(response) = once::answered(&app, identity).await? {
        return Ok(response);
    }
    // A code is not used up where there is no room.
    let mut looking = app.database.begin().await?;
    has_room(&mut looking, account).await?;
    looking.rollback().await?;
    let agreed = wanted.consent.as_ref();
    if let Some(consent) = agreed {
        consent_code::redeem(&app, (account, identity.id), consent).await?;
    }
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    has_room(once.connection(), account).await?;
    let person = family_store::new_person(&wanted.name, wanted.birth_date);
    family_store::add(once.connection(), account, &person, agreed.map(|_| now)).await?;
    once.end(StatusCode::CREATED, &json!(person)).await
}

/// The family has room for one more. The account's row stays locked, so two at once are counted.
pub(super) async fn has_room(
    connection: &mut MySqlConnection,
    account: AccountId,
) -> Result<(), Problem> {
    match family_store::room(connection, account).await? {
        None => Err(Problem::new(Code::SessionEnded)),
        Some(room) if room < 1 => Err(Problem::new(Code::FamilyFull)),
        Some(_) => Ok(()),
    }
}
