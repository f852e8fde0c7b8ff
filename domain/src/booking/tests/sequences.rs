//! Random sequences of commands: time is never given twice, the facts stay whole, and every code that a
//! decision can give is given.

use super::*;
use crate::command::Command;
use crate::decision::{Change, decide};
use crate::ids::BookingId;
use crate::outcome::Confirmed;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::RefCell;
use std::collections::HashSet;

/// What a decision may say no with; the other codes are said before or after it.
const CODES: [Code; 10] = [
    Code::SlotTaken,
    Code::PatientBusy,
    Code::Closed,
    Code::CutoffPassed,
    Code::NotOpenYet,
    Code::TooManyBookings,
    Code::StateConflict,
    Code::SlotNotOffered,
    Code::Invalid,
    Code::NotFound,
];

/// A step of a sequence, in indices into the crowd.
#[derive(Clone, Copy, Debug)]
enum Step {
    Book { who: usize, named: usize, doctor: usize, minutes: i64, first: bool },
    Cancel { who: usize, booking: usize },
    Move { who: usize, booking: usize, doctor: usize, minutes: i64 },
    Wait { minutes: i64 },
}

/// Mostly one busy morning, so that steps meet; now and then any time of ten days, or off the grid.
fn minutes() -> impl Strategy<Value = i64> {
    prop_oneof![
        12 => (0..10_i64).prop_map(|quarter| 24 * 60 + quarter * 15),
        3 => (0..960_i64).prop_map(|quarter| quarter * 15),
        1 => 0..5_000_i64,
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..4_usize, 0..8_usize, 0..4_usize, minutes(), any::<bool>())
            .prop_map(|(who, named, doctor, minutes, first)| Step::Book { who, named, doctor, minutes, first }),
        3 => (0..4_usize, 0..12_usize).prop_map(|(who, booking)| Step::Cancel { who, booking }),
        5 => (0..4_usize, 0..12_usize, 0..4_usize, minutes())
            .prop_map(|(who, booking, doctor, minutes)| Step::Move { who, booking, doctor, minutes }),
        1 => (0..400_i64).prop_map(|minutes| Step::Wait { minutes }),
    ]
}

/// Four accounts with two people each; three doctors of one hospital, the third with two seats, and a fourth
/// elsewhere.
struct Crowd {
    scene: Scene,
    accounts: Vec<AccountId>,
    people: Vec<PatientId>,
    doctors: Vec<DoctorId>,
    bookings: Vec<Booking>,
}

impl Crowd {
    fn new() -> Self {
        let mut scene = Scene::new();
        let accounts = vec![scene.account, scene.other(), scene.other(), scene.other()];
        let mut people: Vec<PatientId> =
            accounts.iter().map(|account| scene.store.own[account]).collect();
        for account in &accounts {
            people.push(PatientId::generate());
            scene.add_patient(*account, people[people.len() - 1]);
        }
        let two_seats = of_two_seats();
        let (hospital, elsewhere) = (scene.hospital, HospitalId::generate());
        let doctors = vec![
            scene.doctor,
            scene.add_doctor(hospital, schedule()),
            scene.add_doctor(hospital, two_seats),
            scene.add_doctor(elsewhere, schedule()),
        ];
        Self { scene, accounts, people, doctors, bookings: Vec::new() }
    }

    fn command(&self, step: Step) -> Option<Command> {
        let start = |minutes| at("23T00:00") + TimeDelta::minutes(minutes);
        let booking = |index: usize| self.bookings.get(index % self.bookings.len().max(1));
        let id =
            |index: usize| booking(index).map_or_else(BookingId::generate, |booking| booking.id);
        // Mostly one's own: chance alone would seldom find whose a booking or a child is.
        let owner = |index: usize| {
            let patient = booking(index).filter(|_| !index.is_multiple_of(5))?.patient_id;
            self.scene.store.patients.get(&patient).copied()
        };
        let (who, owner, kind): (usize, Option<AccountId>, Kind) = match step {
            Step::Book { who, named, doctor, minutes, first } => {
                let visit = if first { Visit::First } else { Visit::Return };
                let (doctor_id, patient) = (self.doctors[doctor], self.people[named]);
                let (starts_at, patient_id) = (start(minutes), Some(patient));
                let owner = (minutes % 7 != 0).then(|| self.scene.store.patients[&patient]);
                (who, owner, Book { doctor_id, starts_at, patient_id, visit, sealed: None }.into())
            }
            Step::Cancel { who, booking } => {
                let (booking_id, doctor_id) = (id(booking), self.doctors[0]);
                (who, owner(booking), Cancel { booking_id, doctor_id }.into())
            }
            Step::Move { who, booking, doctor, minutes } => {
                let (booking_id, doctor_id, starts_at) =
                    (id(booking), self.doctors[doctor], start(minutes));
                (who, owner(booking), Reschedule { booking_id, doctor_id, starts_at }.into())
            }
            Step::Wait { .. } => return None,
        };
        Some(self.scene.command(owner.unwrap_or(self.accounts[who]), kind))
    }

    fn take(&mut self, step: Step, reached: &mut HashSet<Code>) {
        if let Step::Wait { minutes } = step {
            self.scene.now += TimeDelta::minutes(minutes);
        }
        let Some(command) = self.command(step) else { return };
        let mut facts = self.scene.store.read(&command, self.scene.now);
        let decision = decide(&facts, &command, self.scene.now).unwrap();
        match (&decision.outcome, decision.changes.as_slice()) {
            (Outcome::Confirmed(Confirmed::Booking(booking)), [change]) => {
                facts.apply(change, command.request_id).unwrap();
                let Change::Booking(change) = change else { panic!("{change:?}") };
                assert_eq!(&**booking, change.after());
                let before = change.before().map_or(0, |before| before.revision);
                assert_eq!(booking.revision, before + 1);
                self.bookings.retain(|known| known.id != booking.id);
                self.bookings.push((**booking).clone());
            }
            (Outcome::Rejected(rejection), []) => {
                reached.insert(rejection.code);
                self.alternatives_can_be_had(rejection, &command);
            }
            other => panic!("not an outcome: {other:?}"),
        }
        self.scene.store.keep(&decision);
        self.facts_are_what_would_be_read(&facts, &command);
        self.nothing_overlaps();
    }

    /// The time of an alternative is free, for a newcomer who books or for the booking that was to be moved.
    fn alternatives_can_be_had(&self, rejection: &Rejection, refused: &Command) {
        for (doctor_id, slot) in &rejection.alternatives {
            let (mut store, mut command) = (self.scene.store.clone(), refused.clone());
            match &mut command.kind {
                Kind::Book(book) => {
                    let (account, patient) = (AccountId::generate(), PatientId::generate());
                    store.patients.insert(patient, account);
                    command.sender = crate::people::Sender::patient(account);
                    (book.patient_id, book.starts_at) = (Some(patient), slot.starts_at);
                }
                Kind::Reschedule(reschedule) => {
                    reschedule.starts_at = slot.starts_at;
                    let booking = store.bookings[&reschedule.booking_id].clone();
                    assert_ne!(
                        (booking.doctor_id, booking.starts_at),
                        (*doctor_id, slot.starts_at)
                    );
                    // Another's bookings elsewhere are no matter of the doctor's time.
                    let elsewhere =
                        |b: &Booking| b.patient_id == booking.patient_id && b.id != booking.id;
                    store
                        .bookings
                        .values_mut()
                        .filter(|b| elsewhere(b))
                        .for_each(|b| b.patient_id = PatientId::generate());
                }
                other => panic!("{other:?} has no alternatives"),
            }
            let decision =
                decide(&store.read(&command, self.scene.now), &command, self.scene.now).unwrap();
            assert!(matches!(decision.outcome, Outcome::Confirmed(_)), "{slot:?}: {decision:?}");
        }
    }

    /// A change makes the facts of the batch what a reading after it would find.
    fn facts_are_what_would_be_read(&self, facts: &crate::facts::Facts, command: &Command) {
        let read = self.scene.store.read(command, self.scene.now);
        for (day, taken) in read.booking.taken.found() {
            let spans = |taken: &TakenTime| -> HashSet<_> {
                taken.all().iter().map(|t| (t.seat, t.starts_at, t.ends_at)).collect()
            };
            let after = facts.booking.taken.get(day).ok().flatten().map(spans);
            assert!(after.is_none_or(|after| after == spans(taken)), "{day:?}");
        }
        for (patient, busy) in read.booking.busy.found() {
            let ids = |busy: &Vec<Busy>| -> HashSet<_> {
                busy.iter().map(|b| (b.booking_id, b.starts_at, b.ends_at)).collect()
            };
            let after = facts.booking.busy.get(patient).ok().flatten().map(ids);
            assert!(after.is_none_or(|after| after == ids(busy)), "{patient:?}");
        }
    }

    fn nothing_overlaps(&self) {
        let open = self.bookings.iter().filter(|booking| booking.status.uses_doctor_time());
        let open: Vec<&Booking> = open.collect();
        for (index, booking) in open.iter().enumerate() {
            for other in &open[index + 1..] {
                let overlap =
                    other.starts_at < booking.ends_at && booking.starts_at < other.ends_at;
                let seat = |b: &Booking| (b.doctor_id, b.seat);
                let same = seat(booking) == seat(other) || booking.patient_id == other.patient_id;
                assert!(!(overlap && same), "{booking:?} {other:?}");
            }
        }
    }
}

#[test]
fn no_sequence_gives_time_twice_and_every_code_is_reached() {
    let reached = RefCell::new(HashSet::new());
    let mut runner =
        TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let sequences = proptest::collection::vec(step(), 1..60);
    runner
        .run(&sequences, |steps| {
            let mut crowd = Crowd::new();
            for step in steps {
                crowd.take(step, &mut reached.borrow_mut());
            }
            Ok(())
        })
        .unwrap();
    let expected: HashSet<Code> = CODES.into_iter().collect();
    assert_eq!(*reached.borrow(), expected);
}
