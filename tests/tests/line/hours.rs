//! When a line takes tickets: the hours of the doctor's schedule in the hospital's zone, told with the time, at the door
//! and by the worker; and the present day.

use docde_tests::until;
use serde_json::json;

use crate::stage::{Stage, office_hours, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_its_hours_a_line_is_not_open_yet_and_after_them_closed() {
    let stage = Stage::at("2026-11-23T08:59:00+09:00").await;
    let patient = stage.world.patient().await;
    let early = stage.take(&patient).await;
    refused(&early, 409, "NOT_OPEN_YET");
    assert_eq!(early.json["at"], "2026-11-23T09:00:00+09:00", "{}", early.text);
    stage.world.clock.advance(chrono::TimeDelta::minutes(1));
    assert_eq!(
        stage.taken(&patient).await["number"],
        1,
        "the same patient, no trace of the refusal"
    );
    stage.world.clock.advance(chrono::TimeDelta::hours(9));
    let late = stage.take(&stage.world.patient().await).await;
    refused(&late, 409, "CLOSED");
    assert_eq!(late.json["until"], "2026-11-24T09:00:00+09:00", "{}", late.text);
    stage.world.clock.advance(chrono::TimeDelta::hours(15));
    let next_day = stage.taken(&stage.world.patient().await).await;
    assert_eq!((&next_day["number"], &next_day["day"]), (&json!(1), &json!("2026-11-24")));
    stage.world.finish().await;
}

/// What was in time at the door and comes to its turn after closing, is refused by the worker, and recorded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_in_the_queue_past_closing_is_refused_with_the_time() {
    let stage = Stage::without_worker("2026-11-23T17:58:00+09:00").await;
    let patient = stage.world.patient().await;
    let accepted = stage.take_async(&patient).await;
    stage.world.clock.advance(chrono::TimeDelta::minutes(3));
    stage.world.worker().await;
    let decided = stage.world.decided(&stage.ingress, &patient, accepted.request_id()).await;
    let outcome = &decided.json["outcome"];
    assert_eq!((&outcome["type"], &outcome["code"]), (&json!("rejected"), &json!("CLOSED")));
    assert_eq!(outcome["until"], "2026-11-24T09:00:00+09:00", "{}", decided.text);
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM ticket").await, 0);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_that_is_not_decided_within_ten_minutes_expires() {
    let stage = Stage::without_worker("2026-11-23T10:00:00+09:00").await;
    let patient = stage.world.patient().await;
    let accepted = stage.take_async(&patient).await;
    stage.world.clock.advance(chrono::TimeDelta::minutes(11));
    stage.world.worker().await;
    let decided = stage.world.decided(&stage.ingress, &patient, accepted.request_id()).await;
    assert_eq!(decided.json["state"], "expired", "{}", decided.text);
    assert_eq!(stage.taken(&patient).await["number"], 1, "no number is lost with it");
    stage.world.finish().await;
}

/// 2026-11-23 15:30 UTC is the 24th in Seoul and the 23rd in New York.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_day_of_a_line_begins_at_midnight_of_the_hospital() {
    let stage = Stage::at("2026-11-23T15:30:00Z").await;
    let mut days = Vec::new();
    for zone in ["Asia/Seoul", "America/New_York"] {
        let hospital = stage.world.hospital(zone).await;
        let hours = docde_tests::Hours { opens: "00:00", closes: "23:00", ..office_hours() };
        let doctor = stage.world.doctor_at(hospital, &hours).await;
        let answer = stage.take_with(&stage.world.patient().await, &doctor).await;
        days.push(crate::stage::ticket(&answer)["day"].clone());
    }
    assert_eq!(days, [json!("2026-11-24"), json!("2026-11-23")]);
    stage.world.finish().await;
}

/// The desk has no route for it yet: the row is as a paused line's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_line_says_until_when_and_keeps_who_is_in_it() {
    let stage = Stage::new().await;
    let (early, late) = (stage.world.patient().await, stage.world.patient().await);
    let ticket = stage.taken(&early).await;
    let pause =
        "UPDATE line_day SET reception = 'paused', paused_until = '2026-11-23 01:30:00.000'";
    sqlx::query(pause).execute(&stage.world.pool).await.expect("paused");
    let refusal = stage.take(&late).await;
    refused(&refusal, 409, "PAUSED");
    assert_eq!(refusal.json["until"], "2026-11-23T10:30:00+09:00", "{}", refusal.text);
    assert_eq!(stage.taken(&early).await, ticket);
    stage.world.clock.advance(chrono::TimeDelta::minutes(30));
    assert_eq!(stage.taken(&late).await["number"], 2);
    until("the pause to be over in the books", async || {
        let kept = stage.world.count("SELECT COUNT(*) FROM line_day WHERE version = 2").await;
        (kept == 1).then_some(())
    })
    .await;
    stage.world.finish().await;
}
