//! The small world of the rules' tests: a hospital with a doctor, a patient, and calls that decide and apply.

use super::super::*;
use crate::command::BodyHash;
use crate::ids::{AccountId, HospitalId, RequestId};
use crate::schedule::{Closure, Hours, Release, Schedule};
use chrono::{NaiveDate, NaiveTime};
use std::sync::Arc;

/// Monday the 23rd, 09:00, in Seoul; doctors see patients around the clock but for a lunch.
pub(super) struct Scene {
    pub(super) world: World,
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
    Schedule {
        zone: chrono_tz::Asia::Seoul,
        step: 15,
        first: 30,
        again: 15,
        seats: 1,
        release: Some(Release { days: 7, at: clock(8, 0) }),
        cutoff: 60,
        valid_from: day("2026-11-01"),
        valid_until: day("2027-11-01"),
        hours: [Some(hours); 7],
        closures: vec![Closure { first_day: day("2026-11-26"), last_day: day("2026-11-27") }],
    }
}

impl Scene {
    pub(super) fn new() -> Self {
        let (hospital, account, patient) =
            (HospitalId::fresh(), AccountId::fresh(), PatientId::fresh());
        let mut scene = Self {
            world: World::default(),
            now: at("23T09:00"),
            hospital,
            doctor: DoctorId::fresh(),
            account,
            patient,
        };
        scene.doctor = scene.add_doctor(hospital, schedule());
        scene.add_patient(account, patient);
        scene
    }

    pub(super) fn add_doctor(&mut self, hospital_id: HospitalId, schedule: Schedule) -> DoctorId {
        let id = DoctorId::fresh();
        let doctor =
            Doctor { id, hospital_id, schedule, max_open_bookings: 3, max_per_doctor_day: 1 };
        self.world.doctors.insert(id, Arc::new(doctor));
        id
    }

    pub(super) fn add_patient(&mut self, account: AccountId, patient: PatientId) {
        self.world.guardians.insert(patient, account);
        self.world.selves.entry(account).or_insert(patient);
    }

    pub(super) fn other(&mut self) -> AccountId {
        let (account, patient) = (AccountId::fresh(), PatientId::fresh());
        self.add_patient(account, patient);
        account
    }

    pub(super) fn command(&self, account_id: AccountId, kind: Kind) -> Command {
        Command {
            request_id: RequestId::fresh(),
            account_id,
            actor: account_id,
            hospital_id: self.hospital,
            channel: "app".to_owned(),
            accepted_at: self.now,
            body_hash: BodyHash::default(),
            replay: false,
            first: false,
            kind,
        }
    }

    pub(super) fn try_kind(
        &mut self,
        account: AccountId,
        kind: Kind,
    ) -> Result<Booking, Rejection> {
        let command = self.command(account, kind);
        let decision = decide(&self.world, &command, self.now);
        assert_eq!(decision, decide(&self.world, &command, self.now), "a pure function");
        if let Some(change) = &decision.change {
            self.world.apply(change, command.request_id);
        }
        match decision.outcome {
            Outcome::Confirmed(booking) => Ok(*booking.unwrap()),
            Outcome::Rejected(rejection) => {
                assert_eq!(decision.change, None);
                Err(rejection)
            }
            Outcome::Expired => panic!("expired"),
        }
    }

    /// A first visit.
    pub(super) fn book(
        &mut self,
        account: AccountId,
        doctor_id: DoctorId,
        starts: &str,
    ) -> Result<Booking, Rejection> {
        self.try_kind(
            account,
            Kind::Book {
                doctor_id,
                starts_at: at(starts),
                patient_id: None,
                visit: Visit::First,
                sealed: None,
            },
        )
    }

    pub(super) fn mine(&mut self, starts: &str) -> Result<Booking, Rejection> {
        self.book(self.account, self.doctor, starts)
    }

    pub(super) fn cancel(&mut self, booking: &Booking) -> Result<Booking, Rejection> {
        self.try_kind(
            self.account,
            Kind::Cancel { booking_id: booking.id, doctor_id: booking.doctor_id },
        )
    }

    pub(super) fn reschedule(
        &mut self,
        booking: &Booking,
        doctor_id: DoctorId,
        starts: &str,
    ) -> Result<Booking, Rejection> {
        self.try_kind(
            self.account,
            Kind::Reschedule { booking_id: booking.id, doctor_id, starts_at: at(starts) },
        )
    }
}
