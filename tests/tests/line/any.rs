//! A patient who names no doctor: the hospital's rule says to whom.

use docde_tests::api::key;
use docde_tests::{Answer, Patient};
use domain::ids::DoctorId;
use futures_util::future::join_all;
use serde_json::json;
use std::collections::BTreeMap;

use crate::stage::{RECEPTIONS, Stage, office_hours, refused, ticket};

impl Stage {
    async fn any(&self, patient: &Patient) -> Answer {
        let body = json!({"hospital_id": self.doctor.hospital});
        self.post(patient, RECEPTIONS, &key(), &body).await
    }

    /// Further doctors of the stage's hospital.
    async fn more_doctors(&self, count: usize) {
        for _ in 0..count {
            self.world.doctor_at(self.doctor.hospital, &office_hours()).await;
        }
    }
}

/// 30 patients at once, each twice: ten for each of three doctors, and one ticket each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patients_who_name_no_doctor_are_spread_over_those_who_see_patients() {
    let stage = Stage::new().await;
    stage.more_doctors(2).await;
    let patients = stage.world.patients(30).await;
    let twice = patients.iter().chain(&patients).map(|patient| stage.any(patient));
    let answers = join_all(twice).await;
    let mut lines: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (first, second) in answers[..30].iter().zip(&answers[30..]) {
        let taken = ticket(first);
        assert_eq!(ticket(second)["id"], taken["id"], "the same ticket");
        assert_eq!(first.json["subject"]["doctor_id"], taken["doctor_id"], "{}", first.text);
        let doctor = taken["doctor_id"].as_str().expect("a doctor").to_owned();
        lines.entry(doctor).or_default().push(taken["number"].as_u64().expect("a number"));
    }
    assert_eq!(lines.len(), 3);
    for numbers in lines.values_mut() {
        numbers.sort_unstable();
        assert_eq!(*numbers, (1..=10).collect::<Vec<_>>());
    }
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_goes_to_a_line_that_takes_no_tickets() {
    let stage = Stage::new().await;
    stage.more_doctors(1).await;
    let clerk = stage.clerk("receptionist").await;
    let until = "2026-11-23T11:00:00+09:00";
    let pause = json!({"state": "paused", "until": until});
    stage.post(&clerk, &stage.line("/reception"), &key(), &pause).await;
    for patient in stage.world.patients(3).await {
        let taken = ticket(&stage.any(&patient).await);
        assert_ne!(taken["doctor_id"], json!(stage.doctor.id), "paused");
    }
    let open = json!({"state": "open"});
    stage.post(&clerk, &stage.line("/reception"), &key(), &open).await;
    let taken = ticket(&stage.any(&stage.world.patient().await).await);
    assert_eq!(taken["doctor_id"], json!(stage.doctor.id), "the shortest");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_takes_patients_the_time_is_told() {
    let stage = Stage::at("2026-11-23T08:00:00+09:00").await;
    stage.more_doctors(1).await;
    let patient = stage.world.patient().await;
    let early = stage.any(&patient).await;
    refused(&early, 409, "NOT_OPEN_YET");
    assert_eq!(early.json["at"], "2026-11-23T09:00:00+09:00", "{}", early.text);
    assert!(early.json["request"]["subject"].get("doctor_id").is_none(), "{}", early.text);
    stage.world.clock.advance(chrono::TimeDelta::hours(11));
    let late = stage.any(&patient).await;
    refused(&late, 409, "CLOSED");
    assert_eq!(late.json["until"], "2026-11-24T09:00:00+09:00", "{}", late.text);
    let empty = json!({"hospital_id": stage.world.hospital("Asia/Seoul").await});
    refused(&stage.post(&patient, RECEPTIONS, &key(), &empty).await, 409, "CLOSED");
    let nowhere = json!({"hospital_id": uuid::Uuid::now_v7()});
    let nowhere = stage.post(&patient, RECEPTIONS, &key(), &nowhere).await;
    refused(&nowhere, 404, "NOT_FOUND");
    assert_eq!(nowhere.json["field"], "hospital_id");
    let both = json!({"hospital_id": stage.doctor.hospital, "doctor_id": DoctorId::generate()});
    refused(&stage.post(&patient, RECEPTIONS, &key(), &both).await, 400, "MALFORMED");
    stage.world.finish().await;
}
