//! Who leaves and what closes: refused as long as anybody is booked or waits, and gone for the next who asks.

use docde_tests::api::key;
use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Stage, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doctor_leaves_when_nobody_is_booked_or_waits() {
    let stage = Stage::new().await;
    let at = stage.on("2026-11-24", "10:00");
    let (patient, booking) = stage.booked(at).await;
    let path = stage.of_doctor("");
    let leave = async |if_match: &'static str| {
        stage.change(&stage.director, (Method::DELETE, &path), if_match, &Value::Null).await
    };
    refused(&leave("").await, 428, "IF_MATCH_MISSING");
    refused(&leave("\"9\"").await, 412, "STALE");
    let refusal = leave("\"1\"").await;
    refused(&refusal, 409, "STATE_CONFLICT");
    assert_eq!(refusal.json["current"], "has_bookings");
    assert_eq!(stage.world.cancel(&stage.ingress, &patient, booking, &key()).await.status, 200);
    let body = json!({"doctor_id": stage.doctor.id});
    let ticket = stage.change(&patient, (Method::POST, "/v1/receptions"), "", &body).await;
    assert_eq!(ticket.status, 201, "{}", ticket.text);
    refused(&leave("\"1\"").await, 409, "STATE_CONFLICT");
    let id = ticket.json["outcome"]["ticket"]["id"].as_str().expect("a ticket").to_owned();
    let path = format!("/v1/receptions/{id}/cancel");
    assert_eq!(stage.change(&patient, (Method::POST, &path), "", &json!({})).await.status, 200);
    let key = key();
    let doctor = stage.of_doctor("");
    let change = (Method::DELETE, doctor.as_str());
    let left = stage.change_as(&stage.director, change, (&key, "\"1\""), &Value::Null).await;
    assert_eq!(left.status, 200, "{}", left.text);
    let change = (Method::DELETE, doctor.as_str());
    let again = stage.change_as(&stage.director, change, (&key, "\"1\""), &Value::Null).await;
    assert_eq!((again.status, again.text), (200, left.text), "a retry");
    refused(&leave("\"2\"").await, 404, "NOT_FOUND");
    assert_eq!(stage.tried(at).await, "NOT_FOUND");
    refused(&stage.get(&patient, &doctor).await, 404, "NOT_FOUND");
    refused(&stage.get(&patient, &stage.of_doctor("/schedule")).await, 404, "NOT_FOUND");
    let list = format!("/v1/doctors?hospital_id={}", stage.doctor.hospital);
    assert_eq!(stage.get(&patient, &list).await.json["items"], json!([]));
    // What was booked once is still shown, with the doctor's name.
    let shown = stage.get(&patient, &format!("/v1/bookings/{booking}")).await;
    assert_eq!(shown.json["doctor_name"], "김의사", "{}", shown.text);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_closes_for_good_when_nobody_is_booked_and_then_is_not_found() {
    let stage = Stage::new().await;
    let patient = stage.world.patient().await;
    let hospital = format!("/v1/hospitals/{}", stage.doctor.hospital);
    let close = async || {
        stage.change(&stage.director, (Method::DELETE, &hospital), "\"1\"", &Value::Null).await
    };
    let booked = stage.book(&patient, stage.on("2026-11-24", "10:00")).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let booking = booked.booking_id();
    refused(&close().await, 409, "STATE_CONFLICT");
    assert_eq!(stage.world.cancel(&stage.ingress, &patient, booking, &key()).await.status, 200);
    let closed = close().await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    assert_eq!(stage.tried(stage.on("2026-11-25", "10:00")).await, "NOT_FOUND");
    refused(&stage.get(&patient, &hospital).await, 404, "NOT_FOUND");
    let list = stage.get(&patient, "/v1/hospitals").await;
    assert_eq!(list.json["items"], json!([]), "{}", list.text);
    let search = stage.get(&patient, "/v1/hospitals/search?q=%EC%8B%9C%ED%97%98").await;
    assert_eq!(search.json["items"], json!([]), "{}", search.text);
    let body = json!({"hospital_id": stage.doctor.hospital});
    let any = stage.change(&patient, (Method::POST, "/v1/receptions"), "", &body).await;
    refused(&any, 409, "CLOSED");
    refused(&close().await, 404, "NOT_FOUND");
    stage.world.finish().await;
}
