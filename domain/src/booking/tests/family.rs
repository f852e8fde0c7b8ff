//! What the people of one account may have together.

use super::super::*;
use super::code;
use super::scene::{Scene, first_visit, schedule};
use crate::code::Code;
use crate::ids::{HospitalId, PatientId};

#[test]
fn all_people_of_an_account_have_a_limit_together() {
    let mut scene = Scene::new();
    let family = [scene.patient, PatientId::generate(), PatientId::generate()];
    for patient in family {
        scene.add_patient(scene.account, patient);
    }
    let doctors = [0, 1, 2].map(|_| scene.add_doctor(scene.hospital, schedule()));
    let wish = |doctor: usize, person: usize, starts: &str| Book {
        patient_id: Some(family[person]),
        ..first_visit(doctors[doctor], starts)
    };
    let mut made = Vec::new();
    for (person, days) in [["24", "25", "28"], ["24", "25", "28"]].into_iter().enumerate() {
        for day in days {
            let wish = wish(person, person, &format!("{day}T10:00"));
            made.push(scene.try_kind(scene.account, wish).unwrap());
        }
    }
    let third = wish(2, 2, "24T10:00");
    assert_eq!(
        code(scene.try_kind(scene.account, third.clone())),
        Code::TooManyBookings,
        "a seventh"
    );
    // A move is no further one, another account counts for itself, and so does another hospital.
    scene.reschedule(&made[0], doctors[0], "24T15:00").unwrap();
    let other = scene.other();
    scene.book(other, doctors[2], "24T11:00").unwrap();
    let (here, elsewhere) = (scene.hospital, HospitalId::generate());
    let far = scene.add_doctor(elsewhere, schedule());
    scene.hospital = elsewhere;
    scene.book(scene.account, far, "29T10:00").unwrap();
    scene.hospital = here;
    scene.cancel(&made[3]).unwrap();
    scene.try_kind(scene.account, third).unwrap();
}
