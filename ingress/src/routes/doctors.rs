//! Doctors and their free time.

use axum::extract::State;
use axum::response::Response;
use chrono::{NaiveDate, TimeDelta};
use domain::booking::Visit;
use domain::code::Code;
use domain::doctor_day::TakenTime;
use domain::ids::DoctorId;
use domain::schedule::Slot;
use domain::time::{self, Timestamp};
use domain::world::Doctor;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

use crate::page::{self, Id, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::store_days::{self, Wanted};
use crate::{answer, schema, store_doctors};

/// Longest span of which slots are shown.
const MOST_DAYS: i64 = 31;

#[derive(Deserialize)]
pub(super) struct OfHospital {
    hospital_id: Option<Uuid>,
}

#[derive(Deserialize)]
pub(super) struct Span {
    from: String,
    to: String,
    #[serde(default)]
    visit: Option<Visit>,
}

/// Doctors, of one hospital or of all.
#[utoipa::path(get, path = "/v1/doctors", tag = "doctors",
    params(("hospital_id" = Option<Uuid>, Query), ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query)),
    responses((status = 200, description = "A page", body = schema::Doctors), schema::Refusal))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _session: Session,
    Params(of): Params<OfHospital>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (after, limit) = (page.after()?, page.limit()?);
    let found = store_doctors::list(&app.database, of.hospital_id, after, limit + 1).await?;
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    Ok(answer::json(
        StatusCode::OK,
        page::list(found, limit, |doctor| doctor.id, |doctor| json!(doctor), &as_of).to_string(),
    ))
}

/// One doctor.
#[utoipa::path(get, path = "/v1/doctors/{id}", tag = "doctors", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The doctor", body = schema::Doctor), schema::Refusal))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    _session: Session,
    Id(id): Id<DoctorId>,
) -> Result<Response, Problem> {
    let found = store_doctors::find(&app.database, id)
        .await?
        .ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(answer::json(StatusCode::OK, json!(found).to_string()))
}

/// The doctor's slots that can still be booked, or will be once their day opens.
#[utoipa::path(get, path = "/v1/doctors/{id}/slots", tag = "doctors",
    params(("id" = Uuid, Path), ("from" = String, Query, description = "RFC 3339 with an offset"),
        ("to" = String, Query, description = "at most 31 days later"), ("visit" = Option<String>, Query, description = "first or return (default)")),
    responses((status = 200, description = "The slots", body = schema::Slots), schema::Refusal))]
pub(super) async fn slots(
    State(app): State<Arc<App>>,
    _session: Session,
    Id(id): Id<DoctorId>,
    Params(span): Params<Span>,
) -> Result<Response, Problem> {
    let (from, to) = (instant("from", &span.from)?, instant("to", &span.to)?);
    if from >= to || to - from > TimeDelta::days(MOST_DAYS) {
        return Err(Problem::malformed(format!("to is after from, by at most {MOST_DAYS} days"))
            .field("to"));
    }
    let doctor = app.directory.get(id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let now = app.clock.now();
    let offered = offered(&doctor, (from, to), span.visit.unwrap_or_default(), now);
    let taken = taken(&app, &doctor, &offered).await?;
    let items: Vec<_> =
        offered.into_iter().map(|slot| show_slot(&doctor, &taken, slot, now)).collect();
    let zone = doctor.zone();
    let list = json!({"items": items, "next_cursor": null, "as_of": time::show(now, zone), "zone": zone.name()});
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

/// A `+` that was not escaped in the query arrives as a space.
fn instant(field: &'static str, text: &str) -> Result<Timestamp, Problem> {
    time::parse(&text.replace(' ', "+"))
        .map_err(|error| Problem::malformed(error.to_string()).field(field))
}

fn offered(
    doctor: &Doctor,
    (from, to): (Timestamp, Timestamp),
    visit: Visit,
    now: Timestamp,
) -> Vec<Slot> {
    let (schedule, zone) = (&doctor.schedule, doctor.zone());
    let last: NaiveDate = time::day_of(to, zone);
    let days = time::day_of(from, zone).iter_days().take_while(|day| *day <= last);
    let slots = days.flat_map(|day| schedule.slots_on(day, visit));
    slots
        .filter(|slot| {
            (from..to).contains(&slot.starts_at) && now < schedule.cutoff_of(slot.starts_at)
        })
        .collect()
}

async fn taken(app: &App, doctor: &Doctor, offered: &[Slot]) -> Result<TakenTime, Problem> {
    let (Some(first), Some(last)) = (offered.first(), offered.last()) else {
        return Ok(TakenTime::default());
    };
    let wanted = Wanted {
        partition: app.partitions.of(doctor.hospital_id),
        doctor: doctor.id,
        seats: doctor.schedule.seats,
        day: time::day_of(first.starts_at, doctor.zone()),
        from: first.starts_at,
        until: last.ends_at,
    };
    Ok(store_days::taken(&app.database, wanted).await?)
}

fn show_slot(doctor: &Doctor, taken: &TakenTime, slot: Slot, now: Timestamp) -> Value {
    let zone = doctor.zone();
    let mut shown = json!({
        "starts_at": time::show(slot.starts_at, zone),
        "ends_at": time::show(slot.ends_at, zone),
        "seats_free": taken.seats_free(slot, doctor.schedule.seats),
    });
    if let Some(opens_at) = doctor.schedule.opens_at(slot.starts_at).filter(|at| now < *at) {
        shown["opens_at"] = json!(time::show(opens_at, zone));
    }
    shown
}
