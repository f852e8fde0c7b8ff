//! One ticket: taken, taken again, shown, given up, and by whom.

use docde_tests::api::key;
use serde_json::{Value, json};

use crate::stage::{RECEPTIONS, Stage, path_of, refused, ticket};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_has_its_number_and_is_shown_to_its_account_alone() {
    let stage = Stage::new().await;
    let (patient, other) = (stage.world.patient().await, stage.world.patient().await);
    let body =
        json!({"doctor_id": stage.doctor.id, "reason": "기침이 나요", "phone": "010-1234-5678"});
    let answer = stage.post(&patient, RECEPTIONS, &key(), &body).await;
    let taken = ticket(&answer);
    assert_eq!((&taken["number"], &taken["day"]), (&json!(1), &json!("2026-11-23")));
    assert_eq!((&taken["status"], &taken["channel"]), (&json!("booked"), &json!("app")));
    assert_eq!(taken["taken_at"], "2026-11-23T10:00:00+09:00");
    assert!(taken.get("reason").is_none(), "no recorded document holds free text: {taken}");
    let path = path_of(&taken);
    let shown = stage.get(&patient, &path).await;
    assert_eq!((shown.status, &shown.json["reason"]), (200, &json!("기침이 나요")));
    assert_eq!(shown.json["phone"], "010-1234-5678");
    let sealed: Option<Vec<u8>> = sqlx::query_scalar("SELECT sealed FROM ticket")
        .fetch_one(&stage.world.pool)
        .await
        .expect("a row");
    let sealed = String::from_utf8(sealed.expect("sealed")).expect("text");
    assert!(!sealed.contains("010") && sealed.starts_with("t1."), "{sealed}");
    refused(&stage.get(&other, &path).await, 404, "NOT_FOUND");
    refused(&stage.cancel(&other, &taken).await, 404, "NOT_FOUND");
    refused(&stage.get(&patient, "/v1/receptions/nothing").await, 404, "NOT_FOUND");
    let list = async |of| stage.get(of, RECEPTIONS).await.json["items"].clone();
    assert_eq!(list(&other).await, json!([]));
    let listed = list(&patient).await;
    assert_eq!(
        (listed[0]["id"].clone(), listed.as_array().map(Vec::len)),
        (taken["id"].clone(), Some(1))
    );
    assert!(listed[0].get("reason").is_none(), "lists hold no free text");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_try_gets_the_same_ticket_and_a_retry_the_same_bytes() {
    let stage = Stage::new().await;
    let patient = stage.world.patient().await;
    let body = json!({"doctor_id": stage.doctor.id});
    let key_of_first = key();
    let first = stage.post(&patient, RECEPTIONS, &key_of_first, &body).await;
    let again = stage.post(&patient, RECEPTIONS, &key_of_first, &body).await;
    assert_eq!((again.status, &again.text), (201, &first.text), "the same request");
    let second = stage.take(&patient).await;
    assert_ne!(second.request_id(), first.request_id(), "another request");
    assert_eq!(ticket(&second), ticket(&first), "the same ticket");
    let other_body = json!({"doctor_id": stage.doctor.id, "reason": "두통"});
    let reused = stage.post(&patient, RECEPTIONS, &key_of_first, &other_body).await;
    refused(&reused, 422, "KEY_REUSED");
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM ticket").await, 1);
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM line_day WHERE next_number = 2").await, 1);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_cancels_and_comes_again_gets_a_new_number() {
    let stage = Stage::new().await;
    let (patient, other) = (stage.world.patient().await, stage.world.patient().await);
    let first = stage.taken(&patient).await;
    let cancelled = stage.cancel(&patient, &first).await;
    assert_eq!((cancelled.status, cancelled.state()), (200, "confirmed"), "{}", cancelled.text);
    let outcome = &cancelled.json["outcome"]["ticket"];
    assert_eq!((&outcome["status"], &outcome["revision"]), (&json!("cancelled"), &json!(2)));
    let twice = stage.cancel(&patient, &first).await;
    refused(&twice, 409, "STATE_CONFLICT");
    assert_eq!(twice.json["current"], "cancelled", "{}", twice.text);
    assert_eq!(stage.taken(&other).await["number"], 2);
    assert_eq!(stage.taken(&patient).await["number"], 3);
    let steps: Vec<(u32, Option<String>, String)> = sqlx::query_as(
        "SELECT c.revision, c.status_before, c.status_after FROM ticket_change c JOIN ticket t ON t.id = c.ticket_id
         WHERE t.number = 1 AND c.actor = t.account_id ORDER BY c.revision",
    )
    .fetch_all(&stage.world.pool)
    .await
    .expect("steps");
    let booked = || "booked".to_owned();
    assert_eq!(steps, [(1, None, booked()), (2, Some(booked()), "cancelled".to_owned())]);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_goes_on_page_after_page_newest_first() {
    let stage = Stage::new().await;
    let patient = stage.world.patient().await;
    let mut numbers = Vec::new();
    for _ in 0..5 {
        let taken = stage.taken(&patient).await;
        stage.cancel(&patient, &taken).await;
        numbers.push(taken["number"].clone());
        stage.world.clock.advance(chrono::TimeDelta::seconds(1));
    }
    let (mut found, mut path) = (Vec::<Value>::new(), format!("{RECEPTIONS}?limit=2"));
    loop {
        let page = stage.get(&patient, &path).await.json;
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= 2);
        found.extend(items.iter().map(|item| item["number"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{RECEPTIONS}?limit=2&cursor={cursor}");
    }
    numbers.reverse();
    assert_eq!(found, numbers);
    refused(&stage.get(&patient, &format!("{RECEPTIONS}?limit=101")).await, 400, "MALFORMED");
    stage.world.finish().await;
}

/// The limit reaches over hospitals, and so over partitions: a key holds it where two workers look at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_has_three_live_tickets_in_all_also_when_asking_at_once() {
    let stage = Stage::new().await;
    let patient = stage.world.patient().await;
    let mut doctors = Vec::new();
    for n in 0..8 {
        let hospital = stage.world.hospital_in(n % 2).await;
        doctors.push(stage.world.doctor_at(hospital, &crate::stage::office_hours()).await);
    }
    let tries = doctors.iter().map(|doctor| stage.take_with(&patient, doctor));
    let answers = futures_util::future::join_all(tries).await;
    let (got, refusals): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(got.len(), 3, "{answers:#?}");
    for answer in refusals {
        refused(answer, 409, "TOO_MANY_BOOKINGS");
    }
    let cancelled = stage.cancel(&patient, &ticket(got[0])).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    assert_eq!(stage.take(&patient).await.status, 201);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_is_told_what_is_wrong_with_it() {
    let stage = Stage::new().await;
    let (patient, other) = (stage.world.patient().await, stage.world.patient().await);
    let doctor = stage.doctor.id;
    for (body, status, code, field) in [
        (json!({}), 400, "MALFORMED", Value::Null),
        (json!({"doctor_id": doctor, "number": 7}), 400, "MALFORMED", Value::Null),
        (json!({"doctor_id": uuid::Uuid::now_v7()}), 404, "NOT_FOUND", json!("doctor_id")),
        (json!({"doctor_id": doctor, "reason": "900101-1234567"}), 422, "INVALID", json!("reason")),
        (json!({"doctor_id": doctor, "reason": "가".repeat(301)}), 422, "INVALID", json!("reason")),
        (json!({"doctor_id": doctor, "phone": "전화"}), 422, "INVALID", json!("phone")),
        (json!({"doctor_id": doctor, "patient_id": other.id}), 422, "INVALID", json!("patient_id")),
    ] {
        let answer = stage.post(&patient, RECEPTIONS, &key(), &body).await;
        refused(&answer, status, code);
        assert_eq!(answer.json["field"], field, "{}", answer.text);
    }
    let keyless =
        stage.world.call(&stage.ingress, &patient, reqwest::Method::POST, RECEPTIONS, &[], None);
    refused(&keyless.await, 400, "KEY_MISSING");
    let child = stage.world.child_of(&patient).await;
    let body = json!({"doctor_id": doctor, "patient_id": child});
    let of_child = ticket(&stage.post(&patient, RECEPTIONS, &key(), &body).await);
    assert_eq!((&of_child["number"], &of_child["patient_id"]), (&json!(1), &json!(child)));
    stage.world.finish().await;
}
