//! The routes of this room. Whoever does not work at the hospital finds nothing to change; whoever does in another role than a
//! director is told that it is not allowed.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use domain::code::Code;
use domain::ids::{DoctorId, HospitalId};
use domain::people::{Role, Sender};
use domain::time;
use http::StatusCode;
use platform::directory::KnownDoctor;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::TimetableBody;
use super::schema::{Conflicts, DayHours, Schedule, ScheduleSet, Version};
use super::{conflicts, shown, timetable_store};
use crate::asked::Asked;
use crate::page::{self, Id, Ids, Json, Page, Params};
use crate::problem::Problem;
use crate::revision::{self, Seen};
use crate::session::{Session, Visitor};
use crate::state::App;
use crate::submit::submit_as;
use crate::{answer, schema, staff};

/// The routes of this room.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(show, set))
        .routes(routes!(list_conflicts))
        .routes(routes!(set_day, clear_day))
        .routes(routes!(end_doctor))
        .routes(routes!(close_hospital))
}

/// The doctor, there or not, and the caller as a director of the hospital.
async fn directed(
    app: &App,
    session: Session,
    id: DoctorId,
) -> Result<(KnownDoctor, Sender), Problem> {
    let found = timetable_store::doctor(&app.database, id).await?;
    let (known, _) = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let hospital = known.doctor.hospital_id;
    let sender = staff::sender_as(app, session, hospital, &[Role::Director]).await?;
    Ok((known, sender))
}

/// When a doctor sees patients: the present schedule and those that will take its place. The ETag is its revision.
#[utoipa::path(get, path = "/v1/doctors/{id}/schedule", tag = "doctors", security(()), params(("id" = Uuid, Path)),
    responses((status = 200, description = "The schedule", body = Schedule), schema::Refusal))]
async fn show(
    State(app): State<Arc<App>>,
    _visitor: Visitor,
    Id(id): Id<DoctorId>,
) -> Result<Response, Problem> {
    let found = timetable_store::doctor(&app.database, id).await?;
    let found = found.filter(|(known, _)| !known.has_left);
    let (known, _) = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let shown = shown::shown(&known, app.clock.now());
    Ok(revision::json(json!(shown).to_string(), known.schedule_revision))
}

#[derive(Deserialize)]
struct Trial {
    #[serde(default)]
    dry_run: bool,
}

/// Changes a doctor's schedule from a date on. Bookings stay as they are: the answer names those that lie outside. A director of
/// the hospital may.
#[utoipa::path(put, path = "/v1/doctors/{id}/schedule", tag = "doctors", request_body = Version,
    params(("id" = Uuid, Path), ("dry_run" = Option<bool>, Query, description = "true: what it would do is told, and nothing changed"),
        ("If-Match" = String, Header), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Set; or what it would do", body = inline(ScheduleSet)),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn set(
    asked: Asked,
    Id(doctor_id): Id<DoctorId>,
    Params(trial): Params<Trial>,
    seen: Seen,
    Json(body): Json<Version>,
) -> Result<Response, Problem> {
    let terms = Box::new(body.check()?);
    let (known, sender) = directed(&asked.app, asked.session, doctor_id).await?;
    if trial.dry_run {
        let told = conflicts::dry_run(&asked.app, &known, &seen, &terms).await?;
        return Ok(answer::json(StatusCode::OK, told.to_string()).into_response());
    }
    submit_as(asked, sender, TimetableBody::SetSchedule { doctor_id, seen, terms }).await
}

#[derive(Deserialize)]
struct Since {
    from: Option<NaiveDate>,
}

/// Bookings of a doctor that lie outside of the present schedule, in the order in which they were made. A director of the hospital
/// may see them.
#[utoipa::path(get, path = "/v1/doctors/{id}/schedule/conflicts", tag = "doctors",
    params(("id" = Uuid, Path), ("from" = Option<String>, Query, description = "a date of the hospital; absent: now"),
        ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = Conflicts), schema::Refusal))]
async fn list_conflicts(
    State(app): State<Arc<App>>,
    session: Session,
    Id(id): Id<DoctorId>,
    Params(since): Params<Since>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (after, limit) = (page.after()?, page.limit()?);
    let (known, _) = directed(&app, session, id).await?;
    let (now, zone) = (app.clock.now(), known.doctor.zone());
    let begins = since.from.and_then(|day| known.doctor.schedule.span_of(day)).map(|span| span.0);
    let mut found = conflicts::of_present(&app, &known, begins.unwrap_or(now).max(now)).await?;
    found.sort_by_key(|conflict| conflict.booking_id);
    found.retain(|conflict| after.is_none_or(|after| conflict.booking_id.uuid() > after));
    let id = |conflict: &domain::timetable::Conflict| conflict.booking_id.uuid();
    let list = page::list(found, limit, id, |one| json!(one.view(zone)), &time::show(now, zone));
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

/// Gives a date of a doctor hours of its own, on a public holiday too. A director of the hospital may.
#[utoipa::path(put, path = "/v1/doctors/{id}/schedule/days/{day}", tag = "doctors", request_body = DayHours,
    params(("id" = Uuid, Path), ("day" = String, Path), ("If-Match" = String, Header),
        ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Set", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn set_day(
    asked: Asked,
    Ids(doctor_id, day): Ids<DoctorId, NaiveDate>,
    seen: Seen,
    Json(body): Json<DayHours>,
) -> Result<Response, Problem> {
    let hours = Some(body.check()?);
    let (_, sender) = directed(&asked.app, asked.session, doctor_id).await?;
    submit_as(asked, sender, TimetableBody::SetDayHours { doctor_id, seen, day, hours }).await
}

/// Gives a date of a doctor the hours of its weekday again. A director of the hospital may.
#[utoipa::path(delete, path = "/v1/doctors/{id}/schedule/days/{day}", tag = "doctors",
    params(("id" = Uuid, Path), ("day" = String, Path), ("If-Match" = String, Header),
        ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Set", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn clear_day(
    asked: Asked,
    Ids(doctor_id, day): Ids<DoctorId, NaiveDate>,
    seen: Seen,
) -> Result<Response, Problem> {
    let (_, sender) = directed(&asked.app, asked.session, doctor_id).await?;
    submit_as(asked, sender, TimetableBody::SetDayHours { doctor_id, seen, day, hours: None }).await
}

/// Ends a doctor's work at the hospital, if nobody is booked there or waits. A director of the hospital may.
#[utoipa::path(delete, path = "/v1/doctors/{id}", tag = "doctors",
    params(("id" = Uuid, Path), ("If-Match" = String, Header), ("Idempotency-Key" = String, Header),
        ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Ended", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn end_doctor(
    asked: Asked,
    Id(doctor_id): Id<DoctorId>,
    seen: Seen,
) -> Result<Response, Problem> {
    let (_, sender) = directed(&asked.app, asked.session, doctor_id).await?;
    submit_as(asked, sender, TimetableBody::EndDoctor { doctor_id, seen }).await
}

/// Closes a hospital for good, if nobody is booked there or waits: it is neither found nor booked any more. A director of it may.
#[utoipa::path(delete, path = "/v1/hospitals/{id}", tag = "hospitals",
    params(("id" = Uuid, Path), ("If-Match" = String, Header), ("Idempotency-Key" = String, Header),
        ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Closed", body = schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = schema::Request), schema::Refusal))]
async fn close_hospital(
    asked: Asked,
    Id(hospital_id): Id<HospitalId>,
    seen: Seen,
) -> Result<Response, Problem> {
    let sender =
        staff::sender_as(&asked.app, asked.session, hospital_id, &[Role::Director]).await?;
    submit_as(asked, sender, TimetableBody::CloseHospital { hospital_id, seen }).await
}
