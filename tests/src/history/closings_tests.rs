//! The judge of closings is not asleep: a small good history passes, and each way of spoiling it is named.

use serde_json::{Value, json};

use super::rows::Closing;
use super::story::{CLERK, FOLD, OTHER, Story, found, reword, wish};
use super::tests::{ACCOUNT, DOCTOR, HOUR, START, id};
use super::*;

/// 1 and 4 are booked and held; 5 closes their hours, which ends both and leaves 2. 6 and 7 want the closed time. 8 opens it, 9 too late,
/// and 10 books there.
fn closings() -> Story {
    let mut story = Story::new();
    story.makes(1, ACCOUNT, START, "booked");
    story.makes(2, ACCOUNT, START + 2 * HOUR, "booked");
    story.makes(4, OTHER, START + HOUR, "proposed");
    let (doctor, starts_at, ends_at) = (DOCTOR, START + HOUR / 2, START + 2 * HOUR);
    story.steps(5, 1, "cancelled", Some("closed_by_hospital"));
    story.steps(5, 4, "cancelled", Some("closed_by_hospital"));
    let closing = |state: &str| json!({"type": "confirmed", "closing": {"id": id(5), "doctor_id": DOCTOR, "ended": 2, "state": state}});
    let close = Action::Close { doctor, starts_at, ends_at };
    story.decided(5, CLERK, Some(close), &closing("closed"));
    story.notice(5, "BOOKING_CLOSED", 1);
    story.notice(5, "BOOKING_CLOSED", 4);
    story.refused(6, OTHER, wish(START + HOUR), "CLOSED", &Value::Null);
    let book = Action::BookHeld { booking: id(4) };
    story.refused(7, OTHER, book, "STATE_CONFLICT", &json!({"current": "cancelled"}));
    let open = || Action::Open { doctor, closing: id(5) };
    story.decided(8, CLERK, Some(open()), &closing("opened"));
    story.refused(9, CLERK, open(), "STATE_CONFLICT", &json!({"current": "opened"}));
    story.makes(10, OTHER, START + HOUR, "booked");
    let (state, ended) = ("opened".to_owned(), 2);
    let row = Closing { doctor, starts_at, ends_at, ended, state };
    story.rows.closings.push((id(5), row));
    story
}

#[test]
fn whoever_is_booked_in_closed_time_is_found() {
    found("is in closed time", closings, |_, rows| {
        // As if it had not been opened before.
        rows.requests.retain(|row| row.id != id(8));
    });
    found(FOLD, closings, |_, rows| {
        // Booking 4 has outlived the closing.
        rows.booking_steps.retain(|step| step.booking != id(4));
    });
    found(FOLD, closings, |_, rows| rows.booking_steps[1].reason = None);
    found(FOLD, closings, |_, rows| rows.booking_steps[1].booking = id(2));
}

#[test]
fn a_closing_that_counts_or_stands_otherwise_is_found() {
    found(FOLD, closings, |_, rows| reword(rows, 5, "\"ended\":2", "\"ended\":1"));
    found(FOLD, closings, |_, rows| rows.closings[0].1.ended = 3);
    found(FOLD, closings, |_, rows| rows.closings[0].1.state = "closed".to_owned());
    found(FOLD, closings, |_, rows| rows.closings.clear());
    found(FOLD, closings, |_, rows| reword(rows, 8, "opened", "closed"));
    found("was refused with", closings, |_, rows| reword(rows, 9, "opened", "closed"));
    found("was refused with", closings, |history, _| {
        history.ops.get_mut(&id(6)).unwrap().action = wish(START + 3 * HOUR);
    });
}

#[test]
fn an_ended_booking_that_was_not_told_is_found() {
    let name = "what was told of bookings";
    found(name, closings, |_, rows| {
        let told = rows.events.iter().rposition(|event| event.kind == "notice").unwrap();
        rows.events.remove(told);
    });
    found(name, closings, |_, rows| {
        let told = rows.events.iter_mut().find(|event| event.kind == "notice").unwrap();
        told.document = told.document.take().map(|text| text.replace("CLOSED", "CANCELLED"));
    });
}
