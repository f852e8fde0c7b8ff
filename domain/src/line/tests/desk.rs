//! What the desk does: the ladder step by step, calling the next one, taking a step back, pausing.

use super::super::*;
use super::scene::{Scene, at};
use crate::code::Code;
use crate::ids::AccountId;
use crate::outcome::{Confirmed, Outcome};
use crate::people::{Channel, Sender};
use crate::time;

#[test]
fn a_ticket_goes_along_its_ladder_and_each_step_shows() {
    let mut scene = Scene::new();
    let account = scene.account();
    let ticket = scene.take(account).unwrap();
    scene.now += time::minutes(5);
    let here = scene.step(&ticket, Step::Arrive).unwrap();
    assert_eq!(
        (here.status, here.arrived_at, here.revision),
        (Status::Arrived, Some(scene.now), 2)
    );
    assert_eq!(here.key_at, ticket.key_at, "who comes later keeps the place");
    scene.now += time::minutes(5);
    let called = scene.step(&ticket, Step::Call).unwrap();
    assert_eq!((called.status, called.called_at), (Status::CheckedIn, Some(scene.now)));
    let done = scene.step(&ticket, Step::Done).unwrap();
    assert_eq!((done.status, done.live_slot), (Status::Fulfilled, None));
    let refused = scene.step(&ticket, Step::Call).unwrap_err();
    assert_eq!((refused.code, refused.current), (Code::StateConflict, Some("fulfilled")));
}

#[test]
fn a_step_with_an_old_revision_is_told_the_present_one() {
    let mut scene = Scene::new();
    let account = scene.account();
    let ticket = scene.take(account).unwrap();
    scene.step(&ticket, Step::Arrive).unwrap();
    let refused = scene.step_at(&ticket, Step::Hold, 1).unwrap_err();
    assert_eq!(
        (refused.code, refused.current, refused.revision),
        (Code::StateConflict, Some("arrived"), Some(2))
    );
}

#[test]
fn steps_that_the_ladder_does_not_have_are_refused() {
    for (steps, refused) in [
        (&[][..], &[Step::Call, Step::Return, Step::Skip, Step::Done][..]),
        (&[Step::Arrive], &[Step::Arrive, Step::Return, Step::Skip, Step::Done]),
        (&[Step::Arrive, Step::Call], &[Step::Arrive, Step::Call, Step::Urgent]),
        (&[Step::Hold], &[Step::Arrive, Step::Hold, Step::Call, Step::Done, Step::Urgent]),
        (&[Step::Cancel], Step::ALL),
        (&[Step::Arrive, Step::Call, Step::Done], Step::ALL),
        (&[Step::Urgent], &[Step::Urgent]),
        (
            &[Step::Noshow],
            &[Step::Call, Step::Hold, Step::Skip, Step::Done, Step::Noshow, Step::Cancel],
        ),
    ] {
        let mut scene = Scene::new();
        let account = scene.account();
        let ticket = scene.take(account).unwrap();
        for step in steps {
            scene.step(&ticket, *step).unwrap();
        }
        for step in refused {
            let refusal = scene.step(&ticket, *step).unwrap_err();
            assert_eq!(refusal.code, Code::StateConflict, "{steps:?} then {step:?}");
        }
    }
}

#[test]
fn the_next_one_is_the_first_in_the_order_who_is_there() {
    let mut scene = Scene::new();
    let tickets = scene.crowd(4);
    assert_eq!(scene.order(), [1, 2, 3, 4]);
    scene.step(&tickets[2], Step::Urgent).unwrap();
    assert_eq!(scene.order(), [3, 1, 2, 4], "an emergency goes first");
    assert_eq!(scene.next().unwrap().number, 3);
    assert_eq!(scene.next().unwrap().number, 1);
    scene.step(&tickets[0], Step::Skip).unwrap();
    assert_eq!(scene.order(), [2, 4, 1], "who did not come goes behind");
    scene.step(&tickets[1], Step::Hold).unwrap();
    assert_eq!(scene.order(), [4, 1]);
    scene.step(&tickets[1], Step::Return).unwrap();
    assert_eq!(scene.order(), [2, 4, 1], "a held one comes back to its own place");
    let numbers: Vec<u32> = (0..3).map(|_| scene.next().unwrap().number).collect();
    assert_eq!(numbers, [2, 4, 1]);
    let refused = scene.next().unwrap_err();
    assert_eq!((refused.code, refused.current), (Code::StateConflict, Some("nobody_there")));
}

#[test]
fn two_desks_that_press_next_at_once_call_one_patient() {
    let mut scene = Scene::new();
    let tickets = scene.crowd(2);
    let first = scene.next_after(None).unwrap();
    let refused = scene.next_after(None).unwrap_err();
    assert_eq!(
        (refused.code, refused.current, refused.ticket),
        (Code::StateConflict, Some("called"), Some(tickets[0].id))
    );
    let account = scene.account();
    scene.take(account).unwrap();
    assert_eq!(scene.next_after(Some(first.id)).unwrap().number, 2, "no matter who joined");
}

#[test]
fn one_who_is_not_there_is_passed_over_and_held_at_the_third_call() {
    let mut scene = Scene::new();
    let account = scene.account();
    let absent = scene.take(account).unwrap();
    scene.crowd(4);
    let numbers: Vec<u32> = (0..2).map(|_| scene.next().unwrap().number).collect();
    assert_eq!(numbers, [2, 3]);
    let passed = &scene.tickets[&absent.id];
    assert_eq!((passed.status, passed.passed, passed.revision), (Status::Booked, 2, 3));
    assert_eq!(scene.next().unwrap().number, 4);
    assert_eq!(scene.tickets[&absent.id].status, Status::Waitlist);
    scene.step(&absent, Step::Return).unwrap();
    assert_eq!(scene.next().unwrap().number, 1, "back at its own place");
}

#[test]
fn a_step_is_taken_back_with_all_that_it_changed() {
    let mut scene = Scene::new();
    let tickets = scene.crowd(3);
    let before = scene.order();
    let called = scene.next().unwrap();
    scene.undo(&called).unwrap();
    assert_eq!(scene.order(), before);
    assert_eq!(scene.days[&scene.today()].last_called, None);
    assert_eq!(scene.next().unwrap().id, called.id, "the desk goes on where it was");
    scene.step(&tickets[0], Step::Skip).unwrap();
    assert_eq!(scene.order(), [2, 3, 1]);
    scene.undo(&tickets[0]).unwrap();
    let back = &scene.tickets[&tickets[0].id];
    assert_eq!((back.status, back.key_at), (Status::CheckedIn, tickets[0].key_at));
    scene.step(&tickets[2], Step::Cancel).unwrap();
    let undone = scene.undo(&tickets[2]).unwrap();
    assert_eq!((undone.status, undone.live_slot), (Status::Arrived, tickets[2].live_slot));
}

#[test]
fn what_is_not_the_last_step_or_too_long_ago_is_not_taken_back() {
    let mut scene = Scene::new();
    let account = scene.account();
    let ticket = scene.take(account).unwrap();
    let refused = scene.undo(&ticket).unwrap_err();
    assert_eq!(refused.code, Code::StateConflict, "the taking itself is no step");
    scene.step(&ticket, Step::Arrive).unwrap();
    let arrived = scene.last;
    scene.step(&ticket, Step::Hold).unwrap();
    scene.last = arrived;
    assert_eq!(scene.undo(&ticket).unwrap_err().revision, Some(3), "not the last one");
    scene.step(&ticket, Step::Return).unwrap();
    let returned = scene.last;
    scene.now += UNDO_WITHIN + chrono::TimeDelta::milliseconds(1);
    scene.last = returned;
    assert_eq!(scene.undo(&ticket).unwrap_err().code, Code::StateConflict);
    scene.now -= chrono::TimeDelta::milliseconds(1);
    scene.last = returned;
    assert_eq!(scene.undo(&ticket).unwrap().status, Status::Waitlist);
}

/// A cancelled one whose patient has taken another number since, stays cancelled.
#[test]
fn nothing_is_taken_back_into_a_second_live_ticket() {
    let mut scene = Scene::new();
    let account = scene.account();
    let first = scene.take(account).unwrap();
    scene.step(&first, Step::Cancel).unwrap();
    let cancelled = scene.last;
    let second = scene.take(account).unwrap();
    scene.last = cancelled;
    let refused = scene.undo(&first).unwrap_err();
    assert_eq!((refused.code, refused.ticket), (Code::StateConflict, Some(second.id)));
}

#[test]
fn strangers_and_staff_of_other_hospitals_find_no_line() {
    let mut scene = Scene::new();
    let tickets = scene.crowd(1);
    scene.clerk = AccountId::generate();
    assert_eq!(scene.step(&tickets[0], Step::Call).unwrap_err().code, Code::NotFound);
    assert_eq!(scene.next().unwrap_err().code, Code::NotFound);
    assert_eq!(scene.undo(&tickets[0]).unwrap_err().code, Code::NotFound);
    let Outcome::Rejected(refused) = scene.set(Reception::Closed).outcome else { panic!() };
    assert_eq!(refused.code, Code::NotFound);
}

#[test]
fn the_desk_pauses_opens_and_closes() {
    let mut scene = Scene::new();
    let (early, late) = (scene.account(), scene.account());
    scene.take(early).unwrap();
    let until = Some(at("23T10:00"));
    let decision = scene.set(Reception::Paused { until });
    let Outcome::Confirmed(Confirmed::Line(state)) = decision.outcome else { panic!() };
    assert_eq!((state.line.reception, state.line.version), (Reception::Paused { until }, 2));
    assert_eq!(scene.days[&scene.today()], state.line, "shown as it is kept");
    assert_eq!(scene.take(late).unwrap_err().code, Code::Paused);
    scene.set(Reception::Open);
    assert_eq!(scene.take(late).unwrap().number, 2);
    let past = Reception::Paused { until: Some(scene.now) };
    let Outcome::Rejected(refused) = scene.set(past).outcome else { panic!() };
    assert_eq!((refused.code, refused.field), (Code::Invalid, Some("until")));
}

/// The desk's and the phone's stand in one line with the app's, by the same rule.
#[test]
fn staff_take_numbers_for_those_without_an_account() {
    let mut scene = Scene::new();
    let (doctor_id, account) = (scene.doctor, scene.account());
    scene.take(account).unwrap();
    let take = TakeTicket { doctor_id, patient_id: None, sealed: None, walk_in: true };
    let at_desk = scene.send(scene.staff(), take.clone()).unwrap();
    let at_phone =
        scene.send(Sender { channel: Channel::Phone, ..scene.staff() }, take.clone()).unwrap();
    assert_eq!(
        [(at_desk.number, at_desk.status), (at_phone.number, at_phone.status)],
        [(2, Status::Arrived), (3, Status::Booked)]
    );
    assert_eq!((at_desk.patient_id, at_desk.live_slot), (None, None));
    assert_eq!((at_desk.channel, at_phone.channel), (Channel::Desk, Channel::Phone));
    assert_eq!(scene.order(), [1, 2, 3]);
    assert_eq!(scene.next().unwrap().number, 2);
    scene.step(&at_phone, Step::Cancel).unwrap();
    scene.undo(&at_phone).unwrap();
    let patient = Sender::patient(account);
    assert_eq!(scene.send(patient, take).unwrap_err().code, Code::NotFound, "staff alone");
}

#[test]
fn the_patient_is_told_when_the_turn_comes() {
    let mut scene = Scene::new();
    let tickets = scene.crowd(1);
    let (doctor_id, after) = (scene.doctor, None);
    let command = scene.command(scene.staff(), CallNext { doctor_id, after, calls: None });
    let decision = scene.decide(&command);
    let account = tickets[0].live_slot.unwrap().account;
    assert_eq!(decision.notices.len(), 1);
    assert_eq!(decision.notices[0].to, crate::event::Audience::Account(account));
    assert!(decision.notices[0].document.contains("TICKET_CALLED"));
}

/// Called, sent back and called again, a ticket is the last one before and after; the number of calls is another.
#[test]
fn a_second_press_is_told_from_a_new_one_where_a_ticket_is_called_again() {
    let mut scene = Scene::new();
    let tickets = scene.crowd(3);
    let first = scene.press(None, 0).unwrap();
    assert_eq!((first.id, scene.days[&scene.today()].calls), (tickets[0].id, 1));
    scene.step(&first, Step::Return).unwrap();
    // In the same instant, as a test's clock has it.
    let again = scene.press(Some(first.id), 1).unwrap();
    assert_eq!(again.id, first.id);
    let refused = scene.press(Some(first.id), 1).unwrap_err();
    assert_eq!((refused.code, refused.current), (Code::StateConflict, Some("called")));
    assert_eq!((refused.ticket, refused.calls), (Some(first.id), Some(2)));
    assert_eq!(scene.press(Some(first.id), 2).unwrap().id, tickets[1].id);
    // Who does not say how many there were is held against the ticket alone.
    assert_eq!(scene.next_after(Some(tickets[1].id)).unwrap().id, tickets[2].id);
}

#[test]
fn a_call_that_is_taken_back_is_counted_and_other_steps_are_not() {
    let mut scene = Scene::new();
    let tickets = scene.crowd(2);
    let calls = |scene: &Scene| scene.days[&scene.today()].calls;
    let called = scene.press(None, 0).unwrap();
    scene.undo(&called).unwrap();
    assert_eq!(calls(&scene), 2);
    assert_eq!(scene.press(None, 0).unwrap_err().calls, Some(2));
    scene.press(None, 2).unwrap();
    scene.step(&tickets[0], Step::Return).unwrap();
    scene.undo(&called).unwrap();
    scene.step(&tickets[0], Step::Done).unwrap();
    scene.step(&tickets[1], Step::Hold).unwrap();
    assert_eq!(calls(&scene), 3);
    scene.step(&tickets[1], Step::Return).unwrap();
    scene.step(&tickets[1], Step::Call).unwrap();
    assert_eq!(calls(&scene), 4, "by whatever button");
}
