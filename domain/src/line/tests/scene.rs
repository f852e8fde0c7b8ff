//! The small world of the rules' tests: a hospital with a doctor, patients, and calls that decide and apply.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::*;
use super::hours::schedule;
use crate::booking::Booking;
use crate::command::{BodyHash, Command, Kind};
use crate::decision::{Change, Decision, decide, needs};
use crate::directory::{Doctor, DoctorDay};
use crate::facts;
use crate::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId, TicketId};
use crate::outcome::{Confirmed, Outcome};
use crate::people::{Patient, Role, Sender};
use crate::rejection::Rejection;
use crate::time::{self, Timestamp};

/// Monday the 23rd, 09:30, in Seoul.
pub(super) struct Scene {
    pub(super) now: Timestamp,
    pub(super) hospital: HospitalId,
    pub(super) doctor: DoctorId,
    pub(super) members: HashMap<(AccountId, HospitalId), Vec<Role>>,
    pub(super) doctors: HashMap<DoctorId, Arc<Doctor>>,
    pub(super) patients: HashMap<PatientId, AccountId>,
    /// Whom a desk entered, without an account.
    pub(super) entered: HashSet<PatientId>,
    pub(super) own: HashMap<AccountId, PatientId>,
    pub(super) tickets: HashMap<TicketId, Ticket>,
    pub(super) days: HashMap<DoctorDay, LineDay>,
    steps: HashMap<TicketId, LastStep>,
    pub(super) no_show_rules: HashMap<HospitalId, NoShowRule>,
    /// Whose no-shows were forgiven, and when.
    pub(super) forgiven: HashMap<(HospitalId, PatientId), Timestamp>,
    pub(super) rules: HashMap<HospitalId, LineRule>,
    pub(super) bookings: HashMap<BookingId, Booking>,
    /// The request of the last command.
    pub(super) last: Option<RequestId>,
    /// A receptionist of the hospital.
    pub(super) clerk: AccountId,
}

pub(super) fn at(text: &str) -> Timestamp {
    time::parse(&format!("2026-11-{text}:00+09:00")).unwrap()
}

impl Scene {
    pub(super) fn new() -> Self {
        let (now, hospital, doctor) =
            (at("23T09:30"), HospitalId::generate(), DoctorId::generate());
        let mut scene = Self {
            now,
            hospital,
            doctor,
            members: HashMap::new(),
            doctors: HashMap::new(),
            patients: HashMap::new(),
            entered: HashSet::new(),
            own: HashMap::new(),
            tickets: HashMap::new(),
            days: HashMap::new(),
            steps: HashMap::new(),
            no_show_rules: HashMap::new(),
            forgiven: HashMap::new(),
            rules: HashMap::new(),
            bookings: HashMap::new(),
            last: None,
            clerk: AccountId::generate(),
        };
        scene.members.insert((scene.clerk, hospital), vec![Role::Receptionist]);
        scene.doctor = scene.add_doctor();
        scene
    }

    pub(super) fn add_doctor(&mut self) -> DoctorId {
        let doctor = Doctor::plain(self.hospital, schedule());
        let id = doctor.id;
        self.doctors.insert(id, Arc::new(doctor));
        id
    }

    pub(super) fn patient_of(&mut self, account: AccountId) -> PatientId {
        let patient = PatientId::generate();
        self.patients.insert(patient, account);
        self.own.entry(account).or_insert(patient);
        patient
    }

    pub(super) fn own_patient(&self, account: AccountId) -> PatientId {
        self.own[&account]
    }

    /// An account with its own person.
    pub(super) fn account(&mut self) -> AccountId {
        let account = AccountId::generate();
        self.patient_of(account);
        account
    }

    pub(super) fn command(&self, sender: Sender, kind: impl Into<Kind>) -> Command {
        Command {
            request_id: RequestId::generate(),
            sender,
            hospital_id: self.hospital,
            accepted_at: self.now,
            body_hash: BodyHash::of(b"scene"),
            replay: false,
            first: false,
            kind: kind.into(),
        }
    }

    /// The facts that the command needs.
    fn read(&self, command: &Command) -> facts::Facts {
        let mut needs = needs([command]);
        let mut facts = facts::Facts::default();
        facts.line.tickets.ask(needs.line.tickets.iter().copied());
        for id in &needs.line.tickets {
            if let Some(found) = self.tickets.get(id) {
                facts.line.tickets.insert(*id, found.clone());
            }
        }
        facts.line.steps.ask(needs.line.steps.iter().copied());
        for id in &needs.line.steps {
            if let Some(found) = self.steps.get(id) {
                facts.line.steps.insert(*id, *found);
            }
        }
        facts.line.follow(&mut needs.of_line());
        facts.line.rules.ask(needs.line.rules.iter().copied());
        for rule in needs.line.rules.iter().filter_map(|id| self.rules.get(id)) {
            facts.line.rules.insert(rule.hospital_id, *rule);
        }
        self.read_bookings(&mut needs, &mut facts);
        self.read_shared(&needs, &mut facts);
        self.read_no_shows(&needs, &mut facts);
        let (directory, people) = (&facts.directory, &facts.people);
        let reading = needs.line.reading(directory, people, self.now).unwrap();
        for day in reading.days {
            let line = self.days.get(&day).copied().unwrap_or_default();
            let tickets = self.tickets.values().filter(|t| (t.doctor_id, t.day) == day).cloned();
            facts.line.lines.insert(day, Line::new(line, tickets));
        }
        for doctor in &needs.line.called {
            let day = (*doctor, time::day_of(self.now, chrono_tz::Asia::Seoul));
            let waiting = facts.line.lines.get(&day).unwrap().unwrap().waiting();
            for patient in waiting.iter().filter_map(|ticket| ticket.patient_id) {
                let account = self.patients.get(&patient).copied();
                facts.people.patients.insert(patient, Patient::of(account));
            }
            needs.line.appointments.extend(waiting.iter().filter_map(|ticket| ticket.booking_id));
        }
        let mut accounts = reading.accounts;
        for day in needs.line.ending.clone() {
            let concerned = facts.line.lines.get(&day).unwrap().unwrap().concerned();
            for patient in concerned.patients {
                let account = self.patients.get(&patient).copied();
                facts.people.patients.insert(patient, Patient::of(account));
            }
            accounts.extend(concerned.accounts);
            needs.line.appointments.extend(concerned.bookings);
        }
        self.read_bookings(&mut needs, &mut facts);
        self.read_times(&needs, &mut facts);
        for account in accounts {
            let held = |ticket: &Ticket| {
                let slot = ticket.live_slot.filter(|slot| slot.account == account)?;
                Some(Held { ticket: ticket.id, slot: slot.number })
            };
            facts.line.held.insert(account, self.tickets.values().filter_map(held).collect());
        }
        facts
    }

    /// Decides, and keeps what is changed.
    pub(super) fn decide(&mut self, command: &Command) -> Decision {
        let mut facts = self.read(command);
        let decision = decide(&facts, command, self.now).unwrap();
        assert_eq!(Ok(&decision), decide(&facts, command, self.now).as_ref(), "a pure function");
        for change in &decision.changes {
            facts.apply(change, command.request_id).unwrap();
            let Change::Line(change) = change else { panic!("{change:?}") };
            let change = match &**change {
                LineChange::Ticket(change) => change,
                LineChange::Reception(change) => {
                    self.days.insert(
                        change.day,
                        facts.line.lines.get(&change.day).unwrap().unwrap().day,
                    );
                    continue;
                }
                LineChange::Rule(rule) => {
                    self.rules.insert(rule.hospital_id, *rule);
                    continue;
                }
                LineChange::Attendance(told) => {
                    let booking = facts.booking.bookings.get(&told.booking_id).unwrap().unwrap();
                    self.bookings.insert(booking.id, booking.clone());
                    continue;
                }
                LineChange::NoShowRule(rule) => {
                    self.no_show_rules.insert(rule.hospital_id, *rule);
                    continue;
                }
                LineChange::NoShowsLifted(hospital, patient) => {
                    self.forgiven.insert((*hospital, *patient), self.now);
                    continue;
                }
                LineChange::Noted(_) | LineChange::Pace(_) => continue,
            };
            let (at, by) = (self.now, command.request_id);
            let before = change.before.as_ref().map(Before::of);
            self.steps.insert(change.after.id, LastStep { by, at, before });
            let day = (change.after.doctor_id, change.after.day);
            self.days.insert(day, facts.line.lines.get(&day).unwrap().unwrap().day);
            self.tickets.insert(change.after.id, change.after.clone());
        }
        decision
    }

    pub(super) fn send(
        &mut self,
        sender: Sender,
        kind: impl Into<Kind>,
    ) -> Result<Ticket, Rejection> {
        let command = self.command(sender, kind);
        self.last = Some(command.request_id);
        let decision = self.decide(&command);
        match decision.outcome {
            Outcome::Confirmed(Confirmed::Ticket(ticket)) => Ok(*ticket),
            Outcome::Rejected(rejection) => {
                assert!(decision.changes.is_empty() && decision.notices.is_empty());
                assert!(decision.timers.is_empty());
                Err(rejection)
            }
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn take(&mut self, account: AccountId) -> Result<Ticket, Rejection> {
        self.take_with(account, self.doctor)
    }

    pub(super) fn take_with(
        &mut self,
        account: AccountId,
        doctor_id: DoctorId,
    ) -> Result<Ticket, Rejection> {
        let take = TakeTicket { doctor_id, patient_id: None, sealed: None, walk_in: false };
        self.send(Sender::patient(account), take)
    }

    pub(super) fn cancel(
        &mut self,
        account: AccountId,
        ticket: &Ticket,
    ) -> Result<Ticket, Rejection> {
        let (ticket_id, doctor_id) = (ticket.id, ticket.doctor_id);
        self.send(Sender::patient(account), CancelTicket { ticket_id, doctor_id })
    }

    /// The doctor's line of the present day.
    pub(super) fn today(&self) -> DoctorDay {
        (self.doctor, time::day_of(self.now, chrono_tz::Asia::Seoul))
    }
}
