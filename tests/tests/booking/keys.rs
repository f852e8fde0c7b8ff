//! The Idempotency-Key itself: its form, and what comes of using one for something else (P2).

use docde_tests::api::key;
use docde_tests::{Answer, Patient, World};
use http::HeaderValue;
use serde_json::json;

use crate::stage::{Stage, WAIT, first_visit, refused};

async fn with_key(stage: &Stage, patient: &Patient, key: Option<&[u8]>) -> Answer {
    let url = format!("http://{}/v1/bookings", stage.ingress.address);
    let mut request = stage.world.http.post(url).bearer_auth(&patient.token).header(WAIT.0, WAIT.1);
    if let Some(key) = key {
        request = request
            .header("idempotency-key", HeaderValue::from_bytes(key).expect("a header value"));
    }
    let response = request
        .json(&first_visit(&stage.doctor, stage.slot("10:00")))
        .send()
        .await
        .expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a body");
    let json = serde_json::from_str(&text).expect("JSON");
    Answer { status, headers, text, json }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_required_and_has_16_to_128_visible_ascii_characters() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    let bad: [Option<&[u8]>; 6] = [
        None,
        Some(b""),
        Some(b"fifteen-letters"),
        Some(&[b'k'; 129]),
        Some(b"a key with spaces"),
        Some("열여섯글자가넘는키입니다".as_bytes()),
    ];
    for key in bad {
        refused(&with_key(&stage, &patient, key).await, 400, "KEY_MISSING");
    }
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM request").await, 0);
    assert_eq!(with_key(&stage, &patient, Some(&[b'k'; 128])).await.status, 201);
    let other = stage.patient().await;
    refused(&with_key(&stage, &other, Some(b"sixteen-letters!")).await, 409, "SLOT_TAKEN");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_used_for_another_body_or_route_is_refused() {
    let stage = Stage::new().await;
    let (patient, used) = (stage.patient().await, key());
    let booking =
        stage.book_with(&patient, &stage.doctor, stage.slot("10:00"), &used).await.booking_id();
    refused(
        &stage.book_with(&patient, &stage.doctor, stage.slot("10:15"), &used).await,
        422,
        "KEY_REUSED",
    );
    refused(
        &stage.book_with(&patient, &stage.doctor, stage.slot("12:00"), &used).await,
        422,
        "KEY_REUSED",
    );
    let mut body = first_visit(&stage.doctor, stage.slot("10:00"));
    body["reason"] = json!("기침");
    refused(&stage.post(&patient, "/v1/bookings", &used, &body).await, 422, "KEY_REUSED");
    let cancel = format!("/v1/bookings/{booking}/cancel");
    refused(&stage.post(&patient, &cancel, &used, &json!({})).await, 422, "KEY_REUSED");
    let move_it = json!({"starts_at": docde_tests::api::text(stage.slot("12:00"))});
    refused(
        &stage.post(&patient, &format!("/v1/bookings/{booking}/reschedule"), &used, &move_it).await,
        422,
        "KEY_REUSED",
    );
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM request").await, 1);
    stage.finish().await;
}

/// Without the marker the worker compares with the row, also for commands that ingress knows nothing of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reused_key_is_refused_with_the_marker_lost() {
    let stage = Stage::new().await;
    let (patient, used) = (stage.patient().await, key());
    let first = stage.book_with(&patient, &stage.doctor, stage.slot("10:00"), &used).await;
    let marker = [format!("req:{}", first.request_id())];
    let cancel = format!("/v1/bookings/{}/cancel", first.booking_id());
    for at in ["10:00", "10:15", "12:00"] {
        stage.forget(&marker).await;
        let mut body = first_visit(&stage.doctor, stage.slot(at));
        body["phone"] = json!("010-1234-5678");
        refused(&stage.post(&patient, "/v1/bookings", &used, &body).await, 422, "KEY_REUSED");
    }
    stage.forget(&marker).await;
    refused(&stage.post(&patient, &cancel, &used, &json!({})).await, 422, "KEY_REUSED");
    stage.forget(&marker).await;
    let again = stage.book_with(&patient, &stage.doctor, stage.slot("10:00"), &used).await;
    assert_eq!((again.status, &again.text), (201, &first.text));
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM request").await, 1);
    stage.finish().await;
}

/// Two bodies under one key, undecided: the first wins, and each is told the truth.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_bodies_under_one_key_with_the_marker_lost_the_first_wins() {
    let mut stage = Stage::without_worker(World::new().await).await;
    let (patient, used) = (stage.patient().await, key());
    let request = stage.book_async(&patient, &stage.doctor, stage.slot("10:00"), &used).await;
    stage.forget(&[format!("req:{request}")]).await;
    assert_eq!(
        stage.book_async(&patient, &stage.doctor, stage.slot("11:00"), &used).await,
        request
    );
    stage.start_worker().await;
    let decided = stage.decided(&patient, request).await;
    let starts = decided.json["outcome"]["booking"]["starts_at"].as_str().expect("a start");
    assert!(starts.contains("T10:00:00"), "{starts}");
    let first = stage.book_with(&patient, &stage.doctor, stage.slot("10:00"), &used).await;
    assert_eq!((first.status, &first.text), (201, &decided.text));
    refused(
        &stage.book_with(&patient, &stage.doctor, stage.slot("11:00"), &used).await,
        422,
        "KEY_REUSED",
    );
    stage.finish().await;
}
