//! Signing up, with the code that came by e-mail. Whoever has an account already never gets such a code.

use axum::response::Response;
use domain::account::Email;
use domain::code::Code;
use domain::ids::{AccountId, PatientId};
use domain::time;
use http::StatusCode;
use platform::database::broken_key;
use serde_json::json;

use super::accounts_store::{self, NewAccount};
use super::body::{As, SignUp, SignUpBody};
use super::codes::{Asking, Purpose};
use super::schema::SignedUp;
use super::visitor::Visitor;
use super::{consents, consents_store, tokens};
use crate::once::{self, Begun, Once};
use crate::page::Json;
use crate::problem::Problem;
use crate::schema;

/// Makes an account and signs it in.
#[utoipa::path(post, path = "/v1/account/sign-up", tag = "account", request_body = SignUpBody, security(()),
    params(("Idempotency-Key" = String, Header)),
    responses((status = 201, description = "The account, signed in", body = SignedUp), schema::Refusal))]
pub(super) async fn sign_up(
    visitor: Visitor,
    Json(body): Json<SignUpBody>,
) -> Result<Response, Problem> {
    let app = &visitor.app;
    let now = app.clock.now();
    let wanted = body.check(time::day_of(now, chrono_tz::Asia::Seoul))?;
    let identity = visitor.identity(&wanted.email, "sign-up", &wanted)?;
    if let Some(response) = once::answered(app, identity).await? {
        return Ok(response);
    }
    consents::check(&app.database, &wanted.consents).await?;
    let (email, request) = (&wanted.email, identity.id);
    let asking = Asking { purpose: Purpose::SignUp, email, request, now };
    let own = &app.rooms.account;
    own.codes.redeem(&app.seal, &asking, &wanted.code).await?;
    let password = own.hasher.hash(wanted.password.clone()).await?;
    let mut once = match Once::begin(app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let account = AccountId::generate();
    let patient_id = add(&mut once, account, &wanted, &password, now).await?;
    let place = visitor.place_mac();
    let tokens = tokens::open(once.connection(), app, account, place, now).await?;
    let body = json!({"account_id": account, "patient_id": patient_id, "session": tokens});
    once.end(StatusCode::CREATED, &body).await
}

async fn add(
    once: &mut Once,
    account: AccountId,
    wanted: &SignUp,
    password: &str,
    now: time::Timestamp,
) -> Result<Option<PatientId>, Problem> {
    let SignUp { email, name, phone, .. } = wanted;
    let phone = phone.as_deref();
    let new = NewAccount { account, email: Email::as_str(email), password, name, phone, now };
    accounts_store::add(once.connection(), &new).await.map_err(|error| {
        // Somebody else was quicker with a code for the same address.
        match broken_key(&error).as_deref() {
            Some("account_email") => Problem::new(Code::CodeWrong),
            _ => error.into(),
        }
    })?;
    consents_store::give(once.connection(), account, &wanted.consents, now).await?;
    let patient = (wanted.r#as == As::Patient).then(PatientId::generate);
    if let Some(patient) = patient {
        let person = (patient, account, name.as_str(), wanted.birth_date);
        accounts_store::add_own_person(once.connection(), person).await?;
    }
    Ok(patient)
}
