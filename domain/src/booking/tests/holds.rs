//! Holds: who may book the time, who may not, and what becomes of one that nobody ends.

use super::*;
use crate::decision::Change;
use crate::people::Sender;

fn hold(scene: &Scene, starts: &str) -> HoldSlot {
    let (doctor_id, starts_at) = (scene.doctor, at(starts));
    HoldSlot { doctor_id, starts_at, patient_id: None, visit: Visit::First }
}

fn book_held(held: &Booking) -> BookHeld {
    let sealed = Some("sealed".to_owned());
    BookHeld { booking_id: held.id, doctor_id: held.doctor_id, sealed }
}

fn release(held: &Booking) -> Cancel {
    Cancel { booking_id: held.id, doctor_id: held.doctor_id }
}

fn held(scene: &mut Scene, starts: &str) -> Booking {
    let hold = hold(scene, starts);
    scene.try_kind(scene.account, hold).unwrap()
}

#[test]
fn the_holder_books_and_others_cannot() {
    let mut scene = Scene::new();
    let held = held(&mut scene, "24T10:00");
    assert_eq!(
        (held.status, held.held.unwrap().until, held.seat),
        (Status::Proposed, scene.now + TimeDelta::minutes(5), 0)
    );
    let other = scene.other();
    assert_eq!(code(scene.book(other, scene.doctor, "24T10:15")), Code::SlotTaken);
    assert_eq!(code(scene.try_kind(other, book_held(&held))), Code::NotFound);
    scene.now += TimeDelta::minutes(4);
    let booked = scene.try_kind(scene.account, book_held(&held)).unwrap();
    assert_eq!(
        (booked.id, booked.status, booked.revision, booked.held, booked.sealed.as_deref()),
        (held.id, Status::Booked, 2, None, Some(&b"sealed"[..]))
    );
    assert_eq!(code(scene.book(other, scene.doctor, "24T10:15")), Code::SlotTaken);
    let twice = scene.try_kind(scene.account, book_held(&held)).unwrap_err();
    assert_eq!((twice.code, twice.current), (Code::StateConflict, Some("booked")));
}

#[test]
fn who_holds_a_time_may_be_elsewhere_then() {
    let mut scene = Scene::new();
    let held = held(&mut scene, "24T10:00");
    let colleague = scene.add_doctor(scene.hospital, schedule());
    scene.book(scene.account, colleague, "24T10:15").unwrap();
    assert_eq!(code(scene.try_kind(scene.account, book_held(&held))), Code::PatientBusy);
}

#[test]
fn whoever_takes_the_time_of_one_that_is_over_ends_it() {
    let mut scene = Scene::new();
    let held = held(&mut scene, "24T10:00");
    scene.now = held.held.unwrap().until;
    let over = scene.try_kind(scene.account, book_held(&held)).unwrap_err();
    assert_eq!((over.code, over.at), (Code::HoldExpired, Some(scene.now)));
    let other = scene.other();
    let command = scene.command(other, first_visit(scene.doctor, "24T10:15"));
    let decision = scene.decide(&command);
    let steps = decision.changes.iter().map(|change| match change {
        Change::Booking(change) => (change.after().id == held.id, change.after().status),
        other => panic!("{other:?}"),
    });
    assert_eq!(
        steps.collect::<Vec<_>>(),
        [(true, Status::Cancelled), (false, Status::Booked)],
        "in this order, so that the time is free when it is taken"
    );
    let expire = ExpireHold { booking_id: held.id, doctor_id: held.doctor_id };
    let late = Command { sender: Sender::timer(), ..scene.command(scene.account, expire) };
    assert!(matches!(scene.decide(&late).outcome, Outcome::Rejected(_)));
}

#[test]
fn a_hold_that_nobody_ends_falls_due() {
    let mut scene = Scene::new();
    let wish = hold(&scene, "24T10:00");
    let decision = scene.decide(&scene.command(scene.account, wish));
    let Outcome::Confirmed(Confirmed::Booking(held)) = decision.outcome else { panic!() };
    let until = held.held.unwrap().until;
    assert_eq!(decision.timers.iter().map(|timer| timer.due).collect::<Vec<_>>(), [until]);
    scene.now = until;
    let expire = ExpireHold { booking_id: held.id, doctor_id: held.doctor_id };
    let forged = scene.command(scene.account, expire.clone());
    assert!(matches!(scene.decide(&forged).outcome, Outcome::Rejected(_)), "nobody else says so");
    let due = Command { sender: Sender::timer(), ..scene.command(scene.account, expire) };
    let decision = scene.decide(&due);
    let [notice] = &decision.notices[..] else { panic!("{:?}", decision.notices) };
    assert!(notice.document.contains("HOLD_OVER"), "{notice:?}");
    assert_eq!(scene.store.bookings[&held.id].status, Status::Cancelled);
}

#[test]
fn a_hold_is_given_back_whenever_its_holder_likes() {
    let mut scene = Scene::new();
    scene.now = at("23T09:20");
    let held = held(&mut scene, "23T10:30");
    scene.now = at("23T09:24");
    let other = scene.other();
    assert_eq!(code(scene.try_kind(other, release(&held))), Code::NotFound);
    scene.try_kind(scene.account, release(&held)).unwrap();
    scene.book(other, scene.doctor, "23T10:30").unwrap();
    assert_eq!(code(scene.try_kind(scene.account, book_held(&held))), Code::StateConflict);
}

#[test]
fn a_hold_is_not_moved_and_counts_for_no_other_limit() {
    let mut scene = Scene::new();
    let held = held(&mut scene, "24T10:00");
    assert_eq!(code(scene.reschedule(&held, scene.doctor, "24T11:00")), Code::StateConflict);
    scene.book(scene.account, scene.doctor, "24T11:00").unwrap();
    assert_eq!(
        code(scene.try_kind(scene.account, book_held(&held))),
        Code::TooManyBookings,
        "one a day with a doctor"
    );
}

#[test]
fn an_account_holds_two_times_at_once() {
    let mut scene = Scene::new();
    let first = held(&mut scene, "24T10:00");
    held(&mut scene, "25T10:00");
    let third = hold(&scene, "28T10:00");
    let rejection = scene.try_kind(scene.account, third.clone()).unwrap_err();
    let until = first.held.unwrap().until;
    assert_eq!((rejection.code, rejection.at), (Code::TooManyBookings, Some(until)));
    scene.try_kind(scene.account, release(&first)).unwrap();
    let third = scene.try_kind(scene.account, third).unwrap();
    assert_eq!(third.held.unwrap().number, 1, "the number of the one that was given back");
    let again = hold(&scene, "24T10:00");
    assert_eq!(code(scene.try_kind(scene.account, again)), Code::TooManyBookings);
}
