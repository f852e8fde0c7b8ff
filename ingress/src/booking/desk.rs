//! A hospital's bookings as its staff see and work them. Whoever does not work there finds no such hospital.

use axum::extract::State;
use axum::response::Response;
use chrono::{NaiveDate, NaiveTime};
use domain::booking::Status;
use domain::code::Code;
use domain::ids::{BookingId, DoctorId, HospitalId, PatientId};
use domain::people::Sender;
use domain::time::{self, Timestamp, Zone};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::desk_body::{
    DeskBody, DeskBookBody, MoveBody, OfHospital, StepBookingBody, UndoBookingBody,
};
use super::desk_store::{self, DeskBooking, Wanted};
use super::schema::{Booking, Bookings};
use crate::access_store::{self, Access};
use crate::asked::Asked;
use crate::page::{self, Id, Ids, Json, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::submit::submit_as;
use crate::{answer, note, schema, staff};

/// As they stand in the log of reads.
const LIST: &str = "GET /v1/hospitals/{id}/bookings";
const ROUTE: &str = "GET /v1/hospitals/{id}/bookings/{booking}";

/// The desk's routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, book))
        .routes(routes!(open))
        .routes(routes!(step))
        .routes(routes!(reschedule))
        .routes(routes!(undo))
}

async fn zone_of(app: &App, id: HospitalId) -> Result<Zone, Problem> {
    let found = app.directory.zones(&[id]).await?;
    found.get(&id).copied().ok_or_else(|| Problem::new(Code::NotFound))
}

/// Which bookings are listed.
#[derive(Deserialize)]
struct Filter {
    day: Option<NaiveDate>,
    doctor_id: Option<DoctorId>,
    patient_id: Option<PatientId>,
    status: Option<Status>,
    #[serde(default)]
    names: bool,
    cursor: Option<String>,
    limit: Option<u32>,
}

impl Filter {
    /// The day that is asked for, else the present one; of one patient, all days.
    fn span(&self, zone: Zone, now: Timestamp) -> Result<Option<(Timestamp, Timestamp)>, Problem> {
        let day = match (self.day, self.patient_id) {
            (None, Some(_)) => return Ok(None),
            (day, _) => day.unwrap_or_else(|| time::day_of(now, zone)),
        };
        let midnight = |day: NaiveDate| time::first_at(zone, day.and_time(NaiveTime::MIN));
        let span = midnight(day).zip(day.succ_opt().and_then(midnight));
        let span = span.filter(|(from, _)| time::is_sane(*from));
        span.map(Some).ok_or_else(|| Problem::malformed("no day of bookings").field("day"))
    }
}

/// The hospital's bookings of a day, by their start. Free text is in none of them; names are if they are asked for, and whose were
/// read is written down.
#[utoipa::path(get, path = "/v1/hospitals/{id}/bookings", tag = "desk",
    params(("id" = Uuid, Path),
        ("day" = Option<String>, Query, description = "a date of the hospital (2026-11-28); absent: the present one, or all of a `patient_id`"),
        ("doctor_id" = Option<Uuid>, Query), ("patient_id" = Option<Uuid>, Query),
        ("status" = Option<String>, Query, description = "one status: `pending` are those that wait for approval"),
        ("names" = Option<bool>, Query, description = "true: with names and birth dates of patients; each one that is shown is written down as read"),
        ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = Bookings), schema::Refusal))]
async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Id(hospital): Id<HospitalId>,
    Params(filter): Params<Filter>,
) -> Result<Response, Problem> {
    let sender = staff::sender(&app, session, hospital).await?;
    let (zone, now) = (zone_of(&app, hospital).await?, app.clock.now());
    let span = filter.span(zone, now)?;
    let page = Page::new(filter.cursor, filter.limit);
    let (after, limit) = (page.after_start()?, page.limit()?);
    let (doctor, patient, status) = (filter.doctor_id, filter.patient_id, filter.status);
    let wanted = Wanted { hospital, span, doctor, patient, status, after };
    let mut found = desk_store::list(&app.database, &wanted, limit + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_last = found.len() <= limit;
    found.truncate(limit);
    if filter.names {
        let reads: Vec<_> = found.iter().map(|found| read(now, &sender, found, LIST)).collect();
        access_store::record_all(&app.database, &reads).await?;
    }
    let last = found.last().map(|found| &found.shown.booking).filter(|_| !is_last);
    let next = last.map(|last| page::cursor_of_start(last.starts_at, last.id.uuid()));
    let items: Vec<_> = found.iter().map(|found| view(found, filter.names)).collect();
    let body = json!({"items": items, "next_cursor": next, "as_of": time::show(now, zone)});
    Ok(answer::json(StatusCode::OK, body.to_string()))
}

/// That the sender reads whose booking it is.
fn read(now: Timestamp, sender: &Sender, found: &DeskBooking, route: &'static str) -> Access {
    let booking = &found.shown.booking;
    let (actor, hospital, subject) = (sender.caller, booking.hospital_id, booking.id.uuid());
    Access { at: now, actor, hospital, patient: Some(booking.patient_id), subject, route }
}

fn view(found: &DeskBooking, named: bool) -> Value {
    let mut view = found.shown.view();
    if named {
        view["name"] = json!(found.name);
        view["birth_date"] = json!(found.born);
    }
    view
}

/// One booking with its patient's name, and with the phone and the reason that came with it. Each read is written down.
#[utoipa::path(get, path = "/v1/hospitals/{id}/bookings/{booking}", tag = "desk",
    params(("id" = Uuid, Path), ("booking" = Uuid, Path)),
    responses((status = 200, description = "The booking", body = Booking), schema::Refusal))]
async fn open(
    State(app): State<Arc<App>>,
    session: Session,
    Ids(hospital, id): Ids<HospitalId, BookingId>,
) -> Result<Response, Problem> {
    let sender = staff::sender(&app, session, hospital).await?;
    let found = desk_store::find(&app.database, hospital, id).await?;
    let found = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    access_store::record(&app.database, &read(app.clock.now(), &sender, &found, ROUTE)).await?;
    let booking = &found.shown.booking;
    let note = note::open(&app, booking.sealed.as_deref(), booking.request_id);
    let mut view = view(&found, true);
    view["reason"] = json!(note.reason);
    view["phone"] = json!(note.phone);
    Ok(answer::json(StatusCode::OK, view.to_string()))
}

/// Books for a patient who calls or is there.
#[utoipa::path(post, path = "/v1/hospitals/{id}/bookings", tag = "desk", request_body = DeskBookBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Confirmed", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn book(
    asked: Asked,
    Id(hospital): Id<HospitalId>,
    Json(body): Json<DeskBookBody>,
) -> Result<Response, Problem> {
    send(asked, hospital, body.check()?).await
}

/// Takes a booking one step along its ladder: approves, refuses, cancels it, or says that its patient was seen or did not come.
#[utoipa::path(post, path = "/v1/hospitals/{id}/bookings/{booking}/steps", tag = "desk", request_body = StepBookingBody,
    params(("id" = Uuid, Path), ("booking" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Done", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn step(
    asked: Asked,
    Ids(hospital, id): Ids<HospitalId, BookingId>,
    Json(body): Json<StepBookingBody>,
) -> Result<Response, Problem> {
    send(asked, hospital, body.check(id)?).await
}

/// Moves a booking to another time or to another doctor of the hospital, also after its cut-off: never two, never none.
#[utoipa::path(post, path = "/v1/hospitals/{id}/bookings/{booking}/move", tag = "desk", request_body = MoveBody,
    params(("id" = Uuid, Path), ("booking" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Moved", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn reschedule(
    asked: Asked,
    Ids(hospital, id): Ids<HospitalId, BookingId>,
    Json(body): Json<MoveBody>,
) -> Result<Response, Problem> {
    send(asked, hospital, body.check(id)?).await
}

/// Takes back the last step that staff took with a booking, for ten minutes.
#[utoipa::path(post, path = "/v1/hospitals/{id}/bookings/{booking}/undo", tag = "desk", request_body = UndoBookingBody,
    params(("id" = Uuid, Path), ("booking" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Taken back", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn undo(
    asked: Asked,
    Ids(hospital, id): Ids<HospitalId, BookingId>,
    Json(body): Json<UndoBookingBody>,
) -> Result<Response, Problem> {
    send(asked, hospital, body.check(id)).await
}

/// Sends it for whoever works there.
async fn send(asked: Asked, hospital: HospitalId, body: DeskBody) -> Result<Response, Problem> {
    let mut sender = staff::sender(&asked.app, asked.session, hospital).await?;
    sender.channel = body.channel();
    if let Some(patient) = body.patient() {
        sender.for_account =
            staff::account_of_known(&asked.app, (&sender, hospital), patient).await?;
    }
    submit_as(asked, sender, OfHospital { hospital_id: hospital, body }).await
}
