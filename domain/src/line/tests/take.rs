//! Taking a number and leaving the line.

use super::super::*;
use super::scene::{Scene, at};
use crate::code::Code;
use crate::decision::Decision;
use crate::ids::{AccountId, HospitalId};
use crate::outcome::Outcome;
use crate::people::{Channel, Role, Sender};
use crate::time;

#[test]
fn numbers_rise_by_one_whatever_becomes_of_their_tickets() {
    let mut scene = Scene::new();
    let accounts: Vec<AccountId> = (0..4).map(|_| scene.account()).collect();
    let first = scene.take(accounts[0]).unwrap();
    let second = scene.take(accounts[1]).unwrap();
    assert_eq!((first.number, second.number), (1, 2));
    assert!(first.order() < second.order());
    assert_eq!((first.status, first.revision, first.channel), (Status::Booked, 1, Channel::App));
    let left = scene.cancel(accounts[1], &second).unwrap();
    assert_eq!((left.status, left.revision, left.live_slot), (Status::Cancelled, 2, None));
    assert_eq!(scene.take(accounts[2]).unwrap().number, 3, "no number is given back");
    assert_eq!(scene.take(accounts[1]).unwrap().number, 4, "nor does its patient get it again");
    let other = scene.add_doctor();
    assert_eq!(scene.take_with(accounts[3], other).unwrap().number, 1, "a line of its own");
}

#[test]
fn a_second_try_is_confirmed_with_the_same_ticket_and_changes_nothing() {
    let mut scene = Scene::new();
    let account = scene.account();
    let ticket = scene.take(account).unwrap();
    scene.now += time::minutes(7);
    assert_eq!(scene.take(account).unwrap(), ticket);
    assert_eq!(scene.days[&scene.today()].next_number, 2);
}

#[test]
fn each_day_begins_with_1() {
    let mut scene = Scene::new();
    let account = scene.account();
    assert_eq!(scene.take(account).unwrap().number, 1);
    scene.now = at("24T09:00");
    let next_day = scene.take(account).unwrap();
    assert_eq!((next_day.number, next_day.day.to_string().as_str()), (1, "2026-11-24"));
}

#[test]
fn reception_has_the_hours_of_the_schedule() {
    let mut scene = Scene::new();
    let account = scene.account();
    for (now, code, time) in [
        ("24T08:59", Code::NotOpenYet, "24T09:00"),
        ("24T00:00", Code::NotOpenYet, "24T09:00"),
        ("24T18:00", Code::Closed, "25T09:00"),
        ("25T23:59", Code::Closed, "27T09:00"),
        ("26T10:00", Code::Closed, "27T09:00"),
        ("29T10:00", Code::Closed, "30T09:00"),
    ] {
        scene.now = at(now);
        let refused = scene.take(account).unwrap_err();
        let said = if code == Code::NotOpenYet { refused.at } else { refused.until };
        assert_eq!((refused.code, said), (code, Some(at(time))), "{now}");
    }
    scene.now = at("24T12:30");
    scene.take(account).expect("over lunch too");
}

#[test]
fn the_desk_pauses_and_closes_a_line_for_new_tickets() {
    let mut scene = Scene::new();
    let (early, late) = (scene.account(), scene.account());
    let ticket = scene.take(early).unwrap();
    let today = scene.today();
    let until = Some(at("23T10:00"));
    scene.days.get_mut(&today).unwrap().reception = Reception::Paused { until };
    let refused = scene.take(late).unwrap_err();
    assert_eq!((refused.code, refused.until), (Code::Paused, until));
    assert_eq!(scene.take(early).unwrap(), ticket, "who is in the line stays in it");
    scene.days.get_mut(&today).unwrap().reception = Reception::Closed;
    let refused = scene.take(late).unwrap_err();
    assert_eq!((refused.code, refused.until), (Code::Closed, Some(at("24T09:00"))));
    scene.days.get_mut(&today).unwrap().reception = Reception::Paused { until };
    scene.now = at("23T10:00");
    assert_eq!(scene.take(late).unwrap().number, 2, "the pause is over");
}

#[test]
fn an_account_has_three_live_tickets_at_most() {
    let mut scene = Scene::new();
    let account = scene.account();
    let mut tickets = Vec::new();
    for _ in 0..HospitalRules::default().max_live_tickets {
        let doctor = scene.add_doctor();
        tickets.push(scene.take_with(account, doctor).unwrap());
    }
    assert_eq!(scene.take(account).unwrap_err().code, Code::TooManyBookings);
    scene.cancel(account, &tickets[1]).unwrap();
    let again = scene.take(account).unwrap();
    assert_eq!(again.live_slot, Some(LiveSlot { account, number: 1 }), "the one that became free");
}

#[test]
fn a_child_has_a_ticket_beside_its_parent() {
    let mut scene = Scene::new();
    let account = scene.account();
    let child = scene.patient_of(account);
    let own = scene.take(account).unwrap();
    let (doctor_id, sealed) = (scene.doctor, None);
    let take = TakeTicket { doctor_id, patient_id: Some(child), sealed, walk_in: false };
    let of_child = scene.send(Sender::patient(account), take.clone()).unwrap();
    assert_eq!((own.number, of_child.number, of_child.patient_id), (1, 2, Some(child)));
    let stranger = scene.account();
    let refused = scene.send(Sender::patient(stranger), take).unwrap_err();
    assert_eq!((refused.code, refused.field), (Code::Invalid, Some("patient_id")));
}

#[test]
fn another_account_has_no_such_ticket_and_staff_of_the_hospital_have() {
    let mut scene = Scene::new();
    let (account, stranger, clerk) = (scene.account(), scene.account(), scene.account());
    let ticket = scene.take(account).unwrap();
    assert_eq!(scene.cancel(stranger, &ticket).unwrap_err().code, Code::NotFound);
    let (role, channel) = (Role::Receptionist, Channel::Desk);
    let sender = Sender { caller: clerk, for_account: account, role, channel };
    let cancel = CancelTicket { ticket_id: ticket.id, doctor_id: ticket.doctor_id };
    assert_eq!(scene.send(sender, cancel.clone()).unwrap_err().code, Code::NotFound);
    scene.members.insert((clerk, HospitalId::generate()), vec![Role::Receptionist]);
    assert_eq!(scene.send(sender, cancel.clone()).unwrap_err().code, Code::NotFound);
    scene.members.insert((clerk, scene.hospital), vec![Role::Receptionist]);
    let Decision { outcome, notices, .. } = scene.decide(&scene.command(sender, cancel.clone()));
    assert!(matches!(outcome, Outcome::Confirmed(_)));
    assert_eq!(notices.len(), 1, "the patient is told");
    assert!(notices[0].document.contains("TICKET_CANCELLED"), "{:?}", notices[0]);
    let refused = scene.send(sender, cancel).unwrap_err();
    assert_eq!((refused.code, refused.current), (Code::StateConflict, Some("cancelled")));
}
