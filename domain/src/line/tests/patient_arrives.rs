//! Patients who say themselves that they are there.

use super::super::*;
use super::scene::{Scene, at};
use crate::booking::{Booking, Status as BookingStatus};
use crate::code::Code;
use crate::ids::AccountId;
use crate::people::Sender;
use crate::rejection::Rejection;
use crate::time;

impl Scene {
    fn comes(&mut self, account: AccountId, ticket: &Ticket) -> Result<Ticket, Rejection> {
        self.says(account, ticket, Step::Arrive)
    }

    fn says(
        &mut self,
        account: AccountId,
        ticket: &Ticket,
        step: Step,
    ) -> Result<Ticket, Rejection> {
        let (ticket_id, doctor_id) = (ticket.id, ticket.doctor_id);
        let step = StepTicket { ticket_id, doctor_id, revision: None, step, reason: None };
        self.send(Sender::patient(account), step)
    }

    fn comes_for(&mut self, account: AccountId, booking: &Booking) -> Result<Ticket, Rejection> {
        let (booking_id, doctor_id) = (booking.id, booking.doctor_id);
        let (revision, identity_checked) = (None, false);
        let arrive = ArriveBooking { booking_id, doctor_id, revision, identity_checked };
        self.send(Sender::patient(account), arrive)
    }
}

#[test]
fn a_patient_arrives_once_and_then_can_be_called() {
    let mut scene = Scene::new();
    let account = scene.account();
    let ticket = scene.take(account).unwrap();
    assert_eq!(scene.next().unwrap_err().current, Some("nobody_there"));
    scene.now += time::minutes(5);
    let here = scene.comes(account, &ticket).unwrap();
    assert_eq!((here.status, here.arrived_at), (Status::Arrived, Some(scene.now)));
    assert_eq!((here.revision, here.key_at), (2, ticket.key_at), "the place is kept");
    scene.now += time::minutes(1);
    assert_eq!(scene.comes(account, &ticket).unwrap(), here, "again: nothing changes");
    let called = scene.next().unwrap();
    assert_eq!(called.id, ticket.id);
    assert_eq!(scene.comes(account, &ticket).unwrap().status, Status::CheckedIn);
}

/// A call that passes a ticket over changes its revision, which its patient need not know.
#[test]
fn who_was_held_for_not_being_there_comes_back_and_whom_the_desk_has_held_does_not() {
    let mut scene = Scene::new();
    let (late, account) = (scene.account(), scene.account());
    let absent = scene.take(late).unwrap();
    scene.crowd(3);
    for _ in 0..3 {
        scene.next().unwrap();
    }
    assert_eq!(scene.tickets[&absent.id].status, Status::Waitlist, "passed over three times");
    assert_eq!(scene.comes(late, &absent).unwrap().status, Status::Arrived);
    let waits = scene.take(account).unwrap();
    for (steps, current) in [
        (&[Step::Arrive, Step::Hold][..], "waitlist"),
        (&[Step::Noshow], "noshow"),
        (&[Step::Arrive, Step::Cancel], "cancelled"),
    ] {
        for step in steps {
            scene.step(&waits, *step).unwrap();
        }
        let refused = scene.comes(account, &waits).unwrap_err();
        assert_eq!((refused.code, refused.current), (Code::StateConflict, Some(current)));
        if current == "waitlist" {
            scene.step(&waits, Step::Return).unwrap();
        }
    }
}

#[test]
fn a_patient_says_no_other_step_and_nothing_of_anothers_ticket() {
    let mut scene = Scene::new();
    let (account, other) = (scene.account(), scene.account());
    let ticket = scene.take(account).unwrap();
    assert_eq!(scene.comes(other, &ticket).unwrap_err().code, Code::NotFound);
    for step in Step::ALL.iter().filter(|step| **step != Step::Arrive) {
        let refused = scene.says(account, &ticket, *step).unwrap_err();
        assert_eq!(refused.code, Code::StateConflict, "{step:?}");
    }
    let booking = scene.booked(account, at("23T10:00"));
    assert_eq!(scene.comes_for(other, &booking).unwrap_err().code, Code::NotFound);
    assert_eq!(scene.stands(&booking), BookingStatus::Booked);
}

#[test]
fn a_booked_patient_arrives_as_at_the_desk() {
    let mut scene = Scene::new();
    let account = scene.account();
    let booking = scene.booked(account, at("23T10:00"));
    let ticket = scene.comes_for(account, &booking).unwrap();
    assert_eq!((ticket.number, ticket.key_at), (1, at("23T09:50")));
    assert_eq!((ticket.status, ticket.identity_checked), (Status::Arrived, false));
    assert_eq!(scene.stands(&booking), BookingStatus::Arrived);
    assert_eq!(scene.comes_for(account, &booking).unwrap(), ticket, "again: the same");
}
