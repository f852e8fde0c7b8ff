//! Whether one waits for the outcome, by wish, load and clock, with the same schema either way; and how long a
//! command is worth deciding.

use docde_tests::api::{key, text};
use docde_tests::{Patient, World, until};
use domain::ids::{IdempotencyKey, RequestId};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

use crate::stage::{Stage, first_visit, refused, standing};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn respond_async_is_202_with_place_and_where_to_ask() {
    let mut stage = Stage::without_worker(World::new().await).await;
    let (patient, key) = (stage.patient().await, key());
    let body = first_visit(&stage.doctor, stage.slot("10:00"));
    let answer =
        stage.world.post_async(&stage.ingress, &patient, "/v1/bookings", &key, &body).await;
    assert_eq!((answer.status, answer.state()), (202, "accepted"), "{}", answer.text);
    let location = format!("/v1/requests/{}", answer.request_id());
    assert_eq!(
        (answer.header("location"), answer.header("preference-applied")),
        (location.as_str(), "respond-async")
    );
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(
        (&answer.json["place"]["ahead"], &answer.json["place"]["estimate_s"]),
        (&json!(0), &Value::Null),
        "{}",
        answer.text
    );
    assert!(answer.json["place"]["as_of"].is_string() && answer.json["events_url"] == "/ws");
    assert_eq!(answer.json["outcome"], Value::Null);
    let (other, again) =
        (stage.patient().await, crate::stage::first_visit(&stage.doctor, stage.slot("11:00")));
    let second =
        stage.world.post_async(&stage.ingress, &other, "/v1/bookings", &self::key(), &again).await;
    assert_eq!(second.json["place"]["ahead"], 1);
    let retry = stage.world.post_async(&stage.ingress, &patient, "/v1/bookings", &key, &body).await;
    assert_eq!(
        (retry.status, retry.request_id()),
        (202, answer.request_id()),
        "202 until it is decided"
    );
    let shown = stage.get(&patient, &location).await;
    assert_eq!((shown.status, shown.state()), (200, "accepted"));
    for member in ["id", "accepted_at", "subject", "events_url", "zone"] {
        assert_eq!(shown.json[member], answer.json[member], "{member}");
    }
    stage.start_worker().await;
    stage.decided(&patient, answer.request_id()).await;
    let decided =
        stage.world.post_async(&stage.ingress, &patient, "/v1/bookings", &key, &body).await;
    assert_eq!(decided.status, 201, "then the outcome: {}", decided.text);
    stage.finish().await;
}

/// No worker decides, so a wait ends by its own time. A client that asked earlier for a longer wait still waits then: a
/// server that gave both the same wait would answer that one first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wait_is_as_long_as_the_client_says() {
    let mut stage = Stage::without_worker(World::new().await).await;
    let (patient, other) = (stage.patient().await, stage.patient().await);
    let (long_key, short_key) = (key(), key());
    let long_body = first_visit(&stage.doctor, stage.slot("11:00"));
    let short_body = first_visit(&stage.doctor, stage.slot("10:00"));
    let book = async |patient: &Patient, key: &str, wait: &str, body: &Value| {
        let headers = [("idempotency-key", key), ("prefer", wait)];
        let (method, path) = (Method::POST, "/v1/bookings");
        stage.world.call(&stage.ingress, patient, method, path, &headers, Some(body)).await
    };
    let mut long = Box::pin(book(&other, &long_key, "wait=30", &long_body));
    let parsed = IdempotencyKey::parse(&long_key).expect("a key");
    let long_path = format!("/v1/requests/{}", RequestId::of(other.account, &parsed));
    let short = async {
        until("the longer wait to have begun", async || {
            (stage.get(&other, &long_path).await.state() == "accepted").then_some(())
        })
        .await;
        let from = Instant::now();
        (book(&patient, &short_key, "wait=1", &short_body).await, from.elapsed())
    };
    let (answer, took) = tokio::select! {
        longer = &mut long => panic!("the longer wait has ended first: {}", longer.text),
        short = short => short,
    };
    assert_eq!(
        (answer.status, answer.header("preference-applied")),
        (202, "wait=1"),
        "{}",
        answer.text
    );
    // A busy machine makes a wait longer, never shorter.
    assert!(took >= Duration::from_secs(1), "{took:?}");
    let path = format!("/v1/requests/{}", answer.request_id());
    let wait = [("prefer", "wait=30")];
    let asked = stage.world.call(&stage.ingress, &patient, Method::GET, &path, &wait, None);
    let (made, shown, worker) = tokio::join!(long, asked, stage.world.worker());
    assert_eq!((made.status, made.header("preference-applied")), (201, "wait=30"), "{}", made.text);
    assert_eq!(
        (shown.status, shown.state(), shown.header("preference-applied")),
        (200, "confirmed", "wait=30"),
        "{}",
        shown.text
    );
    worker.stop().await;
    stage.start_worker().await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_quiet_the_answer_is_the_outcome_and_at_the_peak_a_place() {
    let mut world = World::at(standing("2026-11-23T07:59:00+09:00")).await;
    world.set("DOCDE_PEAK", "08:00-10:00");
    let mut stage = Stage::without_worker(world).await;
    stage.start_worker().await;
    let statuses = [(0, "00:00", 201), (1, "01:00", 202), (119, "02:00", 202), (1, "03:00", 201)];
    for (minutes, at, status) in statuses {
        stage.advance_minutes(minutes);
        let patient = stage.patient().await;
        let answer =
            stage.world.book(&stage.ingress, &patient, &stage.doctor, stage.slot(at), &key()).await;
        assert_eq!(
            (answer.status, answer.header("preference-applied")),
            (status, ""),
            "{}",
            answer.text
        );
        stage.decided(&patient, answer.request_id()).await;
        // Who wishes to wait may do so, at the peak too.
        stage.booked(&patient, stage.doctor.on(&stage.world, 3, at)).await;
    }
    stage.finish().await;
}

/// No waiter is allowed here, so ingress says of each request whether it would have waited for the outcome: it answers
/// with `respond-async` what it would have.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_line_is_answered_like_the_peak() {
    let mut world = World::new().await;
    world.set("DOCDE_PEAK_BACKLOG", "3");
    world.set("DOCDE_MAX_WAITERS", "0");
    let mut stage = Stage::without_worker(world).await;
    let mut last = None;
    for ahead in 0..5 {
        let (patient, at) = (stage.patient().await, stage.slot(&format!("1{ahead}:00")));
        let answer = stage.world.book(&stage.ingress, &patient, &stage.doctor, at, &key()).await;
        let would_have_waited = if ahead > 3 { "" } else { "respond-async" };
        assert_eq!(
            (answer.status, answer.header("preference-applied"), &answer.json["place"]["ahead"]),
            (202, would_have_waited, &json!(ahead)),
            "{}",
            answer.text
        );
        last = Some((patient, answer.request_id()));
    }
    stage.start_worker().await;
    let (late, request) = last.expect("the last one");
    assert_eq!(stage.decided(&late, request).await.state(), "confirmed");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_the_cap_of_waiters_nobody_waits() {
    let mut world = World::new().await;
    world.set("DOCDE_MAX_WAITERS", "0");
    let mut stage = Stage::without_worker(world).await;
    stage.start_worker().await;
    let patient = stage.patient().await;
    let answer = stage.book(&patient, stage.slot("10:00")).await;
    assert_eq!(
        (answer.status, answer.header("preference-applied")),
        (202, "respond-async"),
        "{}",
        answer.text
    );
    assert_eq!(stage.decided(&patient, answer.request_id()).await.state(), "confirmed");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booking_or_move_undecided_for_ten_minutes_expires_and_a_cancel_never_does() {
    let mut stage = Stage::at("2026-11-23T12:00:00+09:00").await;
    let patients = stage.world.patients(4).await;
    let [keeps, gives_back, late, in_time] = &patients[..] else { panic!("four") };
    let kept = stage.booked(keeps, stage.slot("09:00")).await;
    let given = stage.booked(gives_back, stage.slot("10:00")).await;
    stage.stop_workers().await;
    let (late_key, path) = (key(), format!("/v1/bookings/{given}/cancel"));
    let expired = stage.book_async(late, &stage.doctor, stage.slot("11:00"), &late_key).await;
    let cancel = stage
        .world
        .post_async(&stage.ingress, gives_back, &path, &key(), &json!({}))
        .await
        .request_id();
    let (path, body) = (
        format!("/v1/bookings/{kept}/reschedule"),
        json!({"starts_at": text(stage.slot("15:00"))}),
    );
    let moved =
        stage.world.post_async(&stage.ingress, keeps, &path, &key(), &body).await.request_id();
    stage.advance_minutes(1);
    let decided = stage.book_async(in_time, &stage.doctor, stage.slot("11:00"), &key()).await;
    stage.advance_minutes(10);
    stage.start_worker().await;
    for (patient, request) in [(late, expired), (keeps, moved)] {
        let answer = stage.decided(patient, request).await;
        assert_eq!(
            (answer.state(), &answer.json["outcome"]),
            ("expired", &json!({"type": "expired"})),
            "{}",
            answer.text
        );
    }
    assert_eq!(stage.decided(gives_back, cancel).await.state(), "confirmed");
    assert_eq!(
        stage.decided(in_time, decided).await.state(),
        "confirmed",
        "ten minutes are within the time"
    );
    let again = stage.book_with(late, &stage.doctor, stage.slot("11:00"), &late_key).await;
    refused(&again, 409, "EXPIRED");
    assert_eq!(again.state(), "expired");
    let shown = stage.get(keeps, &format!("/v1/bookings/{kept}")).await;
    assert_eq!(
        (&shown.json["status"], &shown.json["revision"]),
        (&json!("booked"), &json!(1)),
        "the old time is untouched"
    );
    stage.finish().await;
}
