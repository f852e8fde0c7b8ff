//! Only directors change timetables, from what they have seen; what is booked is told and stays.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::body_hash::BodyHash;
use crate::code::Code;
use crate::command::{Command, Kind};
use crate::decision::{Decision, decide, needs};
use crate::directory::Doctor;
use crate::facts;
use crate::ids::{AccountId, BookingId, DoctorId, HospitalId, RequestId};
use crate::outcome::{Confirmed, Outcome};
use crate::people::{Channel, Role, Sender};
use crate::schedule::{Hours, Schedule, Terms, Visit};
use crate::time::{self, Timestamp};

fn at(text: &str) -> Timestamp {
    time::parse(&format!("2026-{text}:00+09:00")).unwrap()
}

fn day(text: &str) -> NaiveDate {
    format!("2026-{text}").parse().unwrap()
}

fn hours(opens: u32, closes: u32) -> Hours {
    let clock = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    Hours { opens: clock(opens), closes: clock(closes), lunch: None }
}

fn terms(from: &str, opens: u32, closes: u32) -> Terms {
    Terms {
        valid_from: day(from),
        hours: [Some(hours(opens, closes)); 7],
        ..Terms::plain(30, 30, 30)
    }
}

/// A hospital with one doctor, 09 to 18 every day, and its director. It is Monday, 2026-11-23, 09:00.
struct Scene {
    hospital: HospitalId,
    doctor: DoctorId,
    director: AccountId,
    facts: facts::Facts,
}

impl Scene {
    fn new() -> Self {
        let (hospital, doctor, director) =
            (HospitalId::generate(), DoctorId::generate(), AccountId::generate());
        let schedule = Schedule::of(chrono_tz::Asia::Seoul, [terms("11-01", 9, 18)]);
        let known = Doctor { id: doctor, ..Doctor::plain(hospital, schedule) };
        let mut facts = facts::Facts::default();
        facts.directory.doctors.insert(doctor, Arc::new(known.clone()));
        facts.directory.zones.insert(hospital, chrono_tz::Asia::Seoul);
        facts.directory.doctors_of.insert(hospital, BTreeSet::from([doctor]));
        facts.people.members.insert((director, hospital), vec![Role::Director]);
        let known = DoctorTimetable { doctor: known, revision: 4, has_left: false };
        facts.timetable.doctors.insert(doctor, known);
        facts.timetable.ahead.insert(doctor, Vec::new());
        facts.timetable.waiting.insert(doctor, 0);
        Self { hospital, doctor, director, facts }
    }

    fn booked(&mut self, starts: &str, seat: u8) -> BookingId {
        let (booking_id, starts_at) = (BookingId::generate(), at(starts));
        let ends_at = starts_at + TimeDelta::minutes(30);
        let ahead = Ahead { booking_id, starts_at, ends_at, seat };
        self.facts.timetable.see_booking(self.doctor, booking_id, Some(ahead));
        booking_id
    }

    fn command(&self, role: Role, caller: AccountId, kind: impl Into<Kind>) -> Command {
        let sender = Sender { role, channel: Channel::Desk, ..Sender::patient(caller) };
        Command {
            request_id: RequestId::generate(),
            sender,
            hospital_id: self.hospital,
            accepted_at: at("11-23T09:00"),
            body_hash: BodyHash::of(b"timetable"),
            replay: false,
            first: false,
            kind: kind.into(),
        }
    }

    fn decide(&self, kind: impl Into<Kind>) -> Decision {
        let command = self.command(Role::Director, self.director, kind);
        decide(&self.facts, &command, command.accepted_at).unwrap()
    }

    /// Decides and makes it so.
    fn done(&mut self, kind: impl Into<Kind>) -> Outcome {
        let decision = self.decide(kind);
        for change in &decision.changes {
            self.facts.apply(change, RequestId::generate()).unwrap();
        }
        decision.outcome
    }

    fn set(&self, revision: u32, terms: Terms) -> SetSchedule {
        SetSchedule { doctor_id: self.doctor, revision, terms: Box::new(terms) }
    }

    fn day_hours(&self, revision: u32, on: &str, hours: Option<Hours>) -> SetDayHours {
        SetDayHours { doctor_id: self.doctor, revision, day: day(on), hours }
    }

    fn schedule(&self) -> &Schedule {
        &self.facts.directory.doctor(self.doctor).unwrap().unwrap().schedule
    }
}

fn code(outcome: &Outcome) -> Option<Code> {
    outcome.code()
}

#[test]
fn a_schedule_changes_from_its_day_on_and_names_what_lies_outside() {
    let mut scene = Scene::new();
    scene.booked("11-24T17:00", 0);
    let late = scene.booked("12-01T17:00", 0);
    scene.booked("12-01T10:00", 0);
    let outcome = scene.done(scene.set(4, terms("12-01", 9, 17)));
    let Outcome::Confirmed(Confirmed::Timetable(state)) = outcome else { panic!("{outcome:?}") };
    assert_eq!((state.revision, state.conflicts), (5, 1));
    assert_eq!((state.first[0].booking_id, state.first[0].why.as_str()), (late, "hours"));
    // The next command of the batch sees it.
    assert_eq!(scene.schedule().versions.len(), 2);
    assert!(scene.schedule().slot_at(at("11-30T17:00"), Visit::Return).is_ok());
    assert!(scene.schedule().slot_at(at("12-01T17:00"), Visit::Return).is_err());
    assert_eq!(scene.facts.timetable.ahead.get(&scene.doctor).unwrap().unwrap().len(), 3);
    // What begins earlier takes the place of both.
    assert!(code(&scene.done(scene.set(5, terms("11-23", 9, 12)))).is_none());
    assert_eq!(scene.schedule().versions.len(), 2);
}

#[test]
fn fewer_patients_at_a_time_and_a_shorter_date_name_what_lies_outside() {
    let mut scene = Scene::new();
    let two = Terms { seats: 2, ..terms("11-23", 9, 18) };
    scene.done(scene.set(4, two));
    let second = scene.booked("11-25T10:00", 1);
    let outcome = scene.done(scene.set(5, terms("11-23", 9, 18)));
    let Outcome::Confirmed(Confirmed::Timetable(state)) = outcome else { panic!("{outcome:?}") };
    assert_eq!((state.first[0].booking_id, state.first[0].why.as_str()), (second, "seats"));
    assert_eq!(scene.schedule().most_seats(), 2, "somebody is on the second");
    let outcome = scene.done(scene.day_hours(6, "11-25", Some(hours(14, 16))));
    let Outcome::Confirmed(Confirmed::Timetable(state)) = outcome else { panic!("{outcome:?}") };
    assert_eq!((state.first[0].booking_id, state.first[0].why.as_str()), (second, "hours"));
    let again = scene.done(scene.day_hours(7, "11-25", None));
    assert_eq!(code(&again), None);
    assert_eq!(code(&scene.done(scene.day_hours(8, "11-25", None))), Some(Code::NotFound));
}

#[test]
fn what_was_seen_too_early_or_reaches_too_far_is_refused() {
    let scene = Scene::new();
    let refused = |kind: Kind| code(&scene.decide(kind).outcome);
    assert_eq!(refused(scene.set(3, terms("12-01", 9, 17)).into()), Some(Code::Stale));
    assert_eq!(refused(scene.set(4, terms("11-22", 9, 17)).into()), Some(Code::Invalid));
    assert_eq!(refused(scene.set(4, terms("11-23", 17, 9)).into()), Some(Code::Invalid));
    let far = Terms { valid_from: "2027-11-25".parse().unwrap(), ..terms("11-23", 9, 17) };
    assert_eq!(refused(scene.set(4, far).into()), Some(Code::Invalid));
    let short = Some(hours(10, 12));
    assert_eq!(refused(scene.day_hours(3, "11-24", short).into()), Some(Code::Stale));
    assert_eq!(refused(scene.day_hours(4, "11-22", short).into()), Some(Code::Invalid));
    assert_eq!(
        refused(scene.day_hours(4, "11-24", Some(hours(12, 10))).into()),
        Some(Code::Invalid)
    );
    assert_eq!(refused(scene.day_hours(4, "10-24", short).into()), Some(Code::Invalid));
}

#[test]
fn whoever_is_no_director_there_changes_nothing() {
    let mut scene = Scene::new();
    let clerk = AccountId::generate();
    scene.facts.people.members.insert((clerk, scene.hospital), vec![Role::Receptionist]);
    let stranger = AccountId::generate();
    scene.facts.people.members.insert((stranger, scene.hospital), Vec::new());
    let kinds: [Kind; 4] = [
        scene.set(4, terms("12-01", 9, 17)).into(),
        scene.day_hours(4, "11-25", None).into(),
        EndDoctor { doctor_id: scene.doctor }.into(),
        CloseHospital {}.into(),
    ];
    for kind in kinds {
        for (role, account, expected) in [
            (Role::Receptionist, clerk, Code::Forbidden),
            (Role::Director, clerk, Code::NotFound),
            (Role::Director, stranger, Code::NotFound),
            (Role::Patient, stranger, Code::NotFound),
        ] {
            let command = scene.command(role, account, kind.clone());
            let refused = decide(&scene.facts, &command, command.accepted_at).unwrap();
            assert_eq!(code(&refused.outcome), Some(expected), "{kind:?} {role:?}");
            assert!(needs([&command]).directory.hospitals.contains(&scene.hospital));
        }
    }
}

#[test]
fn a_doctor_leaves_and_a_hospital_closes_only_when_nobody_is_booked_or_waits() {
    let mut scene = Scene::new();
    let end = EndDoctor { doctor_id: scene.doctor };
    let booking = scene.booked("11-25T10:00", 0);
    assert_eq!(code(&scene.done(end.clone())), Some(Code::StateConflict));
    assert_eq!(code(&scene.done(CloseHospital {})), Some(Code::StateConflict));
    scene.facts.timetable.see_booking(scene.doctor, booking, None);
    scene.facts.timetable.see_ticket(scene.doctor);
    assert_eq!(code(&scene.done(end.clone())), Some(Code::StateConflict));
    scene.facts.timetable.waiting.insert(scene.doctor, 0);
    assert_eq!(code(&scene.done(CloseHospital {})), None);
    assert!(scene.facts.directory.doctor(scene.doctor).unwrap().is_none(), "nobody to book with");
    assert_eq!(code(&scene.done(end)), Some(Code::NotFound), "left already");
}

#[test]
fn a_doctor_of_another_hospital_is_not_found() {
    let mut scene = Scene::new();
    let elsewhere = HospitalId::generate();
    scene.facts.people.members.insert((scene.director, elsewhere), vec![Role::Director]);
    scene.hospital = elsewhere;
    let refused = scene.decide(scene.set(4, terms("12-01", 9, 17)));
    assert_eq!(code(&refused.outcome), Some(Code::NotFound));
}
