//! An estimate is held against the moment at which the turn comes: once, also of a patient who is not there.

use chrono::TimeDelta;

use super::super::estimate::Wait;
use super::super::pace::{Grade, Pace};
use super::super::*;
use super::scene::Scene;
use crate::{directory, people};

/// Of a walk-in, who is told nothing, with a wait of ten to twenty minutes before it.
fn ticket(scene: &mut Scene, number: u32, status: Status) -> Ticket {
    let account = scene.account();
    let taken = scene.take(account).unwrap();
    let expected = Some(Wait { p50_s: 600, p90_s: 1_200 });
    let called_at = (status == Status::CheckedIn).then_some(scene.now);
    let notes = Notes { expected, ..Notes::default() };
    Ticket { number, status, called_at, patient_id: None, live_slot: None, notes, ..taken }
}

/// What is graded when a ticket changes to `after` so many minutes later, in a line with the others.
fn grades(
    scene: &Scene,
    before: &Ticket,
    after: &Ticket,
    others: &[&Ticket],
    minutes: i64,
) -> Vec<(bool, bool)> {
    let mut facts = Facts::default();
    let tickets = others.iter().copied().chain([after]).cloned();
    facts.lines.insert(scene.today(), Line::new(LineDay::default(), tickets));
    facts.paces.insert(scene.doctor, Pace::default());
    let now = scene.now + TimeDelta::minutes(minutes);
    let (before, after) = (Some(before.clone()), Ticket { updated_at: now, ..after.clone() });
    let change = TicketChange { before, after, reason: None };
    let change = [LineChange::Ticket(Box::new(change))];
    let (directory, people) = (directory::Facts::default(), people::Facts::default());
    let followed = facts.follow_up(&directory, &people, change.iter(), now).unwrap();
    let grade = |change: &LineChange| match change {
        LineChange::Pace(change) => change.grade,
        _ => None,
    };
    let shown = |Grade { within_p50, within_p90 }: Grade| (within_p50, within_p90);
    followed.changes.iter().filter_map(grade).map(shown).collect()
}

#[test]
fn the_turn_of_who_is_not_there_comes_when_the_doctor_is_free_or_calls_somebody_behind() {
    let mut scene = Scene::new();
    let called = ticket(&mut scene, 1, Status::CheckedIn);
    let far = ticket(&mut scene, 2, Status::Booked);
    let there = ticket(&mut scene, 3, Status::Arrived);
    let behind = ticket(&mut scene, 4, Status::Booked);
    let others = [&far, &there, &behind];
    let done = Ticket { status: Status::Fulfilled, ..called.clone() };
    assert_eq!(grades(&scene, &called, &done, &others, 9), [(true, true)], "the one in front");
    let with = Ticket { number: 9, ..called.clone() };
    let busy = [&far, &there, &with];
    assert_eq!(grades(&scene, &called, &done, &busy, 9), [], "somebody is with the doctor");

    let passed = Ticket { passed: 1, revision: 2, ..far.clone() };
    let next = Ticket { number: 3, ..called.clone() };
    assert_eq!(grades(&scene, &far, &passed, &[&next, &behind], 11), [(false, true)]);
    assert_eq!(grades(&scene, &there, &next, &[&far], 25), [(false, false)], "called itself");
    let settled = Ticket { notes: Notes { graded: true, ..far.notes }, ..far.clone() };
    let again = Ticket { passed: 2, ..settled.clone() };
    assert_eq!(grades(&scene, &settled, &again, &[&next], 11), [], "once");
    let urgent = Ticket { priority: URGENT_PRIORITY, ..there.clone() };
    let called_first = Ticket { status: Status::CheckedIn, ..urgent.clone() };
    assert_eq!(grades(&scene, &urgent, &called_first, &[&far], 5), [], "did not wait its turn");
}
