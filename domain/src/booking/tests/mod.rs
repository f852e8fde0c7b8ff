//! Rules, one by one, on a small world: what each says, in which order they speak, and that a change leaves the
//! facts whole. `sequences` lets chance try what nobody thought of.

mod desk;
mod family;
mod holds;
mod rights;
mod scene;
mod sequences;
mod store;

use chrono::TimeDelta;

use super::*;
use crate::code::Code;
use crate::command::{Command, Kind};
use crate::decision::decide;
use crate::ids::{AccountId, DoctorId, HospitalId, PatientId};
use crate::outcome::{Confirmed, Outcome};
use crate::rejection::Rejection;
use crate::schedule::Visit;
use scene::{Scene, at, first_visit, of_two_seats, schedule};

fn code<T: std::fmt::Debug>(result: Result<T, Rejection>) -> Code {
    result.unwrap_err().code
}

#[test]
fn a_free_slot_is_booked_as_the_command_says() {
    let mut scene = Scene::new();
    let booking = scene.mine("24T10:00").unwrap();
    assert_eq!(
        (booking.starts_at, booking.ends_at, booking.seat),
        (at("24T10:00"), at("24T10:30"), 0)
    );
    assert_eq!(
        (booking.patient_id, booking.account_id, booking.doctor_id),
        (scene.patient, scene.account, scene.doctor)
    );
    assert_eq!(
        (booking.status, booking.revision, booking.created_at),
        (Status::Booked, 1, scene.now)
    );
    assert_eq!(scene.store.bookings[&booking.id], booking);
}

#[test]
fn whatever_overlaps_a_taken_time_is_taken_and_what_touches_it_is_free() {
    let mut scene = Scene::new();
    scene.mine("24T10:00").unwrap();
    for starts in ["24T09:45", "24T10:00", "24T10:15"] {
        let other = scene.other();
        let rejection = scene.book(other, scene.doctor, starts).unwrap_err();
        assert_eq!(
            (rejection.code, rejection.alternatives.len()),
            (Code::SlotTaken, ALTERNATIVES),
            "{starts}"
        );
        assert!(rejection.alternatives.iter().all(|(_, slot)| slot.ends_at <= at("24T10:00") || slot.starts_at >= at("24T10:30")));
    }
    for starts in ["24T09:30", "24T10:30"] {
        let other = scene.other();
        scene.book(other, scene.doctor, starts).unwrap();
    }
}

#[test]
fn alternatives_are_the_nearest_that_can_be_had() {
    let mut scene = Scene::new();
    scene.now = at("24T09:20");
    scene.book(scene.account, scene.doctor, "24T10:30").unwrap();
    let other = scene.other();
    let rejection = scene.book(other, scene.doctor, "24T10:30").unwrap_err();
    let starts: Vec<_> = rejection.alternatives.iter().map(|(_, slot)| slot.starts_at).collect();
    assert_eq!(
        starts,
        ["24T11:00", "24T11:15", "24T11:30"].map(at),
        "10:00 and 10:15 are past the cut-off"
    );
}

#[test]
fn seats_are_given_one_by_one() {
    let mut scene = Scene::new();
    let doctor = scene.add_doctor(scene.hospital, of_two_seats());
    let others = [scene.other(), scene.other(), scene.other()];
    let seats =
        others.map(|account| scene.book(account, doctor, "24T10:00").map(|booking| booking.seat));
    assert_eq!([seats[0].clone().unwrap(), seats[1].clone().unwrap()], [0, 1]);
    assert_eq!(code(seats[2].clone()), Code::SlotTaken);
}

#[test]
fn the_schedule_says_when() {
    let mut scene = Scene::new();
    for starts in ["24T10:07", "24T12:15", "24T13:45", "24T22:45", "24T23:00"] {
        assert_eq!(code(scene.mine(starts)), Code::SlotNotOffered, "{starts}");
    }
    let closed = scene.mine("26T10:00").unwrap_err();
    assert_eq!((closed.code, closed.until), (Code::Closed, Some(at("28T00:00"))));
    let unopened = scene.mine("30T10:00");
    assert!(unopened.is_ok(), "the 30th opened at 08:00 on the 23rd");
    scene.now = at("23T07:59");
    let early = scene.book(scene.account, scene.doctor, "30T15:00").unwrap_err();
    assert_eq!((early.code, early.at), (Code::NotOpenYet, Some(at("23T08:00"))));
    scene.now = at("23T08:00");
    let account = scene.other();
    scene.book(account, scene.doctor, "30T15:00").expect("open from that instant on");
    let over = scene.mine("23T08:45").unwrap_err();
    assert_eq!((over.code, over.at), (Code::CutoffPassed, Some(at("23T07:45"))));
    assert_eq!(code(scene.mine("23T09:00")), Code::CutoffPassed);
    scene.mine("23T09:15").unwrap();
}

#[test]
fn the_cut_off_is_the_first_instant_that_is_too_late() {
    let mut scene = Scene::new();
    let booking = scene.mine("23T12:00").unwrap();
    scene.now = at("23T11:00") - TimeDelta::milliseconds(1);
    let moved = scene.reschedule(&booking, scene.doctor, "23T12:00").unwrap();
    scene.now = at("23T11:00");
    for refused in [scene.cancel(&moved), scene.reschedule(&moved, scene.doctor, "23T15:00")] {
        let refused = refused.unwrap_err();
        assert_eq!((refused.code, refused.at), (Code::CutoffPassed, Some(at("23T11:00"))));
    }
}

#[test]
fn a_patient_is_at_one_place_and_a_family_at_several() {
    let mut scene = Scene::new();
    let colleague = scene.add_doctor(scene.hospital, schedule());
    scene.mine("24T10:00").unwrap();
    assert_eq!(code(scene.book(scene.account, colleague, "24T10:15")), Code::PatientBusy);
    scene.book(scene.account, colleague, "24T10:30").expect("from one door to the next");
    let third = scene.add_doctor(scene.hospital, schedule());
    scene.book(scene.account, third, "24T09:30").expect("and before");
    let child = PatientId::generate();
    scene.add_patient(scene.account, child);
    let for_child = |doctor_id, starts| Book {
        doctor_id,
        starts_at: at(starts),
        patient_id: Some(child),
        visit: Visit::Return,
        sealed: None,
    };
    let booking = scene.try_kind(scene.account, for_child(colleague, "24T10:00")).unwrap();
    assert_eq!(
        (booking.patient_id, booking.ends_at),
        (child, at("24T10:15")),
        "a return visit is shorter"
    );
    let stranger = scene.other();
    let theirs = scene.try_kind(stranger, for_child(colleague, "24T11:00")).unwrap_err();
    assert_eq!((theirs.code, theirs.field), (Code::Invalid, Some("patient_id")));
    assert_eq!(
        code(scene.book(AccountId::generate(), colleague, "24T11:00")),
        Code::Invalid,
        "an account without a person"
    );
}

#[test]
fn limits_are_of_the_hospital_and_of_the_doctors_day() {
    let mut scene = Scene::new();
    let booking = scene.mine("24T00:15").unwrap();
    assert_eq!(
        code(scene.mine("24T22:00")),
        Code::TooManyBookings,
        "the same day in Seoul, not in UTC"
    );
    scene.mine("25T00:00").unwrap();
    scene.mine("28T10:00").unwrap();
    assert_eq!(code(scene.mine("29T10:00")), Code::TooManyBookings);
    let (here, elsewhere) = (scene.hospital, HospitalId::generate());
    let far = scene.add_doctor(elsewhere, schedule());
    scene.hospital = elsewhere;
    scene.book(scene.account, far, "29T10:00").expect("another hospital counts for itself");
    scene.hospital = here;
    scene.reschedule(&booking, scene.doctor, "24T22:00").unwrap();
    assert_eq!(code(scene.reschedule(&booking, scene.doctor, "25T22:00")), Code::TooManyBookings);
    scene.cancel(&booking).unwrap();
    scene.mine("29T15:00").unwrap();
}

#[test]
fn a_doctor_elsewhere_or_unknown_is_invalid() {
    let mut scene = Scene::new();
    let elsewhere = scene.add_doctor(HospitalId::generate(), schedule());
    let booking = scene.mine("24T10:00").unwrap();
    for doctor in [elsewhere, DoctorId::generate()] {
        let moved = scene.reschedule(&booking, doctor, "24T15:00").unwrap_err();
        assert_eq!((moved.code, moved.field), (Code::Invalid, Some("doctor_id")));
        assert_eq!(code(scene.book(scene.account, doctor, "25T15:00")), Code::Invalid);
    }
    assert_eq!(scene.store.bookings[&booking.id], booking);
}

#[test]
fn a_move_is_one_change_and_does_not_meet_itself() {
    let mut scene = Scene::new();
    let colleague = scene.add_doctor(scene.hospital, schedule());
    let booking = scene.mine("24T10:00").unwrap();
    let moved = scene.reschedule(&booking, scene.doctor, "24T10:15").unwrap();
    assert_eq!((moved.id, moved.revision, moved.starts_at), (booking.id, 2, at("24T10:15")));
    let away = scene.reschedule(&booking, colleague, "24T10:15").unwrap();
    assert_eq!(
        (away.id, away.revision, away.doctor_id, away.ends_at),
        (booking.id, 3, colleague, at("24T10:45"))
    );
    let other = scene.other();
    let theirs = scene.book(other, scene.doctor, "24T10:15").unwrap();
    let lost = scene.reschedule(&booking, theirs.doctor_id, "24T10:15").unwrap_err();
    assert_eq!(
        (lost.code, &scene.store.bookings[&booking.id]),
        (Code::SlotTaken, &away),
        "the old one is untouched"
    );
}

#[test]
fn the_present_time_is_no_alternative_to_a_move() {
    let mut scene = Scene::new();
    let booking = scene.mine("24T10:00").unwrap();
    let other = scene.other();
    scene.book(other, scene.doctor, "24T10:30").unwrap();
    let lost = scene.reschedule(&booking, scene.doctor, "24T10:30").unwrap_err();
    let starts: Vec<_> = lost.alternatives.iter().map(|(_, slot)| slot.starts_at).collect();
    assert_eq!((lost.code, starts), (Code::SlotTaken, ["24T11:00", "24T09:45"].map(at).to_vec()));
}

#[test]
fn only_an_open_booking_of_ones_own_is_changed() {
    let mut scene = Scene::new();
    let booking = scene.mine("24T10:00").unwrap();
    let other = scene.other();
    let foreign =
        scene.try_kind(other, Cancel { booking_id: booking.id, doctor_id: booking.doctor_id });
    assert_eq!(code(foreign), Code::NotFound);
    let cancelled = scene.cancel(&booking).unwrap();
    assert_eq!((cancelled.status, cancelled.revision), (Status::Cancelled, 2));
    for again in [scene.cancel(&booking), scene.reschedule(&booking, scene.doctor, "24T15:00")] {
        let again = again.unwrap_err();
        assert_eq!((again.code, again.current), (Code::StateConflict, Some("cancelled")));
    }
    scene.book(other, scene.doctor, "24T10:00").unwrap();
}

#[test]
fn a_command_lives_ten_minutes_and_what_gives_back_for_ever() {
    let mut scene = Scene::new();
    let booking = scene.mine("24T10:00").unwrap();
    let (booking_id, doctor_id) = (booking.id, scene.doctor);
    let kinds: [Kind; 3] = [
        first_visit(doctor_id, "24T15:00").into(),
        Reschedule { booking_id, doctor_id, starts_at: at("24T15:00") }.into(),
        Cancel { booking_id, doctor_id }.into(),
    ];
    for kind in kinds {
        let gives_back = kind.time_to_live().is_none();
        let command = scene.command(scene.account, kind);
        let (facts, lives) =
            (scene.store.read(&command, scene.now), scene.now + TimeDelta::minutes(10));
        assert_ne!(decide(&facts, &command, lives).unwrap().outcome, Outcome::Expired);
        let late = decide(&facts, &command, lives + TimeDelta::milliseconds(1)).unwrap();
        let expired = late.outcome == Outcome::Expired;
        assert_eq!((expired, late.changes.len()), (!gives_back, usize::from(gives_back)));
    }
}

/// Whoever asks what is impossible for several reasons is told the one that comes first for a person.
#[test]
fn the_first_reason_is_the_one_told() {
    let mut scene = Scene::new();
    let stranger = Some(PatientId::generate());
    let kind = |patient_id, starts| Book {
        doctor_id: DoctorId::generate(),
        starts_at: at(starts),
        patient_id,
        visit: Visit::First,
        sealed: None,
    };
    assert_eq!(
        scene.try_kind(scene.account, kind(stranger, "26T10:07")).unwrap_err().field,
        Some("patient_id")
    );
    assert_eq!(
        scene.try_kind(scene.account, kind(None, "26T10:07")).unwrap_err().field,
        Some("doctor_id")
    );
    assert_eq!(code(scene.mine("26T10:07")), Code::Closed, "closed before badly aligned");
    scene.mine("24T10:00").unwrap();
    assert_eq!(
        code(scene.mine("24T10:00")),
        Code::TooManyBookings,
        "one's own limit before the doctor's time"
    );
}
