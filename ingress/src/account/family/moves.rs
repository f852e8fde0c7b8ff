//! Somebody who has grown moves to an account of their own. The old account shows a code, the new one enters it; the patient's row
//! changes hands, and with it all that is booked, since a booking belongs to its patient.

use axum::response::Response;
use chrono::TimeDelta;
use domain::account::is_under_age;
use domain::code::Code;
use domain::ids::{AccountId, PatientId, RequestId};
use domain::time::{self, Timestamp};
use http::StatusCode;
use platform::random;
use platform::seal::SealKeys;
use serde_json::json;
use sqlx::MySqlConnection;

use super::body::{CODE_LENGTH, CODE_LETTERS, MoveBody, MoveCodeBody};
use super::family_store::{self, Visits};
use super::members::has_room;
use super::schema::{MoveCode, Person};
use crate::asked::Asked;
use crate::once::{Begun, Identity, Once};
use crate::page::{Id, Json};
use crate::problem::Problem;
use crate::schema;

/// How long a code holds: two people, two devices.
const CODE_HOLDS: TimeDelta = TimeDelta::minutes(15);

/// Shows a code by which a family member, 14 or older, moves to an account of their own. It takes the place of the one before.
#[utoipa::path(post, path = "/v1/patients/{id}/move-code", tag = "family", request_body = Option<MoveCodeBody>,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, description = "The code", body = MoveCode), schema::Refusal))]
pub(super) async fn show_code(
    Asked { app, session, key, .. }: Asked,
    Id(id): Id<PatientId>,
    Json(MoveCodeBody {}): Json<MoveCodeBody>,
) -> Result<Response, Problem> {
    let (account, now) = (session.account, app.clock.now());
    let identity = Identity::of(RequestId::of(account, &key), &key, "patients/move-code", &id)?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let found = family_store::lock(once.connection(), account, id).await?;
    let (person, _) = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    if person.own {
        let detail = "the holder of an account does not move out of it";
        return Err(Problem::new(Code::StateConflict).detail(detail));
    }
    let today = time::day_of(now, chrono_tz::Asia::Seoul);
    if person.birth_date.is_none_or(|born| is_under_age(born, today)) {
        return Err(Problem::new(Code::GuardianNeeded).field("birth_date"));
    }
    let code = new_code();
    let mac = macs(&app.seal, &code).into_iter().next();
    let mac = mac.ok_or_else(|| Problem::internal("no key makes a code"))?;
    let until = now + CODE_HOLDS;
    family_store::set_move(once.connection(), (person.id, account), &mac, until).await?;
    let shown = MoveCode { code: in_groups(&code), expires_in: CODE_HOLDS.num_seconds() };
    once.end(StatusCode::CREATED, &json!(shown)).await
}

/// Takes over the patient of another account, with the code that it shows. They become the account's own person, unless that one
/// has visits already; then they are one of its family.
#[utoipa::path(post, path = "/v1/patients/moves", tag = "family", request_body = MoveBody,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The person, who is this account's now", body = Person), schema::Refusal))]
pub(super) async fn enter_code(
    Asked { app, session, key, .. }: Asked,
    Json(body): Json<MoveBody>,
) -> Result<Response, Problem> {
    let (account, now) = (session.account, app.clock.now());
    let code = body.check()?;
    let identity = Identity::of(RequestId::of(account, &key), &key, "patients/moves", &code)?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let connection = once.connection();
    let room = family_store::room(connection, account).await?;
    room.ok_or_else(|| Problem::new(Code::SessionEnded))?;
    let wrong = || Problem::new(Code::CodeWrong).field("code");
    let found = family_store::take_move(connection, &macs(&app.seal, &code), now).await?;
    let (id, from) = found.filter(|(_, from)| *from != account).ok_or_else(wrong)?;
    let found = family_store::lock(connection, from, id).await?;
    let (person, _) = found.filter(|(person, _)| !person.own).ok_or_else(wrong)?;
    if family_store::visits(connection, person.id, now).await? == Visits::Present {
        let detail = "the person is in a line or at a hospital; move when the visit is over";
        return Err(Problem::new(Code::PatientInUse).detail(detail));
    }
    let own = becomes_own(connection, account, now).await?;
    if !own {
        has_room(connection, account).await?;
    }
    let person = Person { own, ..person };
    family_store::give(connection, &person, account).await?;
    once.end(StatusCode::OK, &json!(person)).await
}

/// Whether who comes is the holder: there is no other, or one whom sign-up made and nobody booked for, who goes.
async fn becomes_own(
    connection: &mut MySqlConnection,
    account: AccountId,
    now: Timestamp,
) -> Result<bool, Problem> {
    let Some(own) = family_store::lock_own(connection, account).await? else { return Ok(true) };
    if family_store::visits(connection, own, now).await? != Visits::None {
        return Ok(false);
    }
    family_store::remove(connection, own, true, now).await?;
    Ok(true)
}

/// 60 bits by chance.
fn new_code() -> String {
    let letter = |byte: u8| char::from(CODE_LETTERS[usize::from(byte) % CODE_LETTERS.len()]);
    random::bytes::<CODE_LENGTH>().into_iter().map(letter).collect()
}

/// As people read it out.
fn in_groups(code: &str) -> String {
    let chars: Vec<char> = code.chars().collect();
    let groups: Vec<String> = chars.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// What stands for a code, under each key that may have been the present one.
fn macs(seal: &SealKeys, code: &str) -> Vec<[u8; 32]> {
    seal.tags(&format!("move\n{code}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_as_it_was_shown() {
        let code = new_code();
        let shown = in_groups(&code);
        assert_eq!((shown.len(), shown.matches('-').count()), (14, 2), "{shown}");
        for typed in [shown.clone(), shown.to_lowercase(), format!(" {} ", code)] {
            let body: MoveBody = serde_json::from_value(json!({"code": typed})).expect("a body");
            assert_eq!(body.check().ok(), Some(code.clone()), "{typed}");
        }
    }
}
