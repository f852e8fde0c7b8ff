//! A merge is undone: the person's row has no account again, with all that was booked for it, before and since.

use axum::response::Response;
use domain::code::Code;
use domain::ids::{HospitalId, PatientId, RequestId};
use domain::rejection::Rejection;
use http::StatusCode;
use serde_json::json;

use super::body::UnmergeBody;
use super::merging::conflict;
use super::schema::UnmergedPatient;
use super::{letters, merge_store, people_store};
use crate::asked::Asked;
use crate::mail::Posting;
use crate::once::{Begun, Identity, Once};
use crate::page::{Ids, Json};
use crate::problem::Problem;
use crate::{schema, staff};

/// Takes a person whom the hospital has merged into an account apart from it again, within thirty days. All that was booked for the
/// person goes with them, and what was booked for the account's own people stays there. The account is told.
#[utoipa::path(post, path = "/v1/hospitals/{id}/patients/{patient}/unmerge", tag = "desk", request_body = Option<UnmergeBody>,
    params(("id" = Uuid, Path), ("patient" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "They are two", body = UnmergedPatient), schema::Refusal))]
pub(super) async fn unmerge(
    Asked { app, session, key, .. }: Asked,
    Ids(hospital, patient): Ids<HospitalId, PatientId>,
    Json(UnmergeBody {}): Json<UnmergeBody>,
) -> Result<Response, Problem> {
    let sender = staff::sender(&app, session, hospital).await?;
    let (actor, now) = (sender.caller, app.clock.now());
    let request = RequestId::of(actor, &key);
    let identity = Identity::of(request, &key, "desk/unmerge", &(hospital, patient))?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let connection = once.connection();
    let holding = merge_store::holding(connection, hospital, patient).await?;
    let holding = holding.ok_or_else(|| Problem::new(Code::NotFound))?;
    let until = holding.at + app.rooms.account.desk.rules.undo_within;
    if now >= until {
        let passed = Rejection::at(Code::CutoffPassed, until);
        return Err(Problem::refused(&passed, chrono_tz::UTC));
    }
    let account = merge_store::lock_account_of(connection, patient).await?;
    let is_there = merge_store::lock_merged(connection, patient).await?;
    let account = account.filter(|_| is_there).ok_or_else(|| conflict("account_deleted"))?;
    if merge_store::is_present(connection, patient).await? {
        let detail = "the person is in a line or at a hospital; undo it when the visit is over";
        return Err(Problem::new(Code::PatientInUse).detail(detail));
    }
    merge_store::unmerge(connection, (holding.id, patient), (now, actor)).await?;
    if let Some(recipient) = account.address.as_deref() {
        let name = people_store::hospital_name(connection, hospital).await?;
        let expires_at = now + app.rooms.account.desk.rules.undo_within;
        let posting = Posting { notice: request.uuid(), recipient, now, expires_at, held: false };
        app.mail.write(connection, &posting, &letters::unmerged(&name)).await?;
    }
    let unmerged = UnmergedPatient { patient_id: patient.uuid(), from: holding.into };
    let response = once.end(StatusCode::OK, &json!(unmerged)).await?;
    app.mail.wake();
    Ok(response)
}
