//! Numbers that staff take for patients with an account.

use super::super::*;
use super::scene::Scene;
use crate::code::Code;
use crate::event::Audience;
use crate::ids::{AccountId, PatientId};
use crate::outcome::Outcome;
use crate::people::{Channel, Sender};

fn take(scene: &Scene, account: AccountId) -> (Sender, TakeTicket) {
    let sender = Sender { for_account: account, ..scene.staff() };
    let (doctor_id, patient_id) = (scene.doctor, Some(scene.own_patient(account)));
    (sender, TakeTicket { doctor_id, patient_id, sealed: None, walk_in: false })
}

#[test]
fn the_patient_is_told_of_a_number_that_staff_took() {
    let mut scene = Scene::new();
    let account = scene.account();
    let (sender, take_one) = take(&scene, account);
    let decision = scene.decide(&scene.command(sender, take_one.clone()));
    assert!(matches!(decision.outcome, Outcome::Confirmed(_)), "{decision:?}");
    assert_eq!(decision.notices.len(), 1);
    assert_eq!(decision.notices[0].to, Audience::Account(account));
    assert!(decision.notices[0].document.contains("TICKET_TAKEN"));
    let ticket = scene.send(sender, take_one).unwrap();
    assert_eq!((ticket.number, ticket.status), (1, Status::Arrived), "the same, and at the desk");
    assert_eq!(ticket.live_slot, Some(LiveSlot { account, number: 0 }));
    assert_eq!(scene.take(account).unwrap(), ticket, "the app finds it too");
    let other = scene.account();
    let (sender, take_one) = take(&scene, other);
    let phone = Sender { channel: Channel::Phone, ..sender };
    assert_eq!(scene.send(phone, take_one).unwrap().status, Status::Booked, "comes later");
}

#[test]
fn a_patient_of_another_account_or_a_clerk_of_another_hospital_gets_none() {
    let mut scene = Scene::new();
    let (account, other) = (scene.account(), scene.account());
    let (sender, take_one) = take(&scene, account);
    let mixed = Sender { for_account: other, ..sender };
    let refused = scene.send(mixed, take_one.clone()).unwrap_err();
    assert_eq!((refused.code, refused.field), (Code::Invalid, Some("patient_id")));
    scene.members.clear();
    assert_eq!(scene.send(sender, take_one).unwrap_err().code, Code::NotFound);
}

#[test]
fn a_number_for_whom_a_desk_entered_counts_among_no_accounts() {
    let mut scene = Scene::new();
    let patient = PatientId::generate();
    let (sender, doctor_id) = (scene.staff(), scene.doctor);
    let take = TakeTicket { doctor_id, patient_id: Some(patient), sealed: None, walk_in: false };
    assert_eq!(scene.send(sender, take.clone()).unwrap_err().code, Code::Invalid, "nobody");
    scene.entered.insert(patient);
    let decision = scene.decide(&scene.command(sender, take.clone()));
    assert!(decision.notices.is_empty(), "there is nobody to tell");
    let ticket = scene.send(sender, take.clone()).unwrap();
    assert_eq!((ticket.patient_id, ticket.live_slot), (Some(patient), None));
    assert_eq!(scene.send(sender, take.clone()).unwrap(), ticket, "one live ticket a day");
    let of_patient = Sender::patient(scene.clerk);
    assert_eq!(scene.send(of_patient, take).unwrap_err().code, Code::Invalid);
}
