//! Random sequences of commands: time is never given twice, the facts stay whole, and every code that a
//! decision can give is given.

use super::*;
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
            accounts.iter().map(|account| scene.world.selves[account]).collect();
        for account in &accounts {
            people.push(PatientId::fresh());
            scene.add_patient(*account, people[people.len() - 1]);
        }
        let two_seats = Schedule { seats: 2, ..schedule() };
        let (hospital, elsewhere) = (scene.hospital, HospitalId::fresh());
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
        let (who, kind) = match step {
            Step::Book { who, named, doctor, minutes, first } => {
                let visit = if first { Visit::First } else { Visit::Return };
                let (doctor_id, patient_id) = (self.doctors[doctor], Some(self.people[named]));
                (
                    who,
                    Kind::Book {
                        doctor_id,
                        starts_at: start(minutes),
                        patient_id,
                        visit,
                        sealed: None,
                    },
                )
            }
            Step::Cancel { who, booking: index } => {
                let booking_id = booking(index).map_or_else(BookingId::fresh, |booking| booking.id);
                (who, Kind::Cancel { booking_id, doctor_id: self.doctors[0] })
            }
            Step::Move { who, booking: index, doctor, minutes } => {
                let booking_id = booking(index).map_or_else(BookingId::fresh, |booking| booking.id);
                (
                    who,
                    Kind::Reschedule {
                        booking_id,
                        doctor_id: self.doctors[doctor],
                        starts_at: start(minutes),
                    },
                )
            }
            Step::Wait { .. } => return None,
        };
        // Mostly one's own: chance alone would seldom find whose a booking or a child is.
        let owner = match (&kind, step) {
            (Kind::Book { patient_id: Some(patient), .. }, Step::Book { minutes, .. })
                if minutes % 7 != 0 =>
            {
                self.scene.world.guardians.get(patient).copied()
            }
            (kind, Step::Cancel { booking, .. } | Step::Move { booking, .. })
                if booking % 5 != 0 =>
            {
                kind.booking_id()
                    .and_then(|id| self.scene.world.bookings.get(&id))
                    .map(|booking| booking.account_id)
            }
            _ => None,
        };
        Some(self.scene.command(owner.unwrap_or(self.accounts[who]), kind))
    }

    fn take(&mut self, step: Step, reached: &mut HashSet<Code>) {
        if let Step::Wait { minutes } = step {
            self.scene.now += TimeDelta::minutes(minutes);
        }
        let Some(command) = self.command(step) else { return };
        let decision = decide(&self.scene.world, &command, self.scene.now);
        match (&decision.outcome, &decision.change) {
            (Outcome::Confirmed(Some(booking)), Some(change)) => {
                assert_eq!(&**booking, change.after());
                let before = change.before().map_or(0, |before| before.revision);
                assert_eq!(booking.revision, before + 1);
                self.scene.world.apply(change, command.request_id);
                self.bookings.retain(|known| known.id != booking.id);
                self.bookings.push((**booking).clone());
            }
            (Outcome::Rejected(rejection), None) => {
                reached.insert(rejection.code);
                self.alternatives_can_be_had(rejection, &command);
            }
            other => panic!("not an outcome: {other:?}"),
        }
        self.facts_are_whole();
    }

    /// The time of an alternative is free, for a newcomer who books or for the booking that was to be moved.
    fn alternatives_can_be_had(&self, rejection: &Rejection, refused: &Command) {
        for (doctor_id, slot) in &rejection.alternatives {
            let (mut world, mut command) = (self.scene.world.clone(), refused.clone());
            match &mut command.kind {
                Kind::Book { starts_at, patient_id, .. } => {
                    let (account, patient) = (AccountId::fresh(), PatientId::fresh());
                    world.guardians.insert(patient, account);
                    (command.account_id, *patient_id, *starts_at) =
                        (account, Some(patient), slot.starts_at);
                }
                Kind::Reschedule { booking_id, starts_at, .. } => {
                    *starts_at = slot.starts_at;
                    let booking = &world.bookings[booking_id];
                    assert_ne!(
                        (booking.doctor_id, booking.starts_at),
                        (*doctor_id, slot.starts_at)
                    );
                    world.busy.clear();
                }
                other => panic!("{other:?} has no alternatives"),
            }
            let decision = decide(&world, &command, self.scene.now);
            assert!(matches!(decision.outcome, Outcome::Confirmed(_)), "{slot:?}: {decision:?}");
        }
    }

    /// Open bookings, taken time and patients' times say the same, and nothing overlaps.
    fn facts_are_whole(&self) {
        let world = &self.scene.world;
        let open: Vec<&Booking> =
            self.bookings.iter().filter(|booking| booking.status.is_open()).collect();
        let taken = || {
            world
                .taken
                .iter()
                .flat_map(|((doctor, _), day)| day.all().iter().map(move |taken| (*doctor, taken)))
        };
        assert_eq!(
            (taken().count(), world.busy.values().map(Vec::len).sum::<usize>()),
            (open.len(), open.len())
        );
        for booking in &self.bookings {
            assert_eq!(&world.bookings[&booking.id], booking);
        }
        for (index, booking) in open.iter().enumerate() {
            let span = (booking.starts_at, booking.ends_at);
            let on_seat = (booking.doctor_id, booking.seat);
            assert!(
                taken().any(|(doctor, taken)| (
                    (doctor, taken.seat),
                    (taken.starts_at, taken.ends_at)
                ) == (on_seat, span))
            );
            let busy = world.busy[&booking.patient_id]
                .iter()
                .find(|busy| busy.booking_id == booking.id)
                .unwrap();
            assert_eq!(
                (busy.doctor_id, busy.starts_at, busy.ends_at),
                (booking.doctor_id, span.0, span.1)
            );
            for other in &open[index + 1..] {
                let overlap =
                    other.starts_at < booking.ends_at && booking.starts_at < other.ends_at;
                let same = on_seat == (other.doctor_id, other.seat)
                    || booking.patient_id == other.patient_id;
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
