//! A person without an account, whom a desk entered, turns out to be somebody of an account. The person's row gets the account: bookings and
//! tickets belong to the row and none of them moves, so that the history stays as it was and undoing is exact.

use axum::response::Response;
use domain::account::{NoMerge, may_merge};
use domain::code::Code;
use domain::ids::{HospitalId, PatientId, RequestId};
use domain::time;
use http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::body::MergeBody;
use super::merge_store::{self, NewMerge};
use super::schema::MergedPatient;
use super::{letters, people_store};
use crate::asked::Asked;
use crate::mail::Posting;
use crate::once::{Begun, Identity, Once};
use crate::page::{Ids, Json};
use crate::problem::Problem;
use crate::{schema, staff};

/// Takes a person without an account for a patient of one: where the hospital was told that patient's code a moment ago, or its desk has
/// checked who the person is, and both have the same name and birth date. The account sees the bookings and tickets from now on, and is
/// told. It can be undone for thirty days.
#[utoipa::path(post, path = "/v1/hospitals/{id}/patients/{patient}/merge", tag = "desk", request_body = MergeBody,
    params(("id" = Uuid, Path), ("patient" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "They are one", body = MergedPatient), schema::Refusal))]
pub(super) async fn merge(
    Asked { app, session, key, .. }: Asked,
    Ids(hospital, patient): Ids<HospitalId, PatientId>,
    Json(MergeBody { into }): Json<MergeBody>,
) -> Result<Response, Problem> {
    let sender = staff::sender(&app, session, hospital).await?;
    let (actor, now) = (sender.caller, app.clock.now());
    let request = RequestId::of(actor, &key);
    let identity = Identity::of(request, &key, "desk/merge", &(hospital, patient, into))?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let connection = once.connection();
    let place = (hospital, now);
    let account = merge_store::lock_account_of(connection, into).await?;
    let [person, other] = merge_store::lock(connection, [patient, into]).await?;
    let nobody = || Problem::new(Code::NotFound);
    let known = merge_store::known(connection, place, [patient, into]).await?;
    let person = person.filter(|_| known.contains(&patient)).ok_or_else(nobody)?;
    let other = other.filter(|_| known.contains(&into)).ok_or_else(|| nobody().field("into"))?;
    let proof = merge_store::proof(connection, place, (patient, into)).await?;
    let how = may_merge(&person.side, &other.side, proof).map_err(refusal)?;
    // Whoever moved to another account just now has another account's lock than the one taken.
    let moved = || Problem::unavailable("the patient has just moved to another account");
    let account = account.filter(|locked| Some(locked.id) == other.account).ok_or_else(moved)?;
    let (id, owner) = (Uuid::now_v7(), account.id);
    let new = NewMerge { id, patient, into, account: owner, hospital, how, at: now, actor };
    merge_store::merge(connection, &new).await?;
    let until = now + app.rooms.account.desk.rules.undo_within;
    if let Some(recipient) = account.address.as_deref() {
        let name = people_store::hospital_name(connection, hospital).await?;
        let expires_at = until;
        let posting = Posting { notice: request.uuid(), recipient, now, expires_at, held: false };
        app.mail.write(connection, &posting, &letters::merged(&name, until)).await?;
    }
    let merged = MergedPatient {
        patient_id: patient.uuid(),
        into: into.uuid(),
        how: how.as_str().to_owned(),
        undo_until: time::show(until, chrono_tz::UTC),
    };
    let response = once.end(StatusCode::OK, &json!(merged)).await?;
    app.mail.wake();
    Ok(response)
}

fn refusal(why: NoMerge) -> Problem {
    match why {
        NoMerge::HasAccount => conflict("has_account"),
        NoMerge::NoAccount => Problem::invalid("into", "a patient of an account"),
        NoMerge::OtherBirthDate => {
            Problem::invalid("into", "somebody of the same birth date, as far as both are known")
        }
        NoMerge::OtherName => {
            let rule = "somebody of the same name; with another one the account's code is needed";
            Problem::invalid("into", rule)
        }
        NoMerge::Unproven => Problem::new(Code::IdentityNeeded),
    }
}

/// The person is not as the step needs it: how they are.
pub(super) fn conflict(current: &str) -> Problem {
    let members = Map::from_iter([("current".to_owned(), Value::from(current))]);
    Problem::new(Code::StateConflict).members(members)
}
