//! Closing and opening on a small world: what ends, what stays, who may, and how one closing goes on.

mod scene;

use chrono::TimeDelta;
use std::collections::BTreeSet;

use super::*;
use crate::body_hash::BodyHash;
use crate::booking::{Book, Status, TakenTime};
use crate::closed_time::ClosedTime;
use crate::code::Code;
use crate::command::Command;
use crate::decision::decide;
use crate::ids::{AccountId, BookingId, ClosingId, PatientId, RequestId};
use crate::people::{Patient, Role, Sender};
use crate::schedule::{Closure, Visit};
use scene::{Scene, at, clock, day};

#[test]
fn a_closing_ends_what_is_booked_in_its_time_and_tells_each_patient() {
    let mut scene = Scene::new();
    let ended = [Status::Proposed, Status::Pending, Status::Booked]
        .map(|status| scene.booked(at("25T10:00"), status));
    let stays = [Status::Arrived, Status::CheckedIn, Status::Fulfilled, Status::Noshow]
        .map(|status| (scene.booked(at("25T10:00"), status), status));
    let outside = ["24T23:55", "26T00:00"].map(|start| scene.booked(at(start), Status::Booked));
    let (closing, decision) = scene.close(Closure::of_days(day(25), day(25))).unwrap();
    assert_eq!((closing.ended, closing.state), (3, ClosingState::Closed));
    assert!(ended.iter().all(|booking| scene.status(*booking) == Status::Cancelled));
    assert!(stays.iter().all(|(booking, status)| scene.status(*booking) == *status));
    assert!(outside.iter().all(|booking| scene.status(*booking) == Status::Booked));
    let (further, told) = scene.facts.follow_up(&decision.changes, scene.now).unwrap();
    assert!(further.is_empty() && decision.timers.is_empty());
    assert_eq!(told.len(), 3);
    assert!(told[0].document.contains("BOOKING_CLOSED") && told[0].document.contains("cancelled"));
    assert_eq!(scene.wants(at("25T10:00")), Some(Code::Closed));
    assert_eq!(scene.wants(at("26T10:00")), None);
}

#[test]
fn closed_hours_end_what_overlaps_them_and_nothing_that_touches_them() {
    let mut scene = Scene::new();
    let ids = ["25T12:55", "25T12:58", "25T14:55", "25T15:00", "26T13:00"]
        .map(|start| scene.booked(at(start), Status::Booked));
    let hours = Some((clock(13), clock(15)));
    let days = Closure { hours, ..Closure::of_days(day(25), day(26)) };
    assert_eq!(scene.close(days).unwrap().0.ended, 3);
    let booked = ids.map(|booking| scene.status(booking) == Status::Booked);
    assert_eq!(booked, [true, false, false, true, false]);
}

#[test]
fn one_command_ends_so_many_and_a_timer_goes_on() {
    let mut scene = Scene::new();
    let count = i32::try_from(ENDED_AT_ONCE).unwrap() * 2 + 1;
    let start = |n: i32| at("25T00:00") + TimeDelta::minutes(5) * n;
    let ids: Vec<BookingId> = (0..count).map(|n| scene.booked(start(n), Status::Booked)).collect();
    let (first, decision) = scene.close(Closure::of_days(day(25), day(28))).unwrap();
    assert_eq!((first.ended, first.state), (200, ClosingState::Ending));
    assert_eq!((decision.timers.len(), decision.timers[0].revision), (1, 1));
    assert_eq!(decision.timers[0].due, scene.now, "at once");
    assert_eq!(scene.wants(start(count - 1)), Some(Code::Closed), "closed before all are ended");
    let (second, decision) = scene.go_on(&first).unwrap();
    assert_eq!((second.ended, second.revision, decision.timers.len()), (400, 2, 1));
    assert_eq!(scene.go_on(&first).unwrap_err().code, Code::StateConflict, "an old timer");
    let (last, decision) = scene.go_on(&second).unwrap();
    assert_eq!((last.ended, last.state), (401, ClosingState::Closed));
    assert!(decision.timers.is_empty());
    assert!(ids.iter().all(|booking| scene.status(*booking) == Status::Cancelled));
    assert_eq!(scene.go_on(&last).unwrap_err().code, Code::StateConflict, "it is done");
}

#[test]
fn what_is_opened_can_be_had_again_and_what_was_ended_stays_so() {
    let mut scene = Scene::new();
    let booking = scene.booked(at("25T10:00"), Status::Booked);
    let (closing, _) = scene.close(Closure::of_days(day(25), day(25))).unwrap();
    let open = |closing_id, doctor_id| OpenTime { closing_id, doctor_id };
    let sender = scene.sender;
    let other = scene.send(sender, open(closing.id, None)).unwrap_err();
    assert_eq!(other.code, Code::NotFound, "it is the doctor's");
    let (opened, _) = scene.send(sender, open(closing.id, Some(scene.doctor))).unwrap();
    assert_eq!((opened.state, opened.revision), (ClosingState::Opened, 2));
    assert_eq!((scene.wants(at("25T10:00")), scene.status(booking)), (None, Status::Cancelled));
    let twice = scene.send(sender, open(closing.id, Some(scene.doctor))).unwrap_err();
    assert_eq!((twice.code, twice.current), (Code::StateConflict, Some("opened")));
    let nothing = scene.send(sender, open(ClosingId::generate(), None)).unwrap_err();
    assert_eq!(nothing.code, Code::NotFound);
}

#[test]
fn an_opened_closing_ends_nothing_more() {
    let mut scene = Scene::new();
    for n in 0..=ENDED_AT_ONCE {
        let start = at("25T00:00") + TimeDelta::minutes(5) * i32::try_from(n).unwrap();
        scene.booked(start, Status::Booked);
    }
    let (closing, _) = scene.close(Closure::of_days(day(25), day(25))).unwrap();
    let (closing_id, doctor_id) = (closing.id, Some(scene.doctor));
    scene.send(scene.sender, OpenTime { closing_id, doctor_id }).unwrap();
    let refused = scene.go_on(&closing).unwrap_err();
    assert_eq!((refused.code, refused.current), (Code::StateConflict, Some("opened")));
}

#[test]
fn a_director_closes_any_days_a_receptionist_one_and_others_none() {
    let (one, two) = (Closure::of_days(day(25), day(25)), Closure::of_days(day(25), day(26)));
    let says = |role, days| {
        let mut scene = Scene::new();
        scene.act_as(role);
        scene.close(days).map(|_| ()).map_err(|rejection| rejection.code)
    };
    assert_eq!(says(Role::Director, two), Ok(()));
    assert_eq!(says(Role::Receptionist, one), Ok(()));
    assert_eq!(says(Role::Receptionist, two), Err(Code::Forbidden));
    assert_eq!(says(Role::Doctor, one), Err(Code::Forbidden));
    assert_eq!(says(Role::Patient, one), Err(Code::NotFound));
    let mut scene = Scene::new();
    scene.facts.people.members.insert((scene.sender.caller, scene.hospital), Vec::new());
    assert_eq!(scene.close(one).unwrap_err().code, Code::NotFound, "works there no more");
}

#[test]
fn days_that_cannot_be_closed_are_refused_by_name() {
    let hours =
        |days: Closure, from, until| Closure { hours: Some((clock(from), clock(until))), ..days };
    let later = |days: u64| day(23) + TimeDelta::days(i64::try_from(days).unwrap());
    let spans = |first, days: u64| {
        Closure::of_days(first, first + TimeDelta::days(i64::try_from(days).unwrap() - 1))
    };
    for (days, field) in [
        (Closure::of_days(day(22), day(23)), Some("first_day")),
        (Closure::of_days(day(25), day(24)), Some("last_day")),
        (spans(day(25), MAX_DAYS), None),
        (spans(day(25), MAX_DAYS + 1), Some("last_day")),
        (Closure::of_days(later(MAX_AHEAD), later(MAX_AHEAD)), None),
        (Closure::of_days(later(MAX_AHEAD), later(MAX_AHEAD + 1)), Some("last_day")),
        (hours(spans(day(25), MAX_DAYS_OF_HOURS), 9, 10), None),
        (hours(spans(day(25), MAX_DAYS_OF_HOURS + 1), 9, 10), Some("last_day")),
        (hours(spans(day(25), 1), 10, 10), Some("until")),
        (hours(spans(day(23), 1), 8, 9), Some("until")),
        (hours(spans(day(23), 1), 9, 10), None),
    ] {
        let closed = Scene::new().close(days);
        assert_eq!(closed.err().and_then(|rejection| rejection.field), field, "{days:?}");
    }
}

#[test]
fn a_hospital_has_so_many_closings_that_are_not_over() {
    let mut scene = Scene::new();
    let in_force = |last_day| {
        let days = Closure::of_days(day(1), last_day);
        InForce { id: ClosingId::generate(), doctor_id: None, days }
    };
    let mut kept = vec![in_force(day(23)); MAX_IN_FORCE - 1];
    kept.extend(vec![in_force(day(22)); 9]);
    scene.facts.closing.in_force.insert(scene.hospital, kept);
    let days = Closure::of_days(day(25), day(25));
    scene.close(days).unwrap();
    let refused = scene.close(days).unwrap_err();
    assert_eq!((refused.code, refused.current), (Code::StateConflict, Some("too_many_closings")));
}

#[test]
fn one_that_is_booked_before_it_in_the_same_batch_is_ended_and_one_after_it_refused() {
    let mut scene = Scene::new();
    let (doctor_id, starts_at) = (scene.doctor, at("25T10:00"));
    let days = Closure::of_days(day(25), day(25));
    let time = ClosedTime { hospital_id: scene.hospital, doctor_id: Some(doctor_id), days };
    // What the batch reads before it decides: nothing is booked then.
    scene.facts.closing.read(time, Reading::default(), &mut Needs::default());
    let (patient, account) = (PatientId::generate(), AccountId::generate());
    scene.facts.people.patients.insert(patient, Patient::of(Some(account)));
    scene.facts.people.own_patients.insert(account, patient);
    scene.facts.booking.busy.insert(patient, Vec::new());
    scene.facts.booking.taken.insert((doctor_id, day(25)), TakenTime::default());
    let book = |scene: &mut Scene| {
        let (patient_id, visit, sealed) = (None, Visit::First, None);
        let kind = Book { doctor_id, starts_at, patient_id, visit, sealed }.into();
        let (request_id, sender) = (RequestId::generate(), Sender::patient(account));
        let (hospital_id, accepted_at, body_hash) = (scene.hospital, scene.now, BodyHash::of(b""));
        let (replay, first) = (false, true);
        let command = Command {
            request_id,
            sender,
            hospital_id,
            accepted_at,
            body_hash,
            replay,
            first,
            kind,
        };
        let decision = decide(&scene.facts, &command, scene.now).unwrap();
        for change in &decision.changes {
            scene.facts.apply(change, request_id).unwrap();
        }
        decision.outcome.code()
    };
    assert_eq!(book(&mut scene), None);
    let (closing, decision) = {
        let (sender, reason) = (scene.sender, ClosingReason::Other);
        let Closure { first_day, last_day, hours } = days;
        let kind = CloseTime { doctor_id: Some(doctor_id), first_day, last_day, hours, reason };
        scene.send(sender, kind).unwrap()
    };
    assert_eq!(closing.ended, 1);
    let [crate::change::Change::Closing(change)] = &decision.changes[..] else { panic!() };
    assert_eq!(change.ended.iter().collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(book(&mut scene), Some(Code::Closed));
}
