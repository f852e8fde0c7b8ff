//! Patients who say themselves that they are there, by the code that the hospital shows.

use chrono::TimeDelta;
use docde_tests::api::key;
use docde_tests::{Answer, Patient};
use domain::ids::HospitalId;
use serde_json::{Value, json};

use crate::stage::{Stage, path_of, refused};

impl Stage {
    async fn code_of(&self, clerk: &Patient, hospital: HospitalId) -> Answer {
        self.get(clerk, &format!("/v1/hospitals/{hospital}/arrival-code")).await
    }

    /// What the stage's hospital shows now.
    async fn code(&self, clerk: &Patient) -> String {
        let shown = self.code_of(clerk, self.doctor.hospital).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        shown.json["code"].as_str().expect("a code").to_owned()
    }

    async fn come(&self, patient: &Patient, ticket: &Value, key: &str, code: &str) -> Answer {
        let path = format!("{}/arrive", path_of(ticket));
        self.post(patient, &path, key, &json!({"code": code})).await
    }
}

#[track_caller]
fn bad_code(answer: &Answer) {
    refused(answer, 422, "INVALID");
    assert_eq!(answer.json["field"], "code", "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patient_arrives_by_the_hospitals_code_and_by_no_other() {
    let stage = Stage::new().await;
    let (clerk, patient) = (stage.clerk("receptionist").await, stage.world.patient().await);
    let taken = stage.taken(&patient).await;
    for stranger in [&patient, &stage.world.patient().await] {
        refused(&stage.code_of(stranger, stage.doctor.hospital).await, 404, "NOT_FOUND");
    }
    let elsewhere = stage.world.hospital("Asia/Seoul").await;
    let foreign = stage.clerk_at("doctor", elsewhere).await;
    let foreign = stage.code_of(&foreign, elsewhere).await.json["code"].clone();
    for wrong in ["", "00000000", foreign.as_str().expect("a code")] {
        bad_code(&stage.come(&patient, &taken, &key(), wrong).await);
    }
    refused(&stage.next(&clerk, None).await, 409, "STATE_CONFLICT");
    let code = stage.code(&clerk).await;
    let other = stage.world.patient().await;
    refused(&stage.come(&other, &taken, &key(), &code).await, 404, "NOT_FOUND");
    let came_key = key();
    let came = stage.come(&patient, &taken, &came_key, &code.to_ascii_lowercase()).await;
    assert_eq!((came.status, came.state()), (200, "confirmed"), "{}", came.text);
    assert_eq!(came.json["subject"]["command"], "arrive");
    assert_eq!(came.json["outcome"]["ticket"]["status"], "arrived", "{}", came.text);
    let actor = "SELECT COUNT(*) FROM ticket_change c JOIN ticket t ON t.id = c.ticket_id
        WHERE c.status_after = 'arrived' AND c.actor = t.account_id";
    assert_eq!(stage.world.count(actor).await, 1);
    stage.world.clock.advance(TimeDelta::minutes(10));
    let again = stage.come(&patient, &taken, &came_key, &code.to_ascii_lowercase()).await;
    assert_eq!((again.status, &again.text), (200, &came.text), "a retry, however old its code");
    bad_code(&stage.come(&patient, &taken, &key(), &code).await);
    let called = stage.next(&clerk, None).await;
    assert_eq!(called.json["outcome"]["ticket"]["id"], taken["id"], "{}", called.text);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arrival_that_waits_to_be_decided_does_not_grow_old() {
    let stage = Stage::without_worker("2026-11-23T10:00:00+09:00").await;
    let worker = stage.world.worker().await;
    let (clerk, patient) = (stage.clerk("receptionist").await, stage.world.patient().await);
    let taken = stage.taken(&patient).await;
    worker.stop().await;
    let (path, key) = (format!("{}/arrive", path_of(&taken)), key());
    let body = json!({"code": stage.code(&clerk).await});
    let ingress = &stage.ingress;
    let sent = stage.world.post_async(ingress, &patient, &path, &key, &body).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    stage.world.clock.advance(TimeDelta::minutes(11));
    let again = stage.world.post_async(ingress, &patient, &path, &key, &body).await;
    assert_eq!((again.status, again.request_id()), (202, sent.request_id()), "{}", again.text);
    stage.world.worker().await;
    let decided = stage.world.decided(ingress, &patient, sent.request_id()).await;
    assert_eq!(decided.json["outcome"]["ticket"]["status"], "arrived", "{}", decided.text);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booked_patient_arrives_by_the_code_too() {
    let stage = Stage::new().await;
    let (clerk, patient) = (stage.clerk("director").await, stage.world.patient().await);
    let booking = stage.booked(&patient, &stage.doctor, "10:15").await;
    let path = format!("/v1/bookings/{}/arrive", booking["id"].as_str().expect("an id"));
    let body = json!({"code": stage.code(&clerk).await});
    bad_code(&stage.post(&patient, &path, &key(), &json!({"code": "00000000"})).await);
    let other = stage.world.patient().await;
    refused(&stage.post(&other, &path, &key(), &body).await, 404, "NOT_FOUND");
    let came = stage.post(&patient, &path, &key(), &body).await;
    assert_eq!((came.status, came.state()), (200, "confirmed"), "{}", came.text);
    let ticket = &came.json["outcome"]["ticket"];
    assert_eq!((&ticket["status"], &ticket["booking_id"]), (&json!("arrived"), &booking["id"]));
    let path = format!("/v1/bookings/{}", booking["id"].as_str().expect("an id"));
    assert_eq!(stage.get(&patient, &path).await.json["status"], "arrived");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_long_a_code_holds_is_a_setting() {
    let mut stage = Stage::new().await;
    stage.world.set("DOCDE_ARRIVAL_CODE_S", "59");
    assert!(ingress::Config::from_env(&stage.world.env()).is_err(), "a minute at least");
    stage.world.set("DOCDE_ARRIVAL_CODE_S", "60");
    let ingress = stage.world.ingress().await;
    let (clerk, patient) = (stage.clerk("receptionist").await, stage.world.patient().await);
    let path = format!("/v1/hospitals/{}/arrival-code", stage.doctor.hospital);
    let shown = stage.world.get(&ingress, &clerk, &path).await.json;
    assert_eq!(shown["renews_at"], "2026-11-23T10:00:30+09:00", "{shown}");
    assert_eq!(shown["valid_until"], "2026-11-23T10:01:00+09:00", "{shown}");
    let taken = stage.taken(&patient).await;
    stage.world.clock.advance(TimeDelta::minutes(1));
    let path = format!("{}/arrive", path_of(&taken));
    let body = json!({"code": shown["code"]});
    bad_code(&stage.post_at(&ingress, &patient, &path, &key(), &body).await);
    stage.world.finish().await;
}
