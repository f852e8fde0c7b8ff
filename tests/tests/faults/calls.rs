//! How each action is asked for: the route and the body.

use chrono::{DateTime, NaiveDateTime};
use docde_tests::history::Action;
use reqwest::Method;
use serde_json::{Value, json};

use crate::actions::text;

/// Method, path and JSON. Days and hours are those of the zone.
pub fn of(action: &Action, zone: chrono_tz::Tz) -> (Method, String, Value) {
    match action {
        Action::Close { doctor, starts_at, ends_at } => {
            let (from, until) = (local(*starts_at, zone), local(*ends_at, zone));
            let (day, from, until) = (from.date(), from.format("%H:%M"), until.format("%H:%M"));
            let body = json!({"first_day": day, "from": from.to_string(), "until": until.to_string(), "reason": "leave"});
            (Method::POST, format!("/v1/doctors/{doctor}/closings"), body)
        }
        Action::Open { doctor, closing } => {
            (Method::DELETE, format!("/v1/doctors/{doctor}/closings/{closing}"), Value::Null)
        }
        other => {
            let (path, body) = post(other);
            (Method::POST, path, body)
        }
    }
}

fn local(at: i64, zone: chrono_tz::Tz) -> NaiveDateTime {
    let at = DateTime::from_timestamp_millis(at).unwrap_or_default();
    at.with_timezone(&zone).naive_local()
}

fn post(action: &Action) -> (String, Value) {
    let line = |doctor: &uuid::Uuid, rest: &str| format!("/v1/lines/{doctor}/{rest}");
    match action {
        Action::Book { doctor, starts_at, .. } => (
            "/v1/bookings".to_owned(),
            json!({"doctor_id": doctor, "starts_at": text(*starts_at), "visit": "first"}),
        ),
        Action::Cancel { booking } => (format!("/v1/bookings/{booking}/cancel"), json!({})),
        Action::Reschedule { booking, doctor, starts_at, .. } => (
            format!("/v1/bookings/{booking}/reschedule"),
            json!({"doctor_id": doctor, "starts_at": text(*starts_at)}),
        ),
        Action::Hold { doctor, starts_at, .. } => (
            "/v1/holds".to_owned(),
            json!({"doctor_id": doctor, "starts_at": text(*starts_at), "visit": "first"}),
        ),
        Action::BookHeld { booking } => (format!("/v1/holds/{booking}/book"), json!({})),
        Action::Release { booking } => (format!("/v1/holds/{booking}/release"), json!({})),
        Action::StepBooking { hospital, booking, revision, step } => {
            let mut body = json!({"revision": revision, "step": step});
            if *step == "refuse" {
                body["reason"] = json!("no_room");
            }
            (format!("/v1/hospitals/{hospital}/bookings/{booking}/steps"), body)
        }
        Action::Take { doctor } => ("/v1/receptions".to_owned(), json!({"doctor_id": doctor})),
        Action::Leave { ticket } => (format!("/v1/receptions/{ticket}/cancel"), json!({})),
        Action::WalkIn { doctor, phone } => {
            let channel = if *phone { "phone" } else { "desk" };
            (line(doctor, "tickets"), json!({"channel": channel, "name": "손님"}))
        }
        Action::Step { doctor, ticket, revision, step } => {
            let mut body = json!({"ticket_id": ticket, "revision": revision, "step": step});
            if *step == "urgent" {
                body["reason"] = json!("emergency");
            }
            (line(doctor, "steps"), body)
        }
        Action::Next { doctor, after, calls } => {
            (line(doctor, "next"), json!({"after": after, "calls": calls}))
        }
        Action::Undo { doctor, ticket, undone } => {
            (line(doctor, "undo"), json!({"ticket_id": ticket, "request_id": undone}))
        }
        Action::Close { .. } | Action::Open { .. } => (String::new(), Value::Null),
    }
}
