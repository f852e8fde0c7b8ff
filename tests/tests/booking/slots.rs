//! What is shown to choose from: slots by the hospital's dates and by page, and bookings with the names of doctor and
//! hospital. And times that are none of a slot, however they are written.

use chrono::TimeDelta;
use docde_tests::api::key;
use domain::time;
use serde_json::{Value, json};

use crate::stage::{Stage, refused};

/// Slots of the stage's doctor; the starts, and the cursor of the next page.
async fn page(stage: &Stage, query: &str) -> (Vec<String>, Option<String>) {
    let path = format!("/v1/doctors/{}/slots?{query}", stage.doctor.id);
    let shown = stage.get(&stage.patient().await, &path).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let starts = shown.json["items"].as_array().expect("items").iter();
    let starts = starts.map(|slot| slot["starts_at"].as_str().expect("a start").to_owned());
    (starts.collect(), shown.json["next_cursor"].as_str().map(ToOwned::to_owned))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_is_not_exactly_a_slot_is_never_one() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    let local = stage.slot("10:00").with_timezone(&stage.doctor.zone);
    let day = local.format("%F");
    let offset = local.format("%:z");
    let times = [
        format!("{day}T10:00:00.0005{offset}"),
        format!("{day}T10:00:00.000000001{offset}"),
        format!("{day}T10:00:00.001{offset}"),
        format!("{day}T09:59:60{offset}"),
        format!("{day}T10:00:01{offset}"),
        format!("9999-12-31T10:00:00{offset}"),
        "9999-12-31T23:59:59-23:59".to_owned(),
        format!("0000-01-01T00:00:00{offset}"),
    ];
    for starts_at in times {
        let body = json!({"doctor_id": stage.doctor.id, "starts_at": starts_at, "visit": "first"});
        let answer = stage.post(&patient, "/v1/bookings", &key(), &body).await;
        refused(&answer, 422, "SLOT_NOT_OFFERED");
    }
    let booking = stage.booked(&patient, stage.slot("10:00")).await;
    let path = format!("/v1/bookings/{booking}/reschedule");
    let body = json!({"starts_at": format!("{day}T11:00:00.0005{offset}")});
    refused(&stage.post(&patient, &path, &key(), &body).await, 422, "SLOT_NOT_OFFERED");
    for starts_at in [format!("{day}T10:00:00"), day.to_string(), "tomorrow".to_owned()] {
        let body = json!({"doctor_id": stage.doctor.id, "starts_at": starts_at, "visit": "first"});
        refused(&stage.post(&patient, "/v1/bookings", &key(), &body).await, 400, "MALFORMED");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dates_are_the_hospitals_and_meant_whole() {
    let stage = Stage::new().await;
    let day = time::day_of(stage.slot("10:00"), stage.doctor.zone);
    let (whole, _) = page(&stage, &format!("from={day}&to={day}&limit=100")).await;
    assert!(whole.iter().all(|start| start.starts_with(&day.to_string())), "{whole:?}");
    let first = stage.slot("00:00");
    let (from, to) = (first.format("%FT%TZ"), (first + TimeDelta::days(1)).format("%FT%TZ"));
    let by_time = page(&stage, &format!("from={from}&to={to}&limit=100")).await.0;
    assert_eq!(whole, by_time);
    assert!(whole.len() > 3, "{whole:?}");
    let mixed = page(&stage, &format!("from={from}&to={day}&limit=100")).await.0;
    assert_eq!(mixed, whole);
    assert_eq!(page(&stage, "from=9998-12-01&to=9998-12-31").await, (Vec::new(), None));
    let patient = stage.patient().await;
    for query in ["from=2026-02-30&to=2026-03-01", "from=2026-03-02&to=2026-03-01"] {
        let path = format!("/v1/doctors/{}/slots?{query}", stage.doctor.id);
        refused(&stage.get(&patient, &path).await, 400, "MALFORMED");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_come_by_page_each_once() {
    let stage = Stage::new().await;
    let day = time::day_of(stage.slot("10:00"), stage.doctor.zone);
    let span = format!("from={day}&to={day}");
    let (all, none) = page(&stage, &format!("{span}&limit=100")).await;
    assert!(none.is_none() && all.len() > 6, "{all:?}");
    assert_eq!(page(&stage, &span).await.0, all[..all.len().min(20)], "20 unless asked for more");
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let (starts, next) = page(&stage, &format!("{span}&limit=3&cursor={cursor}")).await;
        assert!(starts.len() == 3 || next.is_none());
        seen.extend(starts);
        let Some(next) = next else { break };
        cursor = next;
    }
    assert_eq!(seen, all);
    let patient = stage.patient().await;
    for query in ["limit=0", "limit=101", "cursor=AAAA", "cursor=nonsense"] {
        let path = format!("/v1/doctors/{}/slots?{span}&{query}", stage.doctor.id);
        refused(&stage.get(&patient, &path).await, 400, "MALFORMED");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bookings_are_shown_with_names_and_recorded_without() {
    let stage = Stage::new().await;
    let (patient, key) = (stage.patient().await, key());
    let made = stage.book_with(&patient, &stage.doctor, stage.slot("10:00"), &key).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let named = |shown: &Value, doctor: &str| {
        assert_eq!(shown["doctor_name"], doctor, "{shown}");
        assert!(shown["hospital_name"].as_str().is_some_and(|name| !name.is_empty()), "{shown}");
    };
    let path = format!("/v1/bookings/{}", made.booking_id());
    for name in ["김하나", "이두리"] {
        let renamed = sqlx::query("UPDATE doctor SET name = ? WHERE id = ?")
            .bind(name)
            .bind(stage.doctor.id.uuid())
            .execute(&stage.world.pool)
            .await;
        assert_eq!(renamed.expect("a renamed doctor").rows_affected(), 1);
        named(&stage.get(&patient, &path).await.json, name);
        named(&stage.get(&patient, "/v1/bookings").await.json["items"][0], name);
    }
    let again = stage.book_with(&patient, &stage.doctor, stage.slot("10:00"), &key).await;
    assert_eq!(again.text, made.text, "a recorded document never changes");
    assert!(!made.text.contains("_name"), "{}", made.text);
    stage.finish().await;
}
