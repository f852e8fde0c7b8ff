//! The judge of approvals is not asleep: a small good history passes, and each way of spoiling it is named.

use serde_json::json;

use super::rows::Booking;
use super::story::{CLERK, FOLD, OTHER, Story, found, reword};
use super::tests::{ACCOUNT, DOCTOR, HOUR, START, id};
use super::*;

/// With a doctor who approves: 1 is booked, approved by the desk's 2, and refused too late by 3. 4 is held, booked (5), and refused (6).
/// 7 is cancelled by its patient (8) before anybody has approved it (9).
fn approvals() -> Story {
    let mut story = Story::new();
    story.rows.approving.insert(DOCTOR);
    let step = |booking: u128, revision, step| {
        let (hospital, booking) = (id(0x40), id(booking));
        Action::StepBooking { hospital, booking, revision, step }
    };
    story.makes(1, ACCOUNT, START, "pending");
    story.steps(2, 1, "booked", None);
    story.confirmed(2, CLERK, Some(step(1, 1, "approve")), 1);
    story.notice(2, "BOOKING_APPROVED", 1);
    let present = json!({"current": "booked", "revision": 2});
    story.refused(3, CLERK, step(1, 1, "refuse"), "STATE_CONFLICT", &present);
    story.makes(4, OTHER, START + HOUR, "proposed");
    story.steps(5, 4, "pending", None);
    story.confirmed(5, OTHER, Some(Action::BookHeld { booking: id(4) }), 4);
    story.steps(6, 4, "cancelled", Some("no_room"));
    story.confirmed(6, CLERK, Some(step(4, 2, "refuse")), 4);
    story.notice(6, "BOOKING_REFUSED", 4);
    story.makes(7, OTHER, START + HOUR, "pending");
    story.steps(8, 7, "cancelled", None);
    story.confirmed(8, OTHER, Some(Action::Cancel { booking: id(7) }), 7);
    let present = json!({"current": "cancelled", "revision": 2});
    story.refused(9, CLERK, step(7, 1, "approve"), "STATE_CONFLICT", &present);
    story
}

#[test]
fn a_booking_that_did_not_wait_for_approval_is_found() {
    // The doctor's schedule asks for none.
    found(FOLD, approvals, |_, rows| rows.approving.clear());
    found("an overlap: patient", approvals, |_, rows| {
        let (pending, doctor) = ("pending".to_owned(), id(0xd1));
        let row = Booking { id: id(0xe1), doctor, status: pending, ..rows.bookings[0].clone() };
        rows.bookings.push(row);
    });
}

#[test]
fn two_answers_to_one_booking_are_found() {
    found(FOLD, approvals, |history, _| {
        // Refused with this step, approved all the same.
        let op = history.ops.get_mut(&id(2)).unwrap();
        if let Action::StepBooking { step, .. } = &mut op.action {
            *step = "refuse";
        }
    });
    found(FOLD, approvals, |history, _| {
        let op = history.ops.get_mut(&id(6)).unwrap();
        if let Action::StepBooking { revision, .. } = &mut op.action {
            *revision = 1;
        }
    });
    let untrue = "was refused with";
    found(untrue, approvals, |_, rows| reword(rows, 3, "booked", "pending"));
    found(untrue, approvals, |_, rows| reword(rows, 9, "\"revision\":2", "\"revision\":1"));
    found("what was told of bookings", approvals, |_, rows| {
        let told = rows.events.iter_mut().find(|event| event.kind == "notice").unwrap();
        told.document = told.document.take().map(|text| text.replace("APPROVED", "REFUSED"));
    });
}
