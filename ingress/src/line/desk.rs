//! A doctor's line as staff see and work it. Whoever does not work at the doctor's hospital finds no such line.

use axum::extract::State;
use axum::response::Response;
use domain::code::Code;
use domain::directory::Doctor;
use domain::ids::DoctorId;
use domain::people::Sender;
use domain::time;
use http::StatusCode;
use platform::line::row_store::ShownTicket;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::desk_body::{
    ArrivalBody, DeskBody, NextBody, OfLine, ReceptionBody, StepBody, UndoBody, WalkInBody,
};
use super::schema::LinePage;
use super::tickets_store;
use crate::asked::Asked;
use crate::page::{self, Id, Json, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::submit::submit_as;
use crate::{answer, schema, staff};

/// The desk's routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(step))
        .routes(routes!(next))
        .routes(routes!(undo))
        .routes(routes!(reception))
        .routes(routes!(walk_in))
        .routes(routes!(arrive))
}

/// The doctor, and the caller as staff of the doctor's hospital.
pub(super) async fn of_line(
    app: &App,
    session: Session,
    doctor: DoctorId,
) -> Result<(Arc<Doctor>, Sender), Problem> {
    let doctor = app.directory.doctor(doctor).await?;
    let doctor = doctor.ok_or_else(|| Problem::new(Code::NotFound))?;
    let sender = staff::sender(app, session, doctor.hospital_id).await?;
    Ok((doctor, sender))
}

async fn send(asked: Asked, doctor: DoctorId, body: DeskBody) -> Result<Response, Problem> {
    let (doctor, sender) = of_line(&asked.app, asked.session, doctor).await?;
    let for_account = match body.patient() {
        Some(patient) => {
            let place = (&sender, doctor.hospital_id);
            staff::account_of_known(&asked.app, place, patient).await?
        }
        None => sender.for_account,
    };
    let sender = Sender { channel: body.channel(), for_account, ..sender };
    submit_as(asked, sender, OfLine::new(doctor, body)).await
}

/// Takes a ticket one step along its ladder.
#[utoipa::path(post, path = "/v1/lines/{doctor}/steps", tag = "lines", request_body = StepBody,
    params(("doctor" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Done", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn step(
    asked: Asked,
    Id(doctor): Id<DoctorId>,
    Json(body): Json<StepBody>,
) -> Result<Response, Problem> {
    send(asked, doctor, body.check()?).await
}

/// Calls whoever is first in the line and there.
#[utoipa::path(post, path = "/v1/lines/{doctor}/next", tag = "lines", request_body = NextBody,
    params(("doctor" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Called", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn next(
    asked: Asked,
    Id(doctor): Id<DoctorId>,
    Json(body): Json<NextBody>,
) -> Result<Response, Problem> {
    send(asked, doctor, body.check()).await
}

/// Takes back the last step of a ticket, for ten minutes.
#[utoipa::path(post, path = "/v1/lines/{doctor}/undo", tag = "lines", request_body = UndoBody,
    params(("doctor" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Taken back", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn undo(
    asked: Asked,
    Id(doctor): Id<DoctorId>,
    Json(body): Json<UndoBody>,
) -> Result<Response, Problem> {
    send(asked, doctor, body.check()).await
}

/// Opens, pauses or closes the line of the present day for new tickets, and says how many numbers it has. Who is in it stays.
#[utoipa::path(post, path = "/v1/lines/{doctor}/reception", tag = "lines", request_body = ReceptionBody,
    params(("doctor" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Set", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn reception(
    asked: Asked,
    Id(doctor): Id<DoctorId>,
    Json(body): Json<ReceptionBody>,
) -> Result<Response, Problem> {
    send(asked, doctor, body.check()?).await
}

/// Takes a number for who comes or calls: without an account, or a patient whom the hospital knows.
#[utoipa::path(post, path = "/v1/lines/{doctor}/tickets", tag = "lines", request_body = WalkInBody,
    params(("doctor" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Confirmed", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn walk_in(
    asked: Asked,
    Id(doctor): Id<DoctorId>,
    Json(body): Json<WalkInBody>,
) -> Result<Response, Problem> {
    send(asked, doctor, body.check()?).await
}

/// A booked patient is there: the booking takes the next number of the line, or the patient's own ticket becomes the
/// booking's.
#[utoipa::path(post, path = "/v1/lines/{doctor}/arrivals", tag = "lines", request_body = ArrivalBody,
    params(("doctor" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Confirmed", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn arrive(
    asked: Asked,
    Id(doctor): Id<DoctorId>,
    Json(body): Json<ArrivalBody>,
) -> Result<Response, Problem> {
    send(asked, doctor, body.check()).await
}

/// The present day's tickets, of every status and channel, as they were taken, and how the line stands. Free text is in
/// none of them.
#[utoipa::path(get, path = "/v1/lines/{doctor}", tag = "lines",
    params(("doctor" = Uuid, Path), ("cursor" = Option<String>, Query),
        ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = LinePage), schema::Refusal))]
async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Id(doctor): Id<DoctorId>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (after, limit) = (page.after()?, page.limit()?);
    let (doctor, _) = of_line(&app, session, doctor).await?;
    let (now, zone) = (app.clock.now(), doctor.zone());
    let day = doctor.day_of(now);
    let state = tickets_store::line(&app.database, day).await?;
    let grades = tickets_store::grades(&app.database, day.0).await?;
    let found = tickets_store::of_day(&app.database, day, after, limit + 1).await?;
    let id = |found: &ShownTicket| found.ticket.id.uuid();
    let mut list = page::list(found, limit, id, |found| shown(&found), &time::show(now, zone));
    list["line"] = json!(state.view(zone));
    list["estimates"] = json!({"graded": grades.graded, "within_p50": grades.within_p50, "within_p90": grades.within_p90});
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

/// A ticket as staff see it.
pub(super) fn shown(found: &ShownTicket) -> Value {
    let mut view = found.view();
    view["urgent"] = json!(found.ticket.priority < domain::line::USUAL_PRIORITY);
    view["passed"] = json!(found.ticket.passed);
    if found.ticket.booking_id.is_some() {
        view["identity_checked"] = json!(found.ticket.identity_checked);
    }
    view
}
