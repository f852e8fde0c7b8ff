//! Those who do not come.

use chrono::TimeDelta;

use super::super::*;
use super::scene::{Scene, at};
use crate::booking::Status as BookingStatus;
use crate::code::Code;
use crate::command::Kind;
use crate::decision::Decision;
use crate::facts;
use crate::outcome::Outcome;
use crate::people::Sender;
use crate::timer::Timer;

impl Scene {
    /// What the hospital does about no-shows is set.
    pub(super) fn no_show_rule(&mut self, changes: NoShowChanges) -> Decision {
        self.decide(&self.command(self.staff(), SetNoShowRule { changes }))
    }

    /// The facts about no-shows that the command needs.
    pub(super) fn read_no_shows(&self, needs: &facts::Needs, facts: &mut facts::Facts) {
        let (needs, known) = (&needs.line.no_show, &mut facts.line.no_show);
        known.rules.ask(needs.rules.iter().copied());
        for rule in needs.rules.iter().filter_map(|id| self.no_show_rules.get(id)) {
            known.rules.insert(rule.hospital_id, *rule);
        }
        for (hospital, patient) in known.reading(needs, &facts.people).unwrap() {
            let forgiven = self.forgiven.get(&(hospital, patient));
            let counts = |ticket: &&Ticket| {
                let own = (ticket.hospital_id, ticket.patient_id) == (hospital, Some(patient));
                let missed = own && ticket.status == Status::Noshow;
                missed && forgiven.is_none_or(|at| ticket.updated_at > *at)
            };
            let missed = self.tickets.values().filter(counts);
            let missed = NoShows(missed.map(|ticket| (ticket.id, ticket.updated_at)).collect());
            known.no_shows.insert((hospital, patient), missed);
        }
    }

    /// The timer falls due.
    pub(super) fn fire(&mut self, timer: &Timer) -> Decision {
        let kind: Kind = serde_json::from_str(&timer.command).unwrap();
        self.decide(&self.command(Sender::timer(), kind))
    }

    /// An absent one is passed over three times; its ticket and the timers that were set.
    fn passed_over(&mut self) -> (Ticket, Vec<Timer>) {
        let account = self.account();
        let absent = self.take(account).unwrap();
        self.crowd(3);
        let mut timers = Vec::new();
        for _ in 0..3 {
            let after = self.days[&self.today()].last_called;
            let call = CallNext { doctor_id: self.doctor, after, calls: None };
            timers.extend(self.decide(&self.command(self.staff(), call)).timers);
        }
        (self.tickets[&absent.id].clone(), timers)
    }
}

#[test]
fn whoever_is_held_at_the_third_call_has_as_long_as_the_hospital_gives() {
    let mut scene = Scene::new();
    scene.no_show_rule(NoShowChanges { held_minutes: Some(30), ..NoShowChanges::default() });
    let (held, timers) = scene.passed_over();
    assert_eq!(held.status, Status::Waitlist);
    let due: Vec<_> = timers.iter().map(|timer| timer.due).collect();
    assert_eq!(due, [scene.now + TimeDelta::minutes(30)]);
    assert_eq!((timers[0].subject, timers[0].revision), (held.id.uuid(), held.revision));
    scene.now = timers[0].due;
    let marked = scene.fire(&timers[0]);
    assert_eq!(scene.tickets[&held.id].status, Status::Noshow);
    assert_eq!((scene.tickets[&held.id].live_slot, marked.notices.len()), (None, 1));
    let again = scene.fire(&timers[0]);
    assert_eq!(again.outcome.code(), Some(Code::StateConflict), "another revision: nothing");
    scene.step(&held, Step::Arrive).unwrap();
}

/// It would wait until the end of the day otherwise.
#[test]
fn a_no_show_whose_booking_went_another_way_is_one_all_the_same() {
    let mut scene = Scene::new();
    let (held, timers) = scene.passed_over();
    let account = scene.patients[&held.patient_id.unwrap()];
    let booking = scene.booked(account, at("23T10:00"));
    scene.tickets.get_mut(&held.id).unwrap().booking_id = Some(booking.id);
    scene.bookings.get_mut(&booking.id).unwrap().status = BookingStatus::Cancelled;
    scene.now = timers[0].due;
    let marked = scene.fire(&timers[0]);
    let now = &scene.tickets[&held.id];
    assert_eq!((now.status, now.booking_id), (Status::Noshow, None));
    assert_eq!((now.live_slot, marked.notices.len()), (None, 1), "its patient is told");
    assert_eq!(scene.stands(&booking), BookingStatus::Cancelled);
}

#[test]
fn whoever_came_in_time_is_none() {
    let mut scene = Scene::new();
    let (held, timers) = scene.passed_over();
    scene.step(&held, Step::Return).unwrap();
    scene.now = timers[0].due;
    assert_eq!(scene.fire(&timers[0]).outcome.code(), Some(Code::StateConflict));
    assert_eq!(scene.tickets[&held.id].status, Status::Arrived);
}

#[test]
fn no_shows_are_counted_only_where_the_hospital_says_so_and_until_they_are_forgiven() {
    let mut scene = Scene::new();
    let account = scene.account();
    let miss = |scene: &mut Scene| {
        let ticket = scene.take(account).unwrap();
        scene.step(&ticket, Step::Noshow).unwrap();
        ticket
    };
    let missed = [miss(&mut scene), miss(&mut scene)];
    assert!(scene.take(account).is_ok(), "off by default");
    let ticket = scene.take(account).unwrap();
    scene.cancel(account, &ticket).unwrap();
    let rule = NoShowChanges { penalty_after: Some(2), ..NoShowChanges::default() };
    scene.no_show_rule(rule);
    let refused = scene.take(account).unwrap_err();
    let until = scene.now + TimeDelta::days(14);
    assert_eq!((refused.code, refused.until), (Code::TooManyBookings, Some(until)));
    // One of them is called back after all.
    let recalled = scene.step(&missed[1], Step::Arrive).unwrap();
    scene.step(&recalled, Step::Done).unwrap_err();
    scene.step(&recalled, Step::Cancel).unwrap();
    let third = miss(&mut scene);
    assert_eq!(scene.take(account).unwrap_err().code, Code::TooManyBookings);
    let lift = LiftNoShows { patient_id: third.patient_id.unwrap() };
    let lifted = scene.decide(&scene.command(scene.staff(), lift.clone()));
    assert_eq!(lifted.outcome.code(), None, "{:?}", lifted.outcome);
    assert!(scene.take(account).is_ok());
    let twice = scene.decide(&scene.command(scene.staff(), lift));
    assert_eq!(twice.outcome.code(), Some(Code::NotFound), "nothing is left to forgive");
}

#[test]
fn the_day_is_over_as_long_after_reception_as_the_hospital_says() {
    let mut scene = Scene::new();
    scene.no_show_rule(NoShowChanges { day_over_minutes: Some(60), ..NoShowChanges::default() });
    scene.crowd(1);
    scene.now = at("23T18:30");
    let early = scene.end_day();
    assert_eq!((early.changes.len(), early.timers[0].due), (0, at("23T19:00")));
    scene.now = at("23T19:00");
    assert_eq!(scene.end_day().changes.len(), 1);
}

#[test]
fn a_rule_beyond_its_limits_is_refused() {
    let mut scene = Scene::new();
    let far = NoShowChanges { held_minutes: Some(0), ..NoShowChanges::default() };
    let Outcome::Rejected(refused) = scene.no_show_rule(far).outcome else { panic!() };
    assert_eq!((refused.code, refused.field), (Code::Invalid, Some("held_minutes")));
}
