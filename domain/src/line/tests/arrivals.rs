//! Booked patients in the line: where they stand, what their bookings follow, and what is refused.

use super::super::*;
use super::scene::{Scene, at};
use crate::booking::Status as BookingStatus;
use crate::code::Code;
use crate::ids::{AccountId, BookingId, HospitalId};
use crate::people::{Role, Sender};
use crate::time;

fn arrival(booking_id: BookingId, scene: &Scene) -> ArriveBooking {
    let (doctor_id, revision) = (scene.doctor, None);
    ArriveBooking { booking_id, doctor_id, revision, identity_checked: true }
}

#[test]
fn a_booked_patient_takes_the_next_number_and_stands_by_the_booked_time() {
    for (arrives, key) in [
        ("23T09:40", "23T09:50"),
        ("23T10:00", "23T09:50"),
        ("23T10:10", "23T09:50"),
        ("23T10:11", "23T10:11"),
    ] {
        let mut scene = Scene::new();
        let (walker, booked) = (scene.account(), scene.account());
        let taken = scene.take(walker).unwrap();
        let booking = scene.booked(booked, at("23T10:00"));
        scene.now = at(arrives);
        let ticket = scene.arrive(&booking).unwrap();
        assert_eq!((ticket.number, ticket.key_at), (taken.number + 1, at(key)), "{arrives}");
        assert_eq!((ticket.status, ticket.arrived_at), (Status::Arrived, Some(at(arrives))));
        assert_eq!((ticket.booking_id, ticket.live_slot), (Some(booking.id), None));
        assert_eq!(scene.stands(&booking), BookingStatus::Arrived);
        assert_eq!(scene.bookings[&booking.id].revision, 2);
    }
}

#[test]
fn the_hospital_says_what_is_early_and_what_is_late() {
    let mut scene = Scene::new();
    scene.rule(RuleChanges {
        early_minutes: Some(25),
        late_minutes: Some(0),
        ..RuleChanges::default()
    });
    let (account, other) = (scene.account(), scene.account());
    let (in_time, late) =
        (scene.booked(account, at("23T10:00")), scene.booked(other, at("23T09:45")));
    scene.now = at("23T10:00");
    assert_eq!(scene.arrive(&in_time).unwrap().key_at, at("23T09:35"));
    assert_eq!(scene.arrive(&late).unwrap().key_at, at("23T10:00"));
    assert_eq!(scene.order(), [1, 2]);
}

#[test]
fn the_booking_follows_the_ticket_step_by_step_and_back() {
    use BookingStatus::{Arrived, Booked, CheckedIn, Fulfilled, Noshow};
    for (steps, expected) in [
        (&[Step::Call][..], &[CheckedIn][..]),
        (&[Step::Call, Step::Done], &[CheckedIn, Fulfilled]),
        (&[Step::Call, Step::Return], &[CheckedIn, Arrived]),
        (&[Step::Call, Step::Skip], &[CheckedIn, Arrived]),
        (&[Step::Hold, Step::Return], &[Arrived, Arrived]),
        (&[Step::Urgent], &[Arrived]),
        (&[Step::Noshow, Step::Arrive], &[Noshow, Arrived]),
        (&[Step::Cancel], &[Booked]),
    ] {
        let mut scene = Scene::new();
        let account = scene.account();
        let booking = scene.booked(account, at("23T10:00"));
        let ticket = scene.arrive(&booking).unwrap();
        for (step, expected) in steps.iter().zip(expected) {
            let before = scene.stands(&booking);
            scene.step(&ticket, *step).unwrap();
            assert_eq!(scene.stands(&booking), *expected, "{steps:?}");
            scene.undo(&ticket).unwrap();
            assert_eq!(scene.stands(&booking), before, "{step:?} taken back");
            scene.step(&ticket, *step).unwrap();
        }
        assert_eq!(scene.tickets[&ticket.id].booking_id, Some(booking.id));
    }
}

#[test]
fn calling_the_next_one_calls_a_booking_too() {
    let mut scene = Scene::new();
    let (walker, booked) = (scene.account(), scene.account());
    let booking = scene.booked(booked, at("23T09:35"));
    scene.take(walker).unwrap();
    let ticket = scene.arrive(&booking).unwrap();
    assert_eq!(scene.order(), [2, 1], "09:25 is before 09:30");
    assert_eq!(scene.next().unwrap().id, ticket.id);
    assert_eq!(scene.stands(&booking), BookingStatus::CheckedIn);
}

#[test]
fn a_patient_who_has_a_number_already_keeps_it_with_the_better_place() {
    let mut scene = Scene::new();
    let (first, account) = (scene.account(), scene.account());
    scene.take(first).unwrap();
    scene.now += time::minutes(1);
    let taken = scene.take(account).unwrap();
    let booking = scene.booked(account, at("23T09:35"));
    let joined = scene.arrive(&booking).unwrap();
    assert_eq!((joined.id, joined.number), (taken.id, 2));
    assert_eq!((joined.key_at, joined.status), (at("23T09:25"), Status::Arrived));
    assert_eq!(scene.order(), [2, 1]);
    scene.undo(&joined).unwrap();
    let back = &scene.tickets[&taken.id];
    assert_eq!((back.booking_id, back.key_at, back.status), (None, taken.key_at, Status::Booked));
    assert_eq!(scene.stands(&booking), BookingStatus::Booked);
    let later = scene.booked(account, at("23T11:00"));
    let joined = scene.arrive(&later).unwrap();
    assert_eq!(joined.key_at, taken.key_at, "the number's place is the better one");
    let refused = scene.arrive(&booking).unwrap_err();
    assert_eq!((refused.code, refused.ticket), (Code::StateConflict, Some(taken.id)));
    assert_eq!(scene.arrive(&later).unwrap(), joined, "a second try changes nothing");
}

#[test]
fn what_is_not_expected_today_is_refused_with_how_it_stands() {
    let mut scene = Scene::new();
    let account = scene.account();
    let booking = scene.booked(account, at("24T10:00"));
    let early = scene.arrive(&booking).unwrap_err();
    assert_eq!((early.code, early.at), (Code::NotOpenYet, Some(at("24T00:00"))));
    scene.now = at("25T09:00");
    let past = scene.arrive(&booking).unwrap_err();
    assert_eq!((past.code, past.current), (Code::StateConflict, Some("past_day")));
    scene.now = at("24T09:00");
    let elsewhere = scene.add_doctor();
    let other = scene.booked_with(account, elsewhere, at("24T11:00"));
    let refused = scene.send(scene.staff(), arrival(other.id, &scene)).unwrap_err();
    assert_eq!((refused.code, refused.current), (Code::StateConflict, Some("other_doctor")));
    for (status, current) in [
        (BookingStatus::Cancelled, "cancelled"),
        (BookingStatus::Pending, "pending"),
        (BookingStatus::Fulfilled, "fulfilled"),
        (BookingStatus::Noshow, "noshow"),
    ] {
        scene.bookings.get_mut(&booking.id).unwrap().status = status;
        let refused = scene.arrive(&booking).unwrap_err();
        assert_eq!(
            (refused.code, refused.current, refused.revision),
            (Code::StateConflict, Some(current), Some(1))
        );
    }
    scene.bookings.get_mut(&booking.id).unwrap().status = BookingStatus::Booked;
    let old = ArriveBooking { revision: Some(7), ..arrival(booking.id, &scene) };
    let refused = scene.send(scene.staff(), old).unwrap_err();
    assert_eq!((refused.code, refused.revision), (Code::StateConflict, Some(1)));
    let seen = ArriveBooking { revision: Some(1), ..arrival(booking.id, &scene) };
    assert!(scene.send(scene.staff(), seen).unwrap().identity_checked);
}

#[test]
fn staff_of_the_hospital_and_nobody_elses_patient_say_who_is_there() {
    let mut scene = Scene::new();
    let (account, other) = (scene.account(), scene.account());
    let booking = scene.booked(account, at("23T10:00"));
    let refused = scene.send(Sender::patient(other), arrival(booking.id, &scene)).unwrap_err();
    assert_eq!(refused.code, Code::NotFound);
    let nothing = arrival(BookingId::generate(), &scene);
    assert_eq!(scene.send(scene.staff(), nothing).unwrap_err().code, Code::NotFound);
    scene.bookings.get_mut(&booking.id).unwrap().hospital_id = HospitalId::generate();
    assert_eq!(scene.arrive(&booking).unwrap_err().code, Code::NotFound, "another hospital's");
    scene.bookings.get_mut(&booking.id).unwrap().hospital_id = scene.hospital;
    scene.clerk = AccountId::generate();
    assert_eq!(scene.arrive(&booking).unwrap_err().code, Code::NotFound);
    scene.members.insert((scene.clerk, scene.hospital), vec![Role::Receptionist]);
    scene.arrive(&booking).unwrap();
}

/// The door is open to who has booked: before the hours, when it is paused, and beside three live tickets.
#[test]
fn a_booked_patient_is_let_in_whatever_reception_says() {
    let mut scene = Scene::new();
    let account = scene.account();
    for _ in 0..3 {
        let doctor = scene.add_doctor();
        scene.take_with(account, doctor).unwrap();
    }
    let booking = scene.booked(account, at("24T09:00"));
    scene.now = at("24T08:40");
    scene.set(Reception::Closed);
    assert_eq!(scene.arrive(&booking).unwrap().number, 1);
}

/// A ticket that was given up is not taken back against what became of its booking since.
#[test]
fn nothing_is_taken_back_against_the_booking() {
    let mut scene = Scene::new();
    let account = scene.account();
    let booking = scene.booked(account, at("23T10:00"));
    let ticket = scene.arrive(&booking).unwrap();
    scene.step(&ticket, Step::Cancel).unwrap();
    scene.bookings.get_mut(&booking.id).unwrap().status = BookingStatus::Cancelled;
    let refused = scene.undo(&ticket).unwrap_err();
    assert_eq!((refused.code, refused.current), (Code::StateConflict, Some("cancelled")));
}

/// Bookings that come early stand by times that are still to come: behind all is behind these too.
#[test]
fn who_was_called_and_did_not_come_goes_behind_bookings_that_came_early() {
    let mut scene = Scene::new();
    let (walker, booked) = (scene.account(), scene.account());
    let ticket = scene.take(walker).unwrap();
    scene.step(&ticket, Step::Arrive).unwrap();
    let booking = scene.booked(booked, at("23T11:00"));
    scene.arrive(&booking).unwrap();
    scene.step(&ticket, Step::Call).unwrap();
    scene.step(&ticket, Step::Skip).unwrap();
    assert_eq!(scene.order(), [2, 1]);
}
