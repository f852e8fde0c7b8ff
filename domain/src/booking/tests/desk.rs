//! What staff do with bookings: the ladder, approval, and what is taken back.

use std::sync::Arc;

use super::*;
use crate::decision::{Change, Decision};
use crate::ids::RequestId;
use crate::people::{Channel, Role, Sender};
use crate::schedule::{Closure, Schedule};

fn receptionist(scene: &mut Scene) -> Sender {
    let caller = AccountId::generate();
    scene.store.members.insert((caller, scene.hospital), vec![Role::Receptionist]);
    Sender { caller, for_account: caller, role: Role::Receptionist, channel: Channel::Desk }
}

/// Decides, and keeps the step as the database does.
fn decided(scene: &mut Scene, sender: Sender, kind: impl Into<Kind>) -> (Decision, RequestId) {
    let command = Command { sender, ..scene.command(scene.account, kind) };
    let decision = scene.decide(&command);
    let (by, at, actor) = (command.request_id, scene.now, Some(sender.caller));
    for change in &decision.changes {
        let Change::Booking(change) = change else { panic!("{change:?}") };
        if let Some(before) = change.before().map(|before| before.status) {
            scene.store.steps.insert(change.after().id, LastStep { by, actor, at, before });
        }
    }
    (decision, by)
}

fn step(booking: &Booking, step: BookingStep) -> StepBooking {
    let reason = (step == BookingStep::Refuse).then_some(StepReason::NoRoom);
    let (booking_id, doctor_id, revision) = (booking.id, booking.doctor_id, booking.revision);
    StepBooking { booking_id, doctor_id, revision, step, reason }
}

fn undo(booking: &Booking, undone: RequestId) -> UndoBooking {
    UndoBooking { booking_id: booking.id, doctor_id: booking.doctor_id, undone }
}

fn approving() -> Schedule {
    let mut schedule = of_two_seats();
    schedule.versions[0].approval_hours = Some(24);
    schedule
}

#[test]
fn the_ladder_has_these_steps_and_no_others() {
    let all = BookingStep::ALL.iter().flat_map(|step| {
        let from = Status::ALL.iter();
        from.filter_map(|from| Some((step.as_str(), from.as_str(), step.from(*from)?.as_str())))
    });
    assert_eq!(
        all.collect::<Vec<_>>(),
        [
            ("approve", "pending", "booked"),
            ("refuse", "pending", "cancelled"),
            ("cancel", "pending", "cancelled"),
            ("cancel", "booked", "cancelled"),
            ("done", "booked", "fulfilled"),
            ("noshow", "booked", "noshow"),
        ]
    );
}

#[test]
fn what_a_patient_books_waits_with_a_timer_and_what_staff_book_does_not() {
    let mut scene = Scene::new();
    let doctor = scene.add_doctor(scene.hospital, approving());
    let staff = receptionist(&mut scene);
    let (patient, account) = (Some(scene.patient), scene.account);
    let of_day = |starts| Book { patient_id: patient, ..first_visit(doctor, starts) };
    // Its cut-off, an hour before, comes first; then the 24 hours do.
    for (starts, due) in [("23T18:00", "23T17:00"), ("25T10:00", "24T09:00")] {
        let (decision, _) = decided(&mut scene, Sender::patient(account), of_day(starts));
        let [timer] = decision.timers.as_slice() else { panic!("{decision:?}") };
        assert_eq!((timer.due, timer.revision), (at(due), 1), "{starts}");
    }
    let as_staff = Sender { for_account: account, ..staff };
    let (decision, _) = decided(&mut scene, as_staff, of_day("28T10:00"));
    assert!(decision.timers.is_empty(), "{decision:?}");
    let booked = scene.store.bookings.values().filter(|b| b.status == Status::Booked).count();
    assert_eq!((booked, scene.store.bookings.len()), (1, 3));
}

#[test]
fn nobody_but_a_timer_gives_up_waiting_and_not_after_a_change() {
    let mut scene = Scene::new();
    let doctor = scene.add_doctor(scene.hospital, approving());
    let staff = receptionist(&mut scene);
    let booking = scene.book(scene.account, doctor, "25T10:00").unwrap();
    let refuse =
        RefusePending { booking_id: booking.id, doctor_id: doctor, revision: booking.revision };
    for sender in [staff, Sender::patient(scene.account)] {
        let (decision, _) = decided(&mut scene, sender, refuse.clone());
        assert_eq!(decision.outcome.code(), Some(Code::NotFound));
    }
    decided(&mut scene, staff, step(&booking, BookingStep::Approve));
    let (late, _) = decided(&mut scene, Sender::timer(), refuse);
    assert_eq!(late.outcome.code(), Some(Code::StateConflict));
}

/// Who has the seat that was given back, keeps it in the facts too.
#[test]
fn a_booking_whose_seat_is_gone_comes_back_on_another_one() {
    let mut scene = Scene::new();
    let doctor = scene.add_doctor(scene.hospital, of_two_seats());
    let staff = receptionist(&mut scene);
    let booking = scene.book(scene.account, doctor, "24T10:00").unwrap();
    let (_, undone) = decided(&mut scene, staff, step(&booking, BookingStep::Cancel));
    let other = scene.other();
    assert_eq!(scene.book(other, doctor, "24T10:00").unwrap().seat, booking.seat);
    let command = Command { sender: staff, ..scene.command(scene.account, undo(&booking, undone)) };
    let mut facts = scene.store.read(&command, scene.now);
    let decision = decide(&facts, &command, scene.now).unwrap();
    let [change] = decision.changes.as_slice() else { panic!("{decision:?}") };
    facts.apply(change, command.request_id).unwrap();
    let day = (doctor, "2026-11-24".parse().unwrap());
    let taken = facts.booking.taken.get(&day).unwrap().unwrap();
    let mut seats: Vec<u8> = taken.all().iter().map(|taken| taken.seat).collect();
    seats.sort_unstable();
    assert_eq!(seats, [0, 1]);
    // Of the same batch, a second undoing has nothing to take back.
    let again = decide(&facts, &command, scene.now).unwrap();
    assert_eq!(again.outcome.code(), Some(Code::StateConflict));
}

#[test]
fn staff_take_back_their_own_last_step_and_only_for_ten_minutes() {
    let mut scene = Scene::new();
    let staff = receptionist(&mut scene);
    let booking = scene.mine("24T10:00").unwrap();
    let (_, by) = decided(&mut scene, staff, step(&booking, BookingStep::Cancel));
    let wrong = decided(&mut scene, staff, undo(&booking, RequestId::generate())).0;
    assert_eq!(wrong.outcome.code(), Some(Code::StateConflict));
    scene.now += UNDO_WITHIN;
    let late =
        Scene { store: scene.store.clone(), now: scene.now + TimeDelta::milliseconds(1), ..scene };
    let mut late = late;
    assert_eq!(
        decided(&mut late, staff, undo(&booking, by)).0.outcome.code(),
        Some(Code::StateConflict)
    );
    late.now -= TimeDelta::milliseconds(1);
    assert_eq!(decided(&mut late, staff, undo(&booking, by)).0.outcome.code(), None);
    let patient = Sender::patient(late.account);
    let cancel = Cancel { booking_id: booking.id, doctor_id: booking.doctor_id };
    let (_, by) = decided(&mut late, patient, cancel);
    assert_eq!(
        decided(&mut late, staff, undo(&booking, by)).0.outcome.code(),
        Some(Code::StateConflict)
    );
}

/// The closing has ended what was booked; what was cancelled before it does not come back behind it.
#[test]
fn a_booking_does_not_come_back_into_time_that_was_closed_meanwhile() {
    let mut scene = Scene::new();
    let staff = receptionist(&mut scene);
    let booking = scene.mine("24T10:00").unwrap();
    let (_, by) = decided(&mut scene, staff, step(&booking, BookingStep::Cancel));
    let day = "2026-11-24".parse().unwrap();
    let doctor = scene.store.doctors.get_mut(&booking.doctor_id).map(Arc::make_mut).unwrap();
    doctor.schedule.closures.push(Closure::of_days(day, day));
    let refused = decided(&mut scene, staff, undo(&booking, by)).0;
    assert_eq!(refused.outcome.code(), Some(Code::Closed));
    let doctor = scene.store.doctors.get_mut(&booking.doctor_id).map(Arc::make_mut).unwrap();
    doctor.schedule.closures.clear();
    assert_eq!(decided(&mut scene, staff, undo(&booking, by)).0.outcome.code(), None);
}
