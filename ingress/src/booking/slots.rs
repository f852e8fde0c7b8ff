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
use crate::page::{self, Id, Page, Params};
use crate::problem::Problem;
use crate::schema;
use crate::session::Visitor;
use crate::state::App;

/// Longest span of which slots are shown. One of its days may have an hour more.
const MAX_DAYS: i64 = 31;

#[derive(Deserialize)]
pub(super) struct Span {
    from: String,
    to: String,
    #[serde(default)]
    visit: Option<Visit>,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// One end of a span as a client writes it.
#[derive(Clone, Copy)]
enum End {
    At(Timestamp),
    /// In the hospital's zone.
    Day(NaiveDate),
}

/// The doctor's slots that can still be booked, or will be once their day opens.
#[utoipa::path(get, path = "/v1/doctors/{id}/slots", tag = "doctors", security(()),
    params(("id" = Uuid, Path), ("from" = String, Query, description = "RFC 3339 with an offset, or a date of the hospital (2026-11-28)"),
        ("to" = String, Query, description = "at most 31 days later; a time is excluded, a date is meant with its whole day"),
        ("visit" = Option<String>, Query, description = "first or return (default)"),
        ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page of slots, by time", body = Slots), schema::Refusal))]
pub(super) async fn slots(
    State(app): State<Arc<App>>,
    _visitor: Visitor,
    Id(id): Id<DoctorId>,
    Params(span): Params<Span>,
) -> Result<Response, Problem> {
    let (from, to) = (End::read("from", &span.from)?, End::read("to", &span.to)?);
    let page = Page::new(span.cursor, span.limit);
    let (after, limit) = (page.after_time()?, usize::try_from(page.limit()?).unwrap_or(usize::MAX));
    let doctor = app.directory.doctor(id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let (from, to) = (from.begins(&doctor)?, to.ends(&doctor)?);
    if from >= to || to - from > TimeDelta::days(MAX_DAYS) + TimeDelta::hours(1) {
        let rule = format!("to is after from, by at most {MAX_DAYS} days");
        return Err(Problem::malformed(rule).field("to"));
    }
    let now = app.clock.now();
    let offered = offered(&doctor, (from, to), span.visit.unwrap_or_default(), now);
    let rest = offered.filter(|slot| after.is_none_or(|after| slot.starts_at > after));
    // One beyond the limit tells whether there are more.
    let mut offered: Vec<Slot> = rest.take(limit + 1).collect();
    let is_last = offered.len() <= limit;
    offered.truncate(limit);
    let taken = taken(&app, &doctor, &offered).await?;
    let taken = taken.at(now);
    let next = offered.last().filter(|_| !is_last).map(|slot| page::cursor_of_time(slot.starts_at));
    let shown = |slot| show_slot(&doctor, &taken, slot, now);
    let items: Vec<_> = offered.into_iter().map(shown).collect();
    let zone = doctor.zone();
    let (as_of, zone) = (time::show(now, zone), zone.name());
    let list = json!({"items": items, "next_cursor": next, "as_of": as_of, "zone": zone});
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

impl End {
    fn read(field: &'static str, text: &str) -> Result<Self, Problem> {
        if let Ok(day) = text.parse() {
            return Ok(End::Day(day));
        }
        // A `+` that was not escaped in the query arrives as a space.
        time::parse(&text.replace(' ', "+")).map(End::At).map_err(|error| {
            Problem::malformed(format!("{error}, or a date such as 2026-11-23")).field(field)
        })
    }

    fn begins(self, doctor: &Doctor) -> Result<Timestamp, Problem> {
        match self {
            End::At(at) => Ok(at),
            End::Day(day) => Ok(span_of(doctor, day)?.0),
        }
    }

    fn ends(self, doctor: &Doctor) -> Result<Timestamp, Problem> {
        match self {
            End::At(at) => Ok(at),
            End::Day(day) => Ok(span_of(doctor, day)?.1),
        }
    }
}

fn span_of(doctor: &Doctor, day: NaiveDate) -> Result<(Timestamp, Timestamp), Problem> {
    let span = doctor.schedule.span_of(day);
    span.ok_or_else(|| Problem::malformed("this calendar has no such date").field("from"))
}

fn offered(
    doctor: &Doctor,
    (from, to): (Timestamp, Timestamp),
    visit: Visit,
    now: Timestamp,
) -> impl Iterator<Item = Slot> {
    let (schedule, zone) = (&doctor.schedule, doctor.zone());
    let last: NaiveDate = time::day_of(to, zone);
    let days = time::day_of(from, zone).iter_days().take_while(move |day| *day <= last);
    let slots = days.flat_map(move |day| schedule.slots_on(day, visit));
    let open = move |slot: &Slot| now < schedule.booking_ends(slot.starts_at);
    slots.filter(move |slot| (from..to).contains(&slot.starts_at) && open(slot))
}

async fn taken(app: &App, doctor: &Doctor, offered: &[Slot]) -> Result<TakenTime, Problem> {
    let (Some(first), Some(last)) = (offered.first(), offered.last()) else {
        return Ok(TakenTime::default());
    };
    let (from, until) = (first.starts_at, last.ends_at);
    let range = TimeRange { doctor: doctor.id, seats: doctor.schedule.most_seats(), from, until };
    let mut connection = app.database.acquire().await?;
    let taken = taken_store::taken(&mut connection, &[range]).await?;
    Ok(TakenTime::new(taken.into_iter().map(|(_, taken)| taken).collect()))
}

fn show_slot(doctor: &Doctor, taken: &TakenTime, slot: Slot, now: Timestamp) -> Value {
    let zone = doctor.zone();
    let mut shown = json!({
        "starts_at": time::show(slot.starts_at, zone),
        "ends_at": time::show(slot.ends_at, zone),
        "seats_free": taken.seats_free(slot, doctor.schedule.seats_at(slot.starts_at)),
    });
    let opens_at = doctor.schedule.opens_at(slot.starts_at);
    if let Some(opens_at) = opens_at.filter(|at| now < *at) {
        shown["opens_at"] = json!(time::show(opens_at, zone));
    }
    shown
}
