//! What falls due in a line: the end of its day.

use super::super::*;
use super::scene::{Scene, at};
use crate::booking::Status as BookingStatus;
use crate::code::Code;
use crate::decision::Decision;
use crate::outcome::Outcome;
use crate::people::Sender;
use crate::rules::CommandRules;
use crate::timer::Timer;

impl Scene {
    /// The end of the present day falls due.
    pub(super) fn end_day(&mut self) -> Decision {
        let (doctor_id, day) = self.today();
        self.decide(&self.command(Sender::timer(), EndDay { doctor_id, day }))
    }
}

#[test]
fn the_first_ticket_of_a_day_sets_its_end_and_no_other_does() {
    let mut scene = Scene::new();
    let accounts = [scene.account(), scene.account()];
    let timers = accounts.map(|account| {
        let take =
            TakeTicket { doctor_id: scene.doctor, patient_id: None, sealed: None, walk_in: false };
        scene.decide(&scene.command(Sender::patient(account), take)).timers
    });
    let (doctor_id, day) = scene.today();
    let end =
        Timer::new(at("23T18:00"), (doctor_id.uuid(), 0), EndDay::NAME, &EndDay { doctor_id, day });
    assert_eq!(timers, [vec![end.clone()], Vec::new()]);
    let kind: crate::command::Kind = serde_json::from_str(&end.command).unwrap();
    assert_eq!(kind, EndDay { doctor_id, day }.into(), "the text is a kind as on the wire");
}

#[test]
fn at_the_end_of_the_day_all_are_cancelled_but_who_is_with_the_doctor() {
    let mut scene = Scene::new();
    let crowd = scene.crowd(3);
    let absent = scene.account();
    let absent = scene.take(absent).unwrap();
    scene.step(&crowd[1], Step::Hold).unwrap();
    assert_eq!(scene.next().unwrap().id, crowd[0].id);
    scene.now = at("23T17:59");
    let early = scene.end_day();
    assert!(early.changes.is_empty() && early.notices.is_empty());
    assert_eq!(early.timers.len(), 1, "it looks again at the end");
    scene.now = at("23T18:00");
    let over = scene.end_day();
    assert_eq!((over.changes.len(), over.notices.len(), over.timers.len()), (3, 3, 0));
    let status = |ticket: &Ticket| scene.tickets[&ticket.id].status;
    assert_eq!(status(&crowd[0]), Status::CheckedIn);
    for ticket in [&crowd[1], &crowd[2], &absent] {
        assert_eq!(status(ticket), Status::Cancelled);
        assert_eq!(scene.tickets[&ticket.id].live_slot, None);
    }
    for notice in &over.notices {
        assert!(notice.document.contains("\"DAY_OVER\""), "{}", notice.document);
    }
    let again = scene.end_day();
    assert!(again.changes.is_empty() && again.notices.is_empty(), "it is over once");
}

/// Called, sent back to the line after the end: the line ends again.
#[test]
fn who_comes_to_wait_after_the_end_has_an_hour() {
    let mut scene = Scene::new();
    let ticket = scene.crowd(1).remove(0);
    scene.next().unwrap();
    scene.now = at("23T18:05");
    let revision = scene.tickets[&ticket.id].revision;
    let (ticket_id, doctor_id) = (ticket.id, scene.doctor);
    let back = StepTicket {
        ticket_id,
        doctor_id,
        revision: Some(revision),
        step: Step::Return,
        reason: None,
    };
    let decision = scene.decide(&scene.command(scene.staff(), back));
    let due: Vec<_> = decision.timers.iter().map(|timer| timer.due).collect();
    assert_eq!(due, [at("23T19:05")]);
}

#[test]
fn nobody_but_time_ends_a_day() {
    let mut scene = Scene::new();
    scene.crowd(1);
    scene.now = at("23T18:00");
    let (doctor_id, day) = scene.today();
    let decision = scene.decide(&scene.command(scene.staff(), EndDay { doctor_id, day }));
    let Outcome::Rejected(refused) = decision.outcome else { panic!("{:?}", decision.outcome) };
    assert_eq!(refused.code, Code::NotFound);
}

#[test]
fn at_the_end_of_the_day_bookings_follow_and_none_that_went_another_way_delays_it() {
    let mut scene = Scene::new();
    let accounts = [scene.account(), scene.account(), scene.account()];
    let bookings = accounts.map(|account| scene.booked(account, at("23T10:00")));
    let tickets = [0, 1, 2].map(|index| scene.arrive(&bookings[index]).unwrap());
    // One was given back and one is not there any more, though their tickets wait.
    scene.bookings.get_mut(&bookings[1].id).unwrap().status = BookingStatus::Cancelled;
    scene.bookings.remove(&bookings[2].id);
    scene.now = at("23T18:00");
    let over = scene.end_day();
    for ticket in &tickets {
        assert_eq!(scene.tickets[&ticket.id].status, Status::Cancelled);
    }
    assert_eq!(scene.stands(&bookings[0]), BookingStatus::Booked, "the arrival is taken back");
    assert_eq!(scene.stands(&bookings[1]), BookingStatus::Cancelled);
    assert_eq!(over.changes.len(), 4, "three tickets and one booking");
    assert_eq!(over.notices.len(), 3, "each patient is told");
    assert!(scene.end_day().changes.is_empty());
}
