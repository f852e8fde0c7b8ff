//! Numbers that the desk takes for patients with an account, who are told.

use docde_tests::api::key;
use docde_tests::{Answer, Patient, Socket};
use domain::ids::PatientId;
use serde_json::{Value, json};

use crate::stage::{RECEPTIONS, Stage, path_of, refused};

impl Stage {
    async fn take_for(&self, clerk: &Patient, patient: PatientId, more: Value) -> Answer {
        let mut body = json!({"patient_id": patient});
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        self.post(clerk, &self.line("/tickets"), &key(), &body).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_takes_a_number_for_a_patient_whom_it_knows_and_the_patient_is_told() {
    let stage = Stage::new().await;
    let notifier = stage.world.notifier().await;
    let clerk = stage.clerk("receptionist").await;
    let (booked, seen) = (stage.world.patient().await, stage.world.patient().await);
    stage.booked(&booked, &stage.doctor, "15:00").await;
    let old = stage.taken(&seen).await;
    assert_eq!(stage.cancel(&seen, &old).await.status, 200);
    let mut socket = Socket::open(&notifier, &booked, None).await;
    let taken = stage.take_for(&clerk, booked.id, json!({"reason": "두통"})).await;
    assert_eq!((taken.status, taken.state()), (200, "confirmed"), "{}", taken.text);
    let ticket = taken.json["outcome"]["ticket"].clone();
    assert_eq!((&ticket["number"], &ticket["status"]), (&json!(2), &json!("arrived")));
    assert_eq!((&ticket["channel"], &ticket["patient_id"]), (&json!("desk"), &json!(booked.id)));
    let told = socket.next().await.expect("a notice");
    assert_eq!((&told["code"], &told["ticket"]), (&json!("TICKET_TAKEN"), &ticket), "{told}");
    let shown = stage.get(&booked, &path_of(&ticket)).await.json;
    assert_eq!(shown["reason"], "두통", "{shown}");
    let again = stage.take_for(&clerk, booked.id, json!({})).await;
    assert_eq!(again.json["outcome"]["ticket"], ticket, "{}", again.text);
    let own = stage.post(&booked, RECEPTIONS, &key(), &json!({"doctor_id": stage.doctor.id})).await;
    assert_eq!(own.json["outcome"]["ticket"], ticket, "{}", own.text);
    let called = stage.take_for(&clerk, seen.id, json!({"channel": "phone"})).await;
    let called = &called.json["outcome"]["ticket"];
    assert_eq!((&called["number"], &called["status"]), (&json!(3), &json!("booked")), "{called}");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patient_whom_the_hospital_does_not_know_is_not_found() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("receptionist").await;
    let (stranger, abroad) = (stage.world.patient().await, stage.world.patient().await);
    let elsewhere = stage.world.doctor().await;
    stage.booked(&abroad, &elsewhere, "15:00").await;
    for patient in [stranger.id, abroad.id, PatientId::generate()] {
        let answer = stage.take_for(&clerk, patient, json!({})).await;
        refused(&answer, 404, "NOT_FOUND");
        assert_eq!(answer.json["field"], "patient_id", "{}", answer.text);
    }
    // A child of the account is a patient of its own.
    let child = stage.world.child_of(&abroad).await;
    stage.booked(&abroad, &stage.doctor, "16:00").await;
    refused(&stage.take_for(&clerk, child, json!({})).await, 404, "NOT_FOUND");
    let named = stage.take_for(&clerk, abroad.id, json!({"name": "홍길동"})).await;
    refused(&named, 422, "INVALID");
    assert_eq!(named.json["field"], "name", "{}", named.text);
    assert_eq!(stage.take_for(&clerk, abroad.id, json!({})).await.status, 200);
    stage.world.finish().await;
}
