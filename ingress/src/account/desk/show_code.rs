//! The account shows a code, which its holder tells a clerk: so a hospital finds a patient whom it does not know.

use axum::response::Response;
use domain::account::desk_code_in_groups;
use domain::code::Code;
use domain::ids::{PatientId, RequestId};
use http::StatusCode;
use serde_json::json;

use super::body::DeskCodeBody;
use super::people_store;
use super::schema::DeskCode;
use crate::asked::Asked;
use crate::once::{Begun, Identity, Once};
use crate::page::{Id, Json};
use crate::problem::Problem;
use crate::schema;

/// Shows a code of ten digits by which a hospital's staff find this patient of the account, once. It takes the place of the one
/// before, and is kept in Redis alone.
#[utoipa::path(post, path = "/v1/patients/{id}/desk-code", tag = "family", request_body = Option<DeskCodeBody>,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, description = "The code", body = DeskCode), schema::Refusal))]
pub(super) async fn show_code(
    Asked { app, session, key, .. }: Asked,
    Id(id): Id<PatientId>,
    Json(DeskCodeBody {}): Json<DeskCodeBody>,
) -> Result<Response, Problem> {
    let (account, desk) = (session.account, &app.rooms.account.desk);
    let identity = Identity::of(RequestId::of(account, &key), &key, "patients/desk-code", &id)?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    if !people_store::is_of_account(once.connection(), account, id).await? {
        return Err(Problem::new(Code::NotFound));
    }
    let holds = desk.rules.code_holds;
    let code = desk.codes.issue(&app.seal, (account, id), app.clock.now() + holds).await?;
    let shown = DeskCode { code: desk_code_in_groups(&code), expires_in: holds.num_seconds() };
    once.end(StatusCode::CREATED, &json!(shown)).await
}
