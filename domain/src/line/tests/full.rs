//! When a line is full: by the desk's word, and by the end of reception.

use super::super::*;
use super::scene::{Scene, at};
use crate::code::Code;
use crate::decision::Decision;
use crate::outcome::Outcome;
use crate::rejection::Rejection;
use crate::time;

impl Scene {
    fn cap(&mut self, cap: Cap) -> Decision {
        let set =
            SetReception { doctor_id: self.doctor, reception: Reception::Open, cap: Some(cap) };
        self.decide(&self.command(self.staff(), set))
    }

    fn take_one(&mut self) -> Result<Ticket, Rejection> {
        let account = self.account();
        self.take(account)
    }

    fn walk_in(&mut self) -> Result<Ticket, Rejection> {
        let (doctor_id, patient_id, sealed) = (self.doctor, None, None);
        self.send(self.staff(), TakeTicket { doctor_id, patient_id, sealed, walk_in: true })
    }

    fn full(&mut self) {
        for refused in [self.take_one().unwrap_err(), self.walk_in().unwrap_err()] {
            assert_eq!((refused.code, refused.until), (Code::LineFull, Some(at("24T09:00"))));
        }
    }

    fn by_finish(&mut self) {
        self.rule(RuleChanges { cap_by_finish: Some(true), ..RuleChanges::default() });
    }
}

#[test]
fn the_desk_says_how_many_numbers_the_day_has() {
    let mut scene = Scene::new();
    let first = scene.take_one().unwrap();
    let account = first.live_slot.unwrap().account;
    scene.cap(Cap::Numbers(2));
    scene.walk_in().unwrap();
    scene.full();
    assert_eq!(scene.take(account).unwrap(), first, "who is in the line, stays in it");
    scene.step(&first, Step::Cancel).unwrap();
    scene.full();
    scene.set(Reception::Open);
    scene.full();
    scene.cap(Cap::Numbers(3));
    assert_eq!(scene.take_one().unwrap().number, 3);
    scene.full();
    scene.cap(Cap::Lifted);
    assert_eq!(scene.take_one().unwrap().number, 4);
    for wrong in [0, MAX_CAP + 1] {
        let Outcome::Rejected(refused) = scene.cap(Cap::Numbers(wrong)).outcome else { panic!() };
        assert_eq!((refused.code, refused.field), (Code::Invalid, Some("cap")));
    }
    scene.cap(Cap::Numbers(MAX_CAP));
    let booked = scene.account();
    let booking = scene.booked(booked, at("23T10:00"));
    scene.cap(Cap::Numbers(1));
    scene.arrive(&booking).expect("a booked patient is let in");
}

#[test]
fn whoever_would_be_seen_after_the_end_of_reception_gets_no_number() {
    let mut scene = Scene::new();
    scene.now = at("23T17:01");
    scene.take_one().expect("no rule, no end");
    scene.by_finish();
    for _ in 1..3 {
        scene.take_one().unwrap();
    }
    scene.full();
    scene.now = at("23T17:00");
    let fourth = scene.take_one().expect("four times 15 minutes to 18:00");
    scene.full();
    scene.step(&fourth, Step::Cancel).unwrap();
    scene.take_one().expect("somebody has left");
    scene.cap(Cap::Numbers(6));
    scene.take_one().expect("the desk's word goes before the rule");
    scene.full();
}

/// Lunch is from 12:00 to 13:00.
#[test]
fn lunch_is_no_time_for_patients() {
    let mut scene = Scene::new();
    scene.by_finish();
    scene.now = at("23T11:00");
    let mut taken = 0;
    while scene.take_one().is_ok() {
        taken += 1;
    }
    assert_eq!(taken, 4 + 5 * 4);
}

#[test]
fn how_long_consultations_take_is_learnt_on_the_day() {
    let mut scene = Scene::new();
    let mut tickets = scene.crowd(5);
    for ticket in &mut tickets {
        scene.step(ticket, Step::Call).unwrap();
        scene.now += time::minutes(4);
        scene.step(ticket, Step::Done).unwrap();
    }
    let today = scene.today();
    assert_eq!((scene.days[&today].seen, scene.days[&today].seen_s), (ENOUGH_SEEN, 5 * 240));
    scene.undo(&tickets[4]).unwrap();
    assert_eq!((scene.days[&today].seen, scene.days[&today].seen_s), (4, 4 * 240));
    scene.step(&tickets[4], Step::Done).unwrap();
    scene.by_finish();
    scene.now = at("23T17:48");
    for _ in 0..3 {
        scene.take_one().expect("three times four minutes");
    }
    scene.full();
}
