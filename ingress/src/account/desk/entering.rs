//! A clerk enters somebody who calls or comes and has no account.

use axum::response::Response;
use domain::ids::{HospitalId, PatientId, RequestId};
use domain::time;
use http::StatusCode;
use serde_json::json;

use super::body::EnterBody;
use super::schema::DeskPatient;
use super::{clerk, people_store};
use crate::asked::Asked;
use crate::once::{Begun, Identity, Once};
use crate::page::{Id, Json};
use crate::problem::Problem;
use crate::{schema, staff};

/// Enters a person without an account, whom the hospital's staff find and book for from now on. Who is there already with the same
/// name, birth date and phone is answered again (200).
#[utoipa::path(post, path = "/v1/hospitals/{id}/patients", tag = "desk", request_body = EnterBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, description = "The person", body = DeskPatient),
        (status = 200, description = "The person, who was there before", body = DeskPatient), schema::Refusal))]
pub(super) async fn enter(
    Asked { app, session, key, .. }: Asked,
    Id(hospital): Id<HospitalId>,
    Json(body): Json<EnterBody>,
) -> Result<Response, Problem> {
    let sender = staff::sender(&app, session, hospital).await?;
    let (actor, now) = (sender.caller, app.clock.now());
    let entered = body.check(time::day_of(now, chrono_tz::Asia::Seoul))?;
    let asked = (hospital, &entered);
    let identity = Identity::of(RequestId::of(actor, &key), &key, "desk/patients", &asked)?;
    let mut once = match Once::begin(&app, identity).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(once) => once,
    };
    let connection = once.connection();
    people_store::lock_clerk(connection, actor).await?;
    let known = people_store::entered_before(connection, hospital, &entered).await?;
    let status = if known.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let id = if let Some(known) = known {
        known
    } else {
        let most = app.rooms.account.desk.rules.entered_an_hour;
        let asked = (actor, now - clerk::WITHIN);
        clerk::has_room(people_store::full_of_entered(connection, asked, most).await?, now)?;
        let id = PatientId::generate().uuid();
        people_store::enter(connection, id, &entered, (hospital, actor, now)).await?;
        id
    };
    let person = DeskPatient {
        id,
        name: entered.name,
        birth_date: Some(entered.birth_date),
        phone: Some(entered.phone),
        has_account: false,
        merged_into: None,
    };
    once.end(status, &json!(person)).await
}
