//! Answers about tickets.

use docde_tests::api::key;
use docde_tests::{Hours, Patient};
use serde_json::json;

use super::Description;
use crate::stage::Stage;

/// What is held against the description.
pub const HELD: [&str; 9] = [
    "GET /v1/receptions 200",
    "GET /v1/receptions/{id} 200",
    "GET /v1/receptions/{id} 404",
    "POST /v1/receptions 201",
    "POST /v1/receptions 202",
    "POST /v1/receptions 404",
    "POST /v1/receptions 422",
    "POST /v1/receptions/{id}/cancel 200",
    "POST /v1/receptions/{id}/cancel 409",
];

/// Holds them.
pub async fn hold(api: &mut Description, stage: &Stage, patient: &Patient, other: &Patient) {
    const TAKE: &str = "POST /v1/receptions";
    let path = "/v1/receptions";
    // Always open, but for the last second of the day.
    let hours = Hours { closes: "23:59:59", ..Hours::default() };
    let doctor = stage.world.doctor_at(stage.doctor.hospital, &hours).await;
    let body = json!({"doctor_id": doctor.id, "reason": "두통", "phone": "010-1234-5678"});
    let taken = stage.post(patient, path, &key(), &body).await;
    api.hold(TAKE, &taken);
    api.hold(TAKE, &stage.post(patient, path, &key(), &json!({"doctor_id": key()})).await);
    let foreign = json!({"doctor_id": doctor.id, "patient_id": other.id});
    api.hold(TAKE, &stage.post(patient, path, &key(), &foreign).await);
    let plain = json!({"doctor_id": doctor.id});
    let waiting = stage.world.post_async(&stage.ingress, other, path, &key(), &plain).await;
    api.hold(TAKE, &waiting);
    api.hold("GET /v1/requests/{id}", &stage.decided(other, waiting.request_id()).await);
    let ticket = format!("{path}/{}", taken.json["subject"]["ticket_id"].as_str().expect("an id"));
    api.hold("GET /v1/receptions", &stage.get(patient, path).await);
    api.hold("GET /v1/receptions/{id}", &stage.get(patient, &ticket).await);
    api.hold("GET /v1/receptions/{id}", &stage.get(other, &ticket).await);
    for _ in 0..2 {
        let cancel = stage.post(patient, &format!("{ticket}/cancel"), &key(), &json!({})).await;
        api.hold("POST /v1/receptions/{id}/cancel", &cancel);
    }
}
