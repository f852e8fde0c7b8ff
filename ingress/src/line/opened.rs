//! One ticket as staff open it: with name, phone and reason. That they were read is written down first, or they are not shown.

use axum::extract::State;
use axum::response::Response;
use domain::code::Code;
use domain::ids::{DoctorId, TicketId};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::desk::{of_line, shown};
use super::schema::Ticket;
use super::tickets_store;
use crate::access_store::{self, Access};
use crate::page::Ids;
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, note, schema};

/// As it stands in the log of reads.
const ROUTE: &str = "GET /v1/lines/{doctor}/tickets/{id}";

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(open))
}

/// A ticket of the doctor's lines with the name, the phone and the reason that came with it. Each read is written down.
#[utoipa::path(get, path = "/v1/lines/{doctor}/tickets/{id}", tag = "lines",
    params(("doctor" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, description = "The ticket", body = Ticket), schema::Refusal))]
async fn open(
    State(app): State<Arc<App>>,
    session: Session,
    Ids(doctor, id): Ids<DoctorId, TicketId>,
) -> Result<Response, Problem> {
    let (doctor, sender) = of_line(&app, session, doctor).await?;
    let found = tickets_store::of_doctor(&app.database, doctor.id, id).await?;
    let (found, name) = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let ticket = &found.ticket;
    let access = Access {
        at: app.clock.now(),
        actor: sender.caller,
        hospital: doctor.hospital_id,
        patient: ticket.patient_id,
        subject: id.uuid(),
        route: ROUTE,
    };
    access_store::record(&app.database, &access).await?;
    let note = note::open(&app, ticket.sealed.as_deref(), ticket.request_id);
    let mut view = shown(&found);
    view["name"] = json!(name.or(note.name));
    view["reason"] = json!(note.reason);
    view["phone"] = json!(note.phone);
    Ok(answer::json(StatusCode::OK, view.to_string()))
}
