//! A doctor's slots that can still be booked.

use axum::extract::State;
use axum::response::Response;
use chrono::{NaiveDate, TimeDelta};
use domain::booking::TakenTime;
use domain::code::Code;
use domain::directory::Doctor;
use domain::ids::DoctorId;
use domain::schedule::{Slot, Visit};
use domain::time::{self, Timestamp};
use http::StatusCode;
use platform::booking::taken_store::{self, TimeRange};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

use super::schema::Slots;
use crate::answer;
use crate::page::{Id, Params};
use crate::problem::Problem;
use crate::schema;
use crate::session::Session;
use crate::state::App;

/// Longest span of which slots are shown.
const MAX_DAYS: i64 = 31;

#[derive(Deserialize)]
pub(super) struct Span {
    from: String,
    to: String,
    #[serde(default)]
    visit: Option<Visit>,
}

/// The doctor's slots that can still be booked, or will be once their day opens.
#[utoipa::path(get, path = "/v1/doctors/{id}/slots", tag = "doctors",
    params(("id" = Uuid, Path), ("from" = String, Query, description = "RFC 3339 with an offset"),
        ("to" = String, Query, description = "at most 31 days later"), ("visit" = Option<String>, Query, description = "first or return (default)")),
    responses((status = 200, description = "The slots", body = Slots), schema::Refusal))]
pub(super) async fn slots(
    State(app): State<Arc<App>>,
    _session: Session,
    Id(id): Id<DoctorId>,
    Params(span): Params<Span>,
) -> Result<Response, Problem> {
    let (from, to) = (instant("from", &span.from)?, instant("to", &span.to)?);
    if from >= to || to - from > TimeDelta::days(MAX_DAYS) {
        let rule = format!("to is after from, by at most {MAX_DAYS} days");
        return Err(Problem::malformed(rule).field("to"));
    }
    let doctor = app.directory.doctor(id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let now = app.clock.now();
    let offered = offered(&doctor, (from, to), span.visit.unwrap_or_default(), now);
    let taken = taken(&app, &doctor, &offered).await?;
    let shown = |slot| show_slot(&doctor, &taken, slot, now);
    let items: Vec<_> = offered.into_iter().map(shown).collect();
    let zone = doctor.zone();
    let (as_of, zone) = (time::show(now, zone), zone.name());
    let list = json!({"items": items, "next_cursor": null, "as_of": as_of, "zone": zone});
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

/// A `+` that was not escaped in the query arrives as a space.
fn instant(field: &'static str, text: &str) -> Result<Timestamp, Problem> {
    let instant = time::parse(&text.replace(' ', "+"));
    instant.map_err(|error| Problem::malformed(error.to_string()).field(field))
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
    let open = |slot: &Slot| now < schedule.cutoff_of(slot.starts_at);
    slots.filter(|slot| (from..to).contains(&slot.starts_at) && open(slot)).collect()
}

async fn taken(app: &App, doctor: &Doctor, offered: &[Slot]) -> Result<TakenTime, Problem> {
    let (Some(first), Some(last)) = (offered.first(), offered.last()) else {
        return Ok(TakenTime::default());
    };
    let (from, until) = (first.starts_at, last.ends_at);
    let range = TimeRange { doctor: doctor.id, seats: doctor.schedule.seats, from, until };
    let mut connection = app.database.acquire().await?;
    let taken = taken_store::taken(&mut connection, &[range]).await?;
    Ok(TakenTime::new(taken.into_iter().map(|(_, taken)| taken).collect()))
}

fn show_slot(doctor: &Doctor, taken: &TakenTime, slot: Slot, now: Timestamp) -> Value {
    let zone = doctor.zone();
    let mut shown = json!({
        "starts_at": time::show(slot.starts_at, zone),
        "ends_at": time::show(slot.ends_at, zone),
        "seats_free": taken.seats_free(slot, doctor.schedule.seats),
    });
    let opens_at = doctor.schedule.opens_at(slot.starts_at);
    if let Some(opens_at) = opens_at.filter(|at| now < *at) {
        shown["opens_at"] = json!(time::show(opens_at, zone));
    }
    shown
}
