//! The small world of the rules' tests: a hospital with a doctor, a patient, and calls that decide and apply.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime};

use super::super::*;
use super::store::Store;
use crate::command::{BodyHash, Command, Kind};
use crate::decision::{Decision, decide};
use crate::directory::Doctor;
use crate::ids::{AccountId, DoctorId, HospitalId, PatientId, RequestId};
use crate::outcome::{Confirmed, Outcome};
use crate::people::Sender;
use crate::rejection::Rejection;
use crate::schedule::{Closure, Hours, Release, Schedule, Terms, Visit};
use crate::time::{self, Timestamp};

/// Monday the 23rd, 09:00, in Seoul; doctors see patients around the clock but for a lunch.
pub(super) struct Scene {
    pub(super) store: Store,
    pub(super) now: Timestamp,
    pub(super) hospital: HospitalId,
    pub(super) doctor: DoctorId,
    pub(super) account: AccountId,
    pub(super) patient: PatientId,
}

pub(super) fn at(text: &str) -> Timestamp {
    time::parse(&format!("2026-11-{text}:00+09:00")).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn clock(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
}

pub(super) fn schedule() -> Schedule {
    let hours = Hours {
        opens: clock(0, 0),
        closes: clock(23, 0),
        lunch: Some((clock(12, 30), clock(14, 0))),
    };
    let terms = Terms {
        release: Some(Release { days: 7, at: clock(8, 0) }),
        cutoff: 60,
        valid_from: day("2026-11-01"),
        valid_until: day("2027-11-01"),
        hours: [Some(hours); 7],
        ..Terms::plain(15, 30, 15)
    };
    let closures = vec![Closure::of_days(day("2026-11-26"), day("2026-11-27"))];
    Schedule { closures, ..Schedule::of(chrono_tz::Asia::Seoul, [terms]) }
}

/// The same for two patients at the same time.
pub(super) fn of_two_seats() -> Schedule {
    let mut schedule = schedule();
    schedule.versions[0].seats = 2;
    schedule
}

/// A first visit.
pub(super) fn first_visit(doctor_id: DoctorId, starts: &str) -> Book {
    Book { doctor_id, starts_at: at(starts), patient_id: None, visit: Visit::First, sealed: None }
}

impl Scene {
    pub(super) fn new() -> Self {
        let (hospital, account, patient) =
            (HospitalId::generate(), AccountId::generate(), PatientId::generate());
        let (store, now, doctor) = (Store::default(), at("23T09:00"), DoctorId::generate());
        let mut scene = Self { store, now, hospital, doctor, account, patient };
        scene.doctor = scene.add_doctor(hospital, schedule());
        scene.add_patient(account, patient);
        scene
    }

    pub(super) fn add_doctor(&mut self, hospital_id: HospitalId, schedule: Schedule) -> DoctorId {
        let doctor = Doctor { max_open_account: Some(6), ..Doctor::plain(hospital_id, schedule) };
        let id = doctor.id;
        self.store.doctors.insert(id, Arc::new(doctor));
        id
    }

    pub(super) fn add_patient(&mut self, account: AccountId, patient: PatientId) {
        self.store.patients.insert(patient, account);
        self.store.own.entry(account).or_insert(patient);
    }

    pub(super) fn other(&mut self) -> AccountId {
        let (account, patient) = (AccountId::generate(), PatientId::generate());
        self.add_patient(account, patient);
        account
    }

    pub(super) fn command(&self, account: AccountId, kind: impl Into<Kind>) -> Command {
        Command {
            request_id: RequestId::generate(),
            sender: Sender::patient(account),
            hospital_id: self.hospital,
            accepted_at: self.now,
            body_hash: BodyHash::of(b"scene"),
            replay: false,
            first: false,
            kind: kind.into(),
        }
    }

    /// Decides, and keeps what is changed.
    pub(super) fn decide(&mut self, command: &Command) -> Decision {
        let facts = self.store.read(command, self.now);
        let decision = decide(&facts, command, self.now).unwrap();
        assert_eq!(Ok(&decision), decide(&facts, command, self.now).as_ref(), "a pure function");
        self.store.keep(&decision);
        decision
    }

    pub(super) fn try_kind(
        &mut self,
        account: AccountId,
        kind: impl Into<Kind>,
    ) -> Result<Booking, Rejection> {
        let decision = self.decide(&self.command(account, kind));
        match decision.outcome {
            Outcome::Confirmed(Confirmed::Booking(booking)) => Ok(*booking),
            Outcome::Rejected(rejection) => {
                assert!(decision.changes.is_empty() && decision.notices.is_empty());
                Err(rejection)
            }
            other => panic!("{other:?}"),
        }
    }

    /// A first visit.
    pub(super) fn book(
        &mut self,
        account: AccountId,
        doctor: DoctorId,
        starts: &str,
    ) -> Result<Booking, Rejection> {
        self.try_kind(account, first_visit(doctor, starts))
    }

    pub(super) fn mine(&mut self, starts: &str) -> Result<Booking, Rejection> {
        self.book(self.account, self.doctor, starts)
    }

    pub(super) fn cancel(&mut self, booking: &Booking) -> Result<Booking, Rejection> {
        self.try_kind(self.account, Cancel { booking_id: booking.id, doctor_id: booking.doctor_id })
    }

    pub(super) fn reschedule(
        &mut self,
        booking: &Booking,
        doctor_id: DoctorId,
        starts: &str,
    ) -> Result<Booking, Rejection> {
        self.try_kind(
            self.account,
            Reschedule { booking_id: booking.id, doctor_id, starts_at: at(starts) },
        )
    }
}
