//! A patient who names no doctor: to whom the hospital's rule sends.

use std::sync::Arc;

use super::super::*;
use super::scene::{Scene, at};
use crate::code::Code;
use crate::directory::Doctor;
use crate::ids::{AccountId, DoctorId, HospitalId};
use crate::people::Sender;
use crate::rejection::Rejection;

impl Scene {
    fn any(&mut self, account: AccountId) -> Result<Ticket, Rejection> {
        self.send(Sender::patient(account), TakeAnyTicket { patient_id: None, sealed: None })
    }

    fn anyone(&mut self) -> Result<Ticket, Rejection> {
        let account = self.account();
        self.any(account)
    }

    fn change(&mut self, doctor: DoctorId, change: impl Fn(&mut Doctor)) {
        change(Arc::make_mut(self.doctors.get_mut(&doctor).unwrap()));
    }

    /// The scene's doctor and two more, by their ids.
    fn three(&mut self) -> [DoctorId; 3] {
        let mut doctors = [self.doctor, self.add_doctor(), self.add_doctor()];
        doctors.sort_unstable();
        doctors
    }
}

#[test]
fn patients_go_where_the_line_is_shortest_and_then_by_the_doctors_ids() {
    let mut scene = Scene::new();
    let doctors = scene.three();
    for expected in doctors.iter().chain(&doctors) {
        let ticket = scene.anyone().unwrap();
        assert_eq!(ticket.doctor_id, *expected);
    }
    let stranger = HospitalId::generate();
    let elsewhere = scene.add_doctor();
    scene.change(elsewhere, |doctor| doctor.hospital_id = stranger);
    for _ in 0..3 {
        assert_ne!(scene.anyone().unwrap().doctor_id, elsewhere, "another hospital's");
    }
}

/// Two wait before the first, who takes 30 minutes for each; three before the second, who takes 15.
#[test]
fn the_hospital_says_what_shortest_means() {
    let mut scene = Scene::new();
    let [first, second, third] = scene.three();
    scene.change(first, |doctor| doctor.schedule.versions[0].return_visit_minutes = 30);
    scene.change(third, |doctor| doctor.schedule.versions[0].hours = [None; 7]);
    for (doctor, patients) in [(first, 2), (second, 3)] {
        for _ in 0..patients {
            let account = scene.account();
            scene.take_with(account, doctor).unwrap();
        }
    }
    assert_eq!(scene.anyone().unwrap().doctor_id, second, "45 minutes against 60");
    let fewest = RuleChanges { assign: Some(Assign::FewestAhead), ..RuleChanges::default() };
    scene.rule(fewest);
    assert_eq!(scene.anyone().unwrap().doctor_id, first, "2 against 4");
    scene.change(second, |doctor| doctor.schedule.versions[0].seats = 4);
    scene.rule(RuleChanges { assign: Some(Assign::ShortestEstimate), ..RuleChanges::default() });
    for _ in 0..4 {
        assert_eq!(scene.anyone().unwrap().doctor_id, second, "four at a time");
    }
}

#[test]
fn a_second_try_gets_the_same_ticket_with_whichever_doctor_it_is() {
    let mut scene = Scene::new();
    let [_, _, last] = scene.three();
    let account = scene.account();
    let ticket = scene.take_with(account, last).unwrap();
    assert_eq!(scene.any(account).unwrap(), ticket);
    scene.now = at("23T20:00");
    assert_eq!(scene.any(account).unwrap(), ticket, "also when nobody takes patients any more");
    scene.now = at("24T10:00");
    assert_ne!(scene.any(account).unwrap().id, ticket.id, "another day");
    let stranger = TakeAnyTicket { patient_id: ticket.patient_id, sealed: None };
    let other = scene.account();
    let refused = scene.send(Sender::patient(other), stranger).unwrap_err();
    assert_eq!((refused.code, refused.field), (Code::Invalid, Some("patient_id")));
}

#[test]
fn where_no_line_takes_one_the_reason_that_ends_first_is_told() {
    let mut scene = Scene::new();
    let [first, second, third] = scene.three();
    let set = |scene: &mut Scene, doctor: DoctorId, reception: Reception| {
        scene.doctor = doctor;
        scene.set(reception);
    };
    set(&mut scene, first, Reception::Closed);
    set(&mut scene, second, Reception::Paused { until: Some(at("23T10:00")) });
    set(&mut scene, third, Reception::Paused { until: None });
    let refused = scene.anyone().unwrap_err();
    assert_eq!((refused.code, refused.until), (Code::Paused, Some(at("23T10:00"))));
    set(&mut scene, second, Reception::Closed);
    let refused = scene.anyone().unwrap_err();
    assert_eq!((refused.code, refused.until), (Code::Closed, Some(at("24T09:00"))));
    set(&mut scene, third, Reception::Open);
    assert_eq!(scene.anyone().unwrap().doctor_id, third);
    scene.now = at("24T08:00");
    let refused = scene.anyone().unwrap_err();
    assert_eq!((refused.code, refused.at), (Code::NotOpenYet, Some(at("24T09:00"))));
    scene.doctors.clear();
    let refused = scene.anyone().unwrap_err();
    assert_eq!((refused.code, refused.until), (Code::Closed, None));
}
