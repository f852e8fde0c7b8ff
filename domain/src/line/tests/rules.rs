//! What a hospital sets for its lines, who may, and that it holds.

use super::super::*;
use super::scene::Scene;
use crate::code::Code;
use crate::decision::Decision;
use crate::outcome::{Confirmed, Outcome};
use crate::people::{Role, Sender};

impl Scene {
    /// The receptionist sets rules.
    pub(super) fn rule(&mut self, changes: RuleChanges) -> Decision {
        self.decide(&self.command(self.staff(), SetLineRule { changes }))
    }
}

const NONE: RuleChanges = RuleChanges {
    early_minutes: None,
    late_minutes: None,
    max_passed: None,
    max_live_tickets: None,
    max_postpones: None,
    assign: None,
    cap_by_finish: None,
    board: None,
};

#[test]
fn a_change_keeps_what_it_does_not_name_and_counts_revisions() {
    let mut scene = Scene::new();
    let set = |decision: Decision| match decision.outcome {
        Outcome::Confirmed(Confirmed::LineRule(rule)) => (*rule, decision.changes.len()),
        other => panic!("{other:?}"),
    };
    let (first, _) = set(scene.rule(RuleChanges { max_passed: Some(1), ..NONE }));
    let passed = HospitalRules { max_passed: 1, ..HospitalRules::default() };
    assert_eq!((first.revision, first.rules), (1, passed));
    let (second, _) = set(scene.rule(RuleChanges { late_minutes: Some(0), ..NONE }));
    assert_eq!((second.revision, second.rules), (2, HospitalRules { late_minutes: 0, ..passed }));
    let (same, changes) = set(scene.rule(RuleChanges { max_passed: Some(1), ..NONE }));
    assert_eq!((same, changes), (second, 0), "nothing is recorded where nothing changes");
}

#[test]
fn directors_and_receptionists_of_the_hospital_may_and_nobody_else() {
    let mut scene = Scene::new();
    let account = scene.account();
    let changes = RuleChanges { max_passed: Some(2), ..NONE };
    for (role, refused) in [
        (Role::Director, None),
        (Role::Receptionist, None),
        (Role::Doctor, Some(Code::Forbidden)),
        (Role::Patient, Some(Code::NotFound)),
    ] {
        scene.members.insert((account, scene.hospital), vec![role]);
        let sender = Sender { role, ..Sender::patient(account) };
        let decision = scene.decide(&scene.command(sender, SetLineRule { changes }));
        assert_eq!(decision.outcome.code(), refused, "{role:?}");
    }
    scene.members.clear();
    let director = Sender { role: Role::Director, ..Sender::patient(account) };
    let decision = scene.decide(&scene.command(director, SetLineRule { changes }));
    assert_eq!(decision.outcome.code(), Some(Code::NotFound));
    scene.members.insert((scene.clerk, scene.hospital), vec![Role::Receptionist]);
    let Outcome::Rejected(refused) =
        scene.rule(RuleChanges { max_passed: Some(0), ..NONE }).outcome
    else {
        panic!()
    };
    assert_eq!((refused.code, refused.field), (Code::Invalid, Some("max_passed")));
}

#[test]
fn one_who_is_not_there_is_held_at_the_call_that_the_hospital_says() {
    let mut scene = Scene::new();
    scene.rule(RuleChanges { max_passed: Some(1), ..NONE });
    let account = scene.account();
    let absent = scene.take(account).unwrap();
    scene.crowd(2);
    assert_eq!(scene.next().unwrap().number, 2);
    assert_eq!(scene.tickets[&absent.id].status, Status::Waitlist, "at the first");
}

/// The tickets of all hospitals are counted, against the limit of the one where the next is taken.
#[test]
fn an_account_has_as_many_live_tickets_as_the_hospital_says() {
    let mut scene = Scene::new();
    scene.rule(RuleChanges { max_live_tickets: Some(5), ..NONE });
    let account = scene.account();
    let mut tickets = Vec::new();
    for _ in 0..5 {
        let doctor = scene.add_doctor();
        tickets.push(scene.take_with(account, doctor).unwrap());
    }
    assert_eq!(scene.take(account).unwrap_err().code, Code::TooManyBookings);
    scene.cancel(account, &tickets[0]).unwrap();
    scene.rule(RuleChanges { max_live_tickets: Some(3), ..NONE });
    let refused = scene.take(account).unwrap_err();
    assert_eq!(refused.code, Code::TooManyBookings, "four are more than three, one slot is free");
    for ticket in &tickets[1..3] {
        scene.cancel(account, ticket).unwrap();
    }
    assert_eq!(scene.take(account).unwrap().live_slot.unwrap().number, 0);
}
