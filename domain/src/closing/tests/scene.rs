//! The small world of the rules' tests: a hospital with a doctor, bookings, and calls that decide and apply.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use std::sync::Arc;

use super::super::*;
use crate::body_hash::BodyHash;
use crate::booking::{Booking, Status, TakenTime};
use crate::code::Code;
use crate::command::{Command, Kind};
use crate::decision::{Decision, decide, needs};
use crate::directory::Doctor;
use crate::facts;
use crate::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use crate::outcome::{Confirmed, Outcome};
use crate::people::{Channel, Patient, Role, Sender};
use crate::rejection::Rejection;
use crate::schedule::{Closure, Hours, Schedule, Terms, Visit};
use crate::time::{self, Timestamp, Zone};

const SEOUL: Zone = Zone::Asia__Seoul;

pub(super) fn at(text: &str) -> Timestamp {
    time::parse(&format!("2026-11-{text}:00+09:00")).unwrap()
}

pub(super) fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

pub(super) fn clock(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap()
}

/// Monday the 23rd, 09:30; the doctor sees patients from 00:00 to 23:00 on every day.
pub(super) struct Scene {
    pub(super) facts: facts::Facts,
    pub(super) now: Timestamp,
    pub(super) hospital: HospitalId,
    pub(super) doctor: DoctorId,
    pub(super) sender: Sender,
}

impl Scene {
    pub(super) fn new() -> Self {
        let (hospital, doctor) = (HospitalId::generate(), DoctorId::generate());
        let hours = Hours { opens: clock(0), closes: clock(23), lunch: None };
        let terms = Terms {
            valid_from: day(1),
            valid_until: day(30) + TimeDelta::days(800),
            hours: [Some(hours); 7],
            ..Terms::plain(5, 5, 5)
        };
        let schedule = Schedule::of(SEOUL, [terms]);
        let known = Doctor {
            id: doctor,
            max_open_bookings: 9,
            max_per_doctor_day: 9,
            ..Doctor::plain(hospital, schedule)
        };
        let mut facts = facts::Facts::default();
        facts.directory.zones.insert(hospital, SEOUL);
        facts.directory.doctors.insert(doctor, Arc::new(known));
        facts.closing.in_force.insert(hospital, Vec::new());
        let mut scene =
            Self { facts, now: at("23T09:30"), hospital, doctor, sender: Sender::timer() };
        scene.act_as(Role::Director);
        scene
    }

    pub(super) fn act_as(&mut self, role: Role) {
        let caller = AccountId::generate();
        let members = &mut self.facts.people.members;
        members.insert((caller, self.hospital), vec![role]);
        self.sender = Sender { caller, for_account: caller, role, channel: Channel::Desk };
    }

    /// A booking that the database has.
    pub(super) fn booked(&mut self, starts_at: Timestamp, status: Status) -> BookingId {
        let patient_id = PatientId::generate();
        let account = AccountId::generate();
        self.facts.people.patients.insert(patient_id, Patient::of(Some(account)));
        let booking = Booking {
            id: BookingId::generate(),
            account_id: account,
            patient_id,
            hospital_id: self.hospital,
            doctor_id: self.doctor,
            seat: 0,
            starts_at,
            ends_at: starts_at + TimeDelta::minutes(5),
            status,
            visit: Visit::First,
            request_id: RequestId::generate(),
            channel: Channel::App,
            revision: 1,
            created_at: self.now,
            updated_at: self.now,
            sealed: None,
            held: None,
        };
        let id = booking.id;
        self.facts.booking.busy.insert(patient_id, Vec::new());
        let doctor_day = (self.doctor, time::day_of(starts_at, SEOUL));
        self.facts.booking.taken.insert(doctor_day, TakenTime::default());
        self.facts.booking.bookings.insert(id, booking);
        id
    }

    /// Reads what the command asks for, as the worker does; of the bookings those that are as the database would find them.
    pub(super) fn send(
        &mut self,
        sender: Sender,
        kind: impl Into<Kind>,
    ) -> Result<(Closing, Decision), Rejection> {
        let command = Command {
            request_id: RequestId::generate(),
            sender,
            hospital_id: self.hospital,
            accepted_at: self.now,
            body_hash: BodyHash::of(b""),
            replay: false,
            first: false,
            kind: kind.into(),
        };
        let mut needs = needs([&command]);
        self.facts.closing.closings.ask(needs.closing.closings.iter().copied());
        self.facts.closing.follow(&mut needs.closing);
        for time in std::mem::take(&mut needs.closing.times) {
            let meets = |booking: &Booking| {
                let booked = booking.booked_time();
                booked.may_end && time.meets(&booked, SEOUL)
            };
            let found = self.facts.booking.bookings.found().map(|(_, booking)| booking);
            let mut found: Vec<&Booking> = found.filter(|booking| meets(booking)).collect();
            found.sort_by_key(|booking| (booking.starts_at, booking.id));
            let found = found.iter().map(|booking| booking.id).take(ENDED_AT_ONCE + 1).collect();
            self.facts.closing.read(time, Reading(found), &mut needs.closing);
        }
        self.facts.meet(&needs).unwrap();
        let decision = decide(&self.facts, &command, self.now).unwrap();
        for change in &decision.changes {
            self.facts.apply(change, command.request_id).unwrap();
        }
        match &decision.outcome {
            Outcome::Confirmed(Confirmed::Closing(closing)) => Ok((**closing, decision)),
            Outcome::Rejected(rejection) => Err(rejection.clone()),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn close(&mut self, days: Closure) -> Result<(Closing, Decision), Rejection> {
        let Closure { first_day, last_day, hours } = days;
        let (doctor_id, reason) = (Some(self.doctor), ClosingReason::Leave);
        self.send(self.sender, CloseTime { doctor_id, first_day, last_day, hours, reason })
    }

    pub(super) fn go_on(&mut self, closing: &Closing) -> Result<(Closing, Decision), Rejection> {
        let (closing_id, doctor_id) = (closing.id, closing.time.doctor_id);
        let revision = closing.revision;
        self.send(Sender::timer(), GoOnClosing { closing_id, doctor_id, revision })
    }

    pub(super) fn status(&self, booking: BookingId) -> Status {
        self.facts.booking.bookings.get(&booking).unwrap().unwrap().status
    }

    /// What is said to a patient who wants that time.
    pub(super) fn wants(&self, starts_at: Timestamp) -> Option<Code> {
        let doctor = self.facts.directory.doctor(self.doctor).unwrap().unwrap();
        let open = crate::booking::open_slot(doctor, starts_at, Visit::First, false, self.now);
        open.err().map(|rejection| rejection.code)
    }
}
