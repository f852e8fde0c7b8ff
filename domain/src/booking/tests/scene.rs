//! The small world of the rules' tests: a hospital with a doctor, a patient, and calls that decide and apply. What
//! stands in for the database answers needs as the worker does, so a rule that forgets to ask fails here.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime};

use super::super::*;
use crate::command::{BodyHash, Command, Kind};
use crate::decision::{Change, Decision, decide, needs};
use crate::directory::Doctor;
use crate::facts;
use crate::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use crate::outcome::{Confirmed, Outcome};
use crate::people::{Patient, PatientEnd, Role, Sender};
use crate::rejection::Rejection;
use crate::schedule::{Closure, Hours, Release, Schedule, Terms, Visit};
use crate::time::{self, Timestamp};

/// Everything that could be read.
#[derive(Clone, Default)]
pub(super) struct Store {
    pub(super) doctors: HashMap<DoctorId, Arc<Doctor>>,
    pub(super) patients: HashMap<PatientId, AccountId>,
    pub(super) own: HashMap<AccountId, PatientId>,
    pub(super) ended: HashMap<PatientId, PatientEnd>,
    /// Whom a desk entered: without an account, or merged into one.
    pub(super) entered: HashMap<PatientId, Patient>,
    pub(super) members: HashMap<(AccountId, HospitalId), Vec<Role>>,
    pub(super) bookings: HashMap<BookingId, Booking>,
    pub(super) steps: HashMap<BookingId, LastStep>,
}

impl Store {
    /// The facts that the command needs.
    pub(super) fn read(&self, command: &Command, now: Timestamp) -> facts::Facts {
        let mut needs = needs([command]);
        let mut facts = facts::Facts::default();
        for id in &needs.booking.bookings {
            facts.booking.bookings.ask([*id]);
            if let Some(found) = self.bookings.get(id) {
                facts.booking.bookings.insert(*id, found.clone());
            }
        }
        for id in &needs.booking.steps {
            facts.booking.steps.ask([*id]);
            if let Some(step) = self.steps.get(id) {
                facts.booking.steps.insert(*id, *step);
            }
        }
        facts.booking.follow(&mut needs.of_booking());
        self.read_shared(&needs, &mut facts);
        let reading = needs.booking.reading(&facts.directory, &facts.people).unwrap();
        for patient in reading.patients {
            facts.booking.busy.insert(patient, self.busy(patient));
        }
        for account in &needs.booking.holders {
            facts.booking.holds.insert(*account, self.holds(*account));
        }
        let over = self.bookings.values().filter(|b| b.lasting().is_some_and(|h| h.until <= now));
        for booking in over {
            facts.booking.bookings.insert(booking.id, booking.clone());
        }
        for day in reading.days {
            facts.booking.taken.insert(day, TakenTime::new(self.taken(day)));
        }
        facts
    }

    fn read_shared(&self, needs: &facts::Needs, facts: &mut facts::Facts) {
        for id in &needs.directory.doctors {
            facts.directory.doctors.ask([*id]);
            self.doctors
                .get(id)
                .into_iter()
                .for_each(|found| facts.directory.doctors.insert(*id, Arc::clone(found)));
        }
        for hospital in &needs.directory.hospitals {
            facts.directory.zones.insert(*hospital, time::Zone::Asia__Seoul);
        }
        for account in &needs.people.own_patients {
            facts.people.own_patients.ask([*account]);
            if let Some(own) = self.own.get(account) {
                facts.people.own_patients.insert(*account, *own);
                facts.people.patients.insert(*own, self.patient(*own, *account));
            }
        }
        for patient in &needs.people.patients {
            facts.people.patients.ask([*patient]);
            let of = |account: &AccountId| self.patient(*patient, *account);
            let entered = self.entered.get(patient).copied();
            if let Some(found) = entered.or(self.patients.get(patient).map(of)) {
                facts.people.patients.insert(*patient, found);
            }
        }
        for member in &needs.people.members {
            facts.people.members.ask([*member]);
            self.members
                .get(member)
                .into_iter()
                .for_each(|roles| facts.people.members.insert(*member, roles.clone()));
        }
    }

    fn patient(&self, id: PatientId, account: AccountId) -> Patient {
        Patient { ended: self.ended.get(&id).copied(), ..Patient::of(Some(account)) }
    }

    pub(super) fn busy(&self, patient: PatientId) -> Vec<Busy> {
        let held = self
            .bookings
            .values()
            .filter(|b| b.patient_id == patient && b.status.uses_patient_time());
        held.map(|b| Busy {
            booking_id: b.id,
            hospital_id: b.hospital_id,
            doctor_id: b.doctor_id,
            starts_at: b.starts_at,
            ends_at: b.ends_at,
        })
        .collect()
    }

    fn holds(&self, account: AccountId) -> Vec<AccountHold> {
        let held = self.bookings.values().filter(|b| b.account_id == account && b.held.is_some());
        held.map(|b| AccountHold {
            booking_id: b.id,
            doctor_id: b.doctor_id,
            starts_at: b.starts_at,
            held_at: b.created_at,
            held: b.lasting(),
        })
        .collect()
    }

    fn taken(&self, (doctor, day): (DoctorId, NaiveDate)) -> Vec<Taken> {
        let on_day = |b: &&Booking| {
            let zone = self.doctors[&doctor].zone();
            b.doctor_id == doctor
                && b.status.uses_doctor_time()
                && time::day_of(b.starts_at, zone) == day
        };
        let taken = |b: &Booking| Taken {
            seat: b.seat,
            starts_at: b.starts_at,
            ends_at: b.ends_at,
            request_id: b.request_id,
            held_until: b.lasting().map(|held| held.until),
        };
        self.bookings.values().filter(on_day).map(taken).collect()
    }

    /// Keeps what the decision changed.
    pub(super) fn keep(&mut self, decision: &Decision) {
        for change in &decision.changes {
            let Change::Booking(change) = change else { panic!("{change:?}") };
            self.bookings.insert(change.after().id, change.after().clone());
        }
    }
}

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
        step: 15,
        first_visit_minutes: 30,
        return_visit_minutes: 15,
        seats: 1,
        release: Some(Release { days: 7, at: clock(8, 0) }),
        cutoff: 60,
        notice: 0,
        horizon: None,
        open_on_holidays: false,
        approval_hours: None,
        valid_from: day("2026-11-01"),
        valid_until: day("2027-11-01"),
        hours: [Some(hours); 7],
        breaks: Vec::new(),
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
        let id = DoctorId::generate();
        let doctor = Doctor {
            id,
            hospital_id,
            schedule,
            max_open_bookings: 3,
            max_per_doctor_day: 1,
            holds: HoldLimits::default(),
        };
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
