//! The judge of holds is not asleep: a small good history passes, and each way of spoiling it is named.

use serde_json::{Value, json};

use super::rows::{Booking, Time};
use super::story::{FOLD, MINUTE, NOW, OTHER, Story, found, reword, wish};
use super::tests::{ACCOUNT, DOCTOR, HOUR, PATIENT, START, id, text};
use super::*;

/// 1 is held, kept from another (2) and booked (3). 4 is over when another takes its time (5), and its holder is told so (6). 7 is
/// over, and ends by itself (8). 9 is given back (10) and cannot be booked then (11).
fn holds() -> Story {
    let mut story = Story::new();
    story.makes(1, ACCOUNT, START, "proposed");
    story.refused(2, OTHER, wish(START), "SLOT_TAKEN", &Value::Null);
    story.steps(3, 1, "booked", None);
    story.confirmed(3, ACCOUNT, Some(Action::BookHeld { booking: id(1) }), 1);
    story.makes(4, ACCOUNT, START + HOUR, "proposed");
    story.minute = 1;
    story.steps(5, 4, "cancelled", Some("hold_over"));
    story.makes(5, OTHER, START + HOUR, "booked");
    let late = Action::BookHeld { booking: id(4) };
    story.refused(6, ACCOUNT, late, "HOLD_EXPIRED", &Value::Null);
    story.makes(7, ACCOUNT, START + 2 * HOUR, "proposed");
    story.minute = 3;
    story.steps(8, 7, "cancelled", Some("hold_over"));
    story.confirmed(8, domain::people::TIMER.uuid(), None, 7);
    story.notice(8, "HOLD_OVER", 7);
    story.makes(9, ACCOUNT, START + 2 * HOUR, "proposed");
    story.steps(10, 9, "cancelled", None);
    story.confirmed(10, ACCOUNT, Some(Action::Release { booking: id(9) }), 9);
    let again = Action::BookHeld { booking: id(9) };
    story.refused(11, ACCOUNT, again, "STATE_CONFLICT", &json!({"current": "cancelled"}));
    story
}

#[test]
fn a_time_that_was_held_for_another_is_found() {
    found("took time of", holds, |_, rows| {
        // Somebody else books what is held.
        let (document, from) = (rows.requests[0].document.clone(), id(1).to_string());
        rows.requests[1].document =
            document.replace(&from, &id(2).to_string()).replace("proposed", "booked");
        rows.requests[1].state = "confirmed".to_owned();
    });
    found("an overlap: seat", holds, |_, rows| {
        let row =
            |row: &Booking| Booking { id: id(0xe1), status: "proposed".to_owned(), ..row.clone() };
        rows.bookings.push(row(&rows.bookings[0]));
    });
}

#[test]
fn a_hold_that_ended_too_early_is_found() {
    found(FOLD, holds, |_, rows| rows.booking_steps[1].at -= 1);
    found(FOLD, holds, |_, rows| rows.booking_steps[1].reason = None);
    found(FOLD, holds, |_, rows| rows.booking_steps[1].request = id(6));
    let over = text(NOW + 3 * MINUTE);
    found(FOLD, holds, |_, rows| reword(rows, 8, &over, &text(NOW + MINUTE)));
}

#[test]
fn a_hold_that_lasts_too_long_is_found() {
    // Booked, or in the way, when it was over.
    let (began, over) = (text(NOW), text(NOW + MINUTE));
    let decided = |at: &str| format!("\"decided_at\":\"{at}\"");
    found(FOLD, holds, |_, rows| reword(rows, 3, &decided(&began), &decided(&over)));
    found("SLOT_TAKEN for a free time", holds, |_, rows| {
        reword(rows, 2, &decided(&began), &decided(&over));
    });
}

#[test]
fn a_hold_that_uses_its_patients_time_or_not_its_doctors_is_found() {
    fn held() -> Story {
        let mut story = Story::new();
        story.makes(1, ACCOUNT, START, "proposed");
        story
    }
    found("doctor's time", held, |_, rows| rows.doctor_time.clear());
    found("patient's time", held, |_, rows| {
        let time = Time { holder: (PATIENT, 0), ..rows.doctor_time[0].clone() };
        rows.patient_time.push(time);
    });
    found(FOLD, held, |_, rows| rows.bookings[0].held_until = Some(NOW));
}

#[test]
fn an_untrue_refusal_of_a_hold_is_found() {
    let over = format!("\"decided_at\":\"{}\"", text(NOW + MINUTE));
    let lasts = format!("\"decided_at\":\"{}\"", text(NOW));
    found("was refused with", holds, |_, rows| reword(rows, 6, &over, &lasts));
    found("was refused with", holds, |_, rows| reword(rows, 11, "cancelled", "proposed"));
    found("was refused with", holds, |_, rows| reword(rows, 11, "STATE_CONFLICT", "PAUSED"));
}

#[test]
fn a_step_that_nothing_explains_is_found() {
    found(FOLD, holds, |_, rows| rows.booking_steps[0].before = Some("pending".to_owned()));
    found(FOLD, holds, |_, rows| rows.booking_steps[0].revision = 3);
    found("which has no outcome", holds, |_, rows| rows.booking_steps[0].request = id(0x99));
    found("was not confirmed", holds, |_, rows| rows.booking_steps[0].request = id(2));
}

#[test]
fn a_step_of_others_that_was_not_told_is_found() {
    let name = "what was told of bookings";
    let told = |rows: &Rows| rows.events.iter().position(|event| event.kind == "notice").unwrap();
    found(name, holds, |_, rows| drop(rows.events.remove(told(rows))));
    found(name, holds, |_, rows| {
        let at = told(rows);
        rows.events[at].account = OTHER;
    });
    found(name, holds, |_, rows| {
        let event = rows.events[told(rows)].clone();
        rows.events.push(event);
    });
    found("what the sockets told", holds, |history, _| {
        let frames = history.frames.get_mut(&ACCOUNT).unwrap();
        frames.retain(|frame| matches!(frame, Heard::Outcome(_)));
    });
}

#[test]
fn a_hold_that_was_booked_without_the_approval_it_needs_is_found() {
    // The doctor's schedule asks for it.
    found(FOLD, holds, |_, rows| rows.approving.extend([DOCTOR]));
}
