//! What stands in for the database: it answers needs as the worker does, so a rule that forgets to ask fails here.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::super::*;
use crate::command::Command;
use crate::decision::{Change, Decision, needs};
use crate::directory::Doctor;
use crate::facts;
use crate::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId};
use crate::people::{Patient, PatientEnd, Role};
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
        for (account, hospital) in reading.accounts {
            let people = || self.patients.iter().filter(|(_, of)| **of == account);
            let of_account = |id: &PatientId| self.busy(*id);
            let busy = people().flat_map(|(id, _)| of_account(id));
            let open = busy.filter(|busy| busy.hospital_id == hospital).map(|b| b.booking_id);
            facts.booking.open.insert((account, hospital), open.collect());
            facts.booking.accounts.extend(people().map(|(patient, account)| (*patient, *account)));
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
