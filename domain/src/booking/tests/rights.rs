//! Whose a booking is, and who may act on it: its patient's account, and staff of its hospital for as long as they are.

use super::*;
use crate::command::Command;
use crate::event::Audience;
use crate::known::Unasked;
use crate::people::{Channel, Patient, PatientEnd, Role, Sender};

fn receptionist(scene: &mut Scene) -> Sender {
    let caller = AccountId::generate();
    scene.store.members.insert((caller, scene.hospital), vec![Role::Receptionist]);
    Sender { caller, for_account: scene.account, role: Role::Receptionist, channel: Channel::Desk }
}

fn outcome(scene: &mut Scene, sender: Sender, kind: impl Into<Kind>) -> Result<(), Code> {
    let command = Command { sender, ..scene.command(scene.account, kind) };
    match scene.decide(&command).outcome.code() {
        None => Ok(()),
        Some(code) => Err(code),
    }
}

#[test]
fn a_booking_belongs_to_its_patient_whoever_made_it() {
    let mut scene = Scene::new();
    let staff = receptionist(&mut scene);
    let book = first_visit(scene.doctor, "24T10:00");
    outcome(&mut scene, staff, book).unwrap();
    let booking = scene.store.bookings.values().next().unwrap().clone();
    assert_eq!((booking.patient_id, booking.account_id), (scene.patient, staff.caller));
    assert_eq!(booking.channel, Channel::Desk);
    scene.cancel(&booking).expect("it is the patient's");
}

#[test]
fn staff_act_at_their_own_hospital_in_their_own_role_for_as_long_as_they_have_it() {
    let mut scene = Scene::new();
    let staff = receptionist(&mut scene);
    let booking = scene.mine("24T10:00").unwrap();
    let cancel = Cancel { booking_id: booking.id, doctor_id: booking.doctor_id };
    let as_director = Sender { role: Role::Director, ..staff };
    assert_eq!(outcome(&mut scene, as_director, cancel.clone()), Err(Code::NotFound));
    let as_patient = Sender { role: Role::Patient, ..staff };
    assert_eq!(outcome(&mut scene, as_patient, cancel.clone()), Err(Code::NotFound));
    let elsewhere = (staff.caller, HospitalId::generate());
    let here = (staff.caller, scene.hospital);
    let roles = scene.store.members.remove(&here).unwrap();
    scene.store.members.insert(elsewhere, roles.clone());
    assert_eq!(outcome(&mut scene, staff, cancel.clone()), Err(Code::NotFound));
    let book = first_visit(scene.doctor, "25T10:00");
    assert_eq!(outcome(&mut scene, staff, book), Err(Code::Invalid));
    scene.store.members.insert(here, roles);
    assert_eq!(outcome(&mut scene, staff, cancel), Ok(()));
}

#[test]
fn what_staff_do_is_told_to_the_patients_account_with_a_document_of_its_own() {
    let mut scene = Scene::new();
    let staff = receptionist(&mut scene);
    let booking = scene.mine("24T10:00").unwrap();
    let cancel = Cancel { booking_id: booking.id, doctor_id: booking.doctor_id };
    let command = Command { sender: staff, ..scene.command(scene.account, cancel) };
    assert_eq!(command.audience(), Audience::Account(staff.caller));
    let decision = scene.decide(&command);
    let [notice] = decision.notices.as_slice() else { panic!("{decision:?}") };
    assert_eq!(notice.to, Audience::Account(scene.account));
    let shown: serde_json::Value = serde_json::from_str(&notice.document).unwrap();
    assert_eq!(
        (&shown["code"], &shown["booking"]["status"]),
        (&"BOOKING_CANCELLED".into(), &"cancelled".into())
    );
    assert!(
        !notice.document.contains(&command.request_id.to_string()),
        "the request is the staff's"
    );
    let own = scene.mine("24T10:00").unwrap();
    let cancel = Cancel { booking_id: own.id, doctor_id: own.doctor_id };
    let command = scene.command(scene.account, cancel);
    assert!(
        scene.decide(&command).notices.is_empty(),
        "what one does oneself is told by the outcome"
    );
}

/// Nothing more is booked for a deleted account, nor for who left a family; what is there goes back, past the cut-off too.
#[test]
fn what_a_deleted_account_has_goes_back_and_nothing_is_added() {
    let mut scene = Scene::new();
    let booking = scene.mine("24T10:00").unwrap();
    for (ended, code) in
        [(PatientEnd::Removed, Code::Invalid), (PatientEnd::AccountDeleted, Code::AccountDeleted)]
    {
        scene.store.ended.insert(scene.patient, ended);
        assert_eq!(scene.mine("25T10:00").unwrap_err().code, code);
        let (patient_id, staff) = (Some(scene.patient), receptionist(&mut scene));
        let book = Book { patient_id, ..first_visit(scene.doctor, "25T10:00") };
        assert_eq!(outcome(&mut scene, staff, book), Err(code));
    }
    scene.now = at("24T09:30");
    assert_eq!(scene.cancel(&booking).unwrap_err().code, Code::CutoffPassed);
    let cancel = Cancel { booking_id: booking.id, doctor_id: booking.doctor_id };
    let another = Sender::deleted(AccountId::generate());
    assert_eq!(outcome(&mut scene, another, cancel.clone()), Err(Code::NotFound));
    let deleted = Sender::deleted(scene.account);
    assert_eq!(outcome(&mut scene, deleted, cancel), Ok(()));
    let after = &scene.store.bookings[&booking.id];
    assert_eq!((after.status, &after.sealed), (Status::Cancelled, &None));
}

/// Staff book for whom a desk has entered, and go on when an account has taken that person in meanwhile; the account books for
/// its own people alone.
#[test]
fn whom_a_desk_entered_is_staffs_to_book_for() {
    let mut scene = Scene::new();
    let staff = receptionist(&mut scene);
    let desk = Sender { for_account: staff.caller, ..staff };
    let (entered, own) = (PatientId::generate(), Sender::patient(scene.account));
    let book = |at: &str| Book { patient_id: Some(entered), ..first_visit(scene.doctor, at) };
    let (first, second, third) = (book("24T10:00"), book("25T10:00"), book("28T10:00"));
    assert_eq!(outcome(&mut scene, desk, first.clone()), Err(Code::Invalid), "nobody");
    scene.store.entered.insert(entered, Patient::of(None));
    assert_eq!(outcome(&mut scene, staff, first.clone()), Err(Code::Invalid), "another's");
    assert_eq!(outcome(&mut scene, own, first.clone()), Err(Code::Invalid));
    assert_eq!(outcome(&mut scene, desk, first.clone()), Ok(()));
    assert_eq!(outcome(&mut scene, desk, first), Err(Code::TooManyBookings), "as everybody's");
    let booking = scene.store.bookings.values().next().unwrap().clone();
    assert_eq!((booking.patient_id, booking.account_id), (entered, staff.caller));
    let merged = Patient { merged: true, ..Patient::of(Some(scene.account)) };
    scene.store.entered.insert(entered, merged);
    assert_eq!(outcome(&mut scene, own, second.clone()), Err(Code::Invalid));
    assert_eq!(outcome(&mut scene, desk, second), Ok(()));
    assert_eq!(outcome(&mut scene, staff, third), Ok(()));
    let cancel = Cancel { booking_id: booking.id, doctor_id: booking.doctor_id };
    assert_eq!(
        outcome(&mut scene, own, cancel),
        Ok(()),
        "it is the account's as long as that holds"
    );
}

/// Facts that nobody asked for must not read as "free", "no limit" or "no cut-off".
#[test]
fn each_fact_that_is_missing_is_an_error() {
    let mut scene = Scene::new();
    let booking = scene.mine("24T10:00").unwrap();
    let (booking_id, doctor_id) = (booking.id, booking.doctor_id);
    let moved = Reschedule { booking_id, doctor_id, starts_at: at("24T15:00") };
    let command = scene.command(scene.account, moved);
    let whole = scene.store.read(&command, scene.now);
    assert!(decide(&whole, &command, scene.now).is_ok());
    let missing = |take: fn(&mut crate::facts::Facts)| {
        let mut facts = whole.clone();
        take(&mut facts);
        decide(&facts, &command, scene.now).map(drop)
    };

    assert_eq!(
        missing(|f| f.booking.bookings = Facts::default().bookings),
        Err(Unasked("a booking"))
    );
    assert_eq!(
        missing(|f| f.booking.taken = Facts::default().taken),
        Err(Unasked("a doctor's time in use"))
    );
    assert_eq!(
        missing(|f| f.booking.busy = Facts::default().busy),
        Err(Unasked("a patient's times"))
    );
    assert_eq!(
        missing(|f| f.directory = crate::facts::Facts::default().directory),
        Err(Unasked("a doctor"))
    );
    assert_eq!(
        missing(|f| f.people = crate::facts::Facts::default().people),
        Err(Unasked("a patient"))
    );
}
