//! How each action is asked for: the route and the body.

use docde_tests::history::Action;
use serde_json::{Value, json};

use crate::actions::text;

/// Path and JSON.
pub fn of(action: &Action) -> (String, Value) {
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
    }
}
