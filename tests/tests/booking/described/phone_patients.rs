//! Answers about patients at a hospital's desk and on its phone.

use docde_tests::Patient;
use docde_tests::api::key;
use serde_json::{Value, json};

use super::Description;
use crate::stage::Stage;

/// What is held against the description.
pub const HELD: [&str; 10] = [
    "GET /v1/account/access-log 200",
    "POST /v1/hospitals/{id}/patients 200",
    "POST /v1/hospitals/{id}/patients 201",
    "POST /v1/hospitals/{id}/patients 422",
    "POST /v1/hospitals/{id}/patients/look-ups 200",
    "POST /v1/hospitals/{id}/patients/look-ups 422",
    "POST /v1/hospitals/{id}/patients/{patient}/merge 200",
    "POST /v1/hospitals/{id}/patients/{patient}/merge 409",
    "POST /v1/hospitals/{id}/patients/{patient}/unmerge 200",
    "POST /v1/patients/{id}/desk-code 201",
];

const MERGE: &str = "POST /v1/hospitals/{id}/patients/{patient}/merge";
const UNMERGE: &str = "POST /v1/hospitals/{id}/patients/{patient}/unmerge";
const LOOK_UPS: &str = "POST /v1/hospitals/{id}/patients/look-ups";

/// Holds them.
pub async fn hold(api: &mut Description, stage: &Stage, patient: &Patient) {
    let clerk = stage.clerk().await;
    let desk = format!("/v1/hospitals/{}/patients", stage.doctor.hospital);
    let post = async |who: &Patient, path: &str, body: Value| {
        stage.world.post(&stage.ingress, who, path, &key(), &body).await
    };
    let mut person =
        json!({"name": "김전화", "birth_date": "1980-02-03", "phone": "010-9876-5432"});
    let mut entered = String::new();
    for _ in 0..2 {
        let answer = post(&clerk, &desk, person.clone()).await;
        answer.json["id"].as_str().expect("an id").clone_into(&mut entered);
        api.hold("POST /v1/hospitals/{id}/patients", &answer);
    }
    person["phone"] = json!("119");
    api.hold("POST /v1/hospitals/{id}/patients", &post(&clerk, &desk, person).await);
    let look_ups = format!("{desk}/look-ups");
    let by_phone = json!({"phone": "010-9876-5432"});
    api.hold(LOOK_UPS, &post(&clerk, &look_ups, by_phone).await);
    let shown = post(patient, &format!("/v1/patients/{}/desk-code", patient.id), json!({})).await;
    api.hold("POST /v1/patients/{id}/desk-code", &shown);
    let by_code = json!({"code": shown.json["code"]});
    for _ in 0..2 {
        api.hold(LOOK_UPS, &post(&clerk, &look_ups, by_code.clone()).await);
    }
    let reads = stage.get(patient, "/v1/account/access-log").await;
    assert_eq!(reads.json["items"][0]["patient_id"], json!(patient.id), "{}", reads.text);
    api.hold("GET /v1/account/access-log", &reads);
    let of_person = format!("{desk}/{entered}");
    for _ in 0..2 {
        let into = json!({"into": patient.id});
        api.hold(MERGE, &post(&clerk, &format!("{of_person}/merge"), into).await);
    }
    api.hold(UNMERGE, &post(&clerk, &format!("{of_person}/unmerge"), json!({})).await);
}
