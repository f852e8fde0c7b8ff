//! What a deleted account still has in the queue.

use docde_tests::api::key;
use docde_tests::{Doctor, Hours, until};
use reqwest::Method;
use serde_json::json;

use crate::deletion::{ACTIVE, given_back};
use crate::stage::{PASSWORD, Signed, Stage};

/// Half of them for a child, each at a time of its own: any could be had.
async fn queue_bookings(stage: &Stage, who: &Signed, doctor: &Doctor, child: &str, count: usize) {
    for number in 0..count {
        let (day, half) = (2 + number / 48, number % 48);
        let at = format!("{:02}:{:02}", half / 2, 30 * (half % 2));
        let at = if at == "23:30" { "23:00".to_owned() } else { at };
        let starts_at = doctor.on(&stage.world, i64::try_from(day).expect("a day"), &at);
        let mut body =
            json!({"doctor_id": doctor.id, "starts_at": starts_at.to_rfc3339(), "visit": "first"});
        if number % 2 == 1 {
            body["patient_id"] = json!(child);
        }
        let (key, call) = (key(), Method::POST);
        let headers = [("idempotency-key", &*key), ("prefer", "respond-async")];
        let answer =
            stage.call(call, "/v1/bookings", Some(&who.access), &headers, Some(&body)).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
    }
}

/// Fifty bookings and a number are accepted and not decided when the account goes. None becomes active, and each has its outcome.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_queued_for_a_deleted_account_is_refused_and_nothing_becomes_active() {
    let stage = Stage::new().await;
    let worker = stage.world.worker().await;
    stage.world.owned().await;
    let signed = stage.account("a@example.kr").await;
    let child = stage.child(&signed, "2020-05-05").await;
    let hospital = stage.world.hospital("Asia/Seoul").await;
    stage.world.limits(hospital, 1_000, 1_000).await;
    let doctor = stage.world.doctor_at(hospital, &Hours::default()).await;
    let other = stage.world.doctor().await;
    assert_eq!(stage.book(&signed, &other, "10:00", None).await.status, 201);
    worker.stop().await;
    queue_bookings(&stage, &signed, &doctor, &child, 50).await;
    let body = json!({"doctor_id": doctor.id, "patient_id": child});
    let (key, path) = (key(), "/v1/receptions");
    let headers = [("idempotency-key", &*key), ("prefer", "respond-async")];
    let ticket = stage.call(Method::POST, path, Some(&signed.access), &headers, Some(&body)).await;
    assert_eq!(ticket.status, 202, "{}", ticket.text);
    let gone = stage.delete(&signed, PASSWORD).await;
    assert_eq!((gone.status, &gone.json["bookings"]), (200, &json!(1)), "{}", gone.text);
    assert_eq!(stage.world.count(ACTIVE).await, 1, "the worker is away");
    let _worker = stage.world.worker().await;
    let decided = "SELECT COUNT(*) FROM request WHERE kind IN ('book', 'take_ticket')";
    until("all to have an outcome", async || {
        (stage.world.count(decided).await == 52).then_some(())
    })
    .await;
    let refused = "SELECT COUNT(*) FROM request WHERE kind IN ('book', 'take_ticket')
         AND state = 'rejected' AND code = 'ACCOUNT_DELETED'";
    assert_eq!(stage.world.count(refused).await, 51);
    given_back(&stage.world).await;
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM booking").await, 1, "and that is cancelled");
    stage.world.finish().await;
}
