//! Closings against what was queued, and retries of closings.

use docde_tests::api::key;
use serde_json::json;

use crate::stage::{Stage, closed, refused};

/// The desk is read first: what the app had queued before the closing meets it as what came after does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bookings_that_were_queued_around_a_closing_are_refused_and_one_that_was_made_is_ended() {
    let (stage, worker) = Stage::new().await;
    let patients = stage.world.patients(3).await;
    let made = stage.booked(&patients[0], stage.visit(0)).await;
    worker.stop().await;
    let before = stage.queue_booking(&patients[1], stage.visit(1)).await;
    let body = json!({"first_day": "2026-11-25"});
    let path = stage.closings();
    let closing =
        stage.world.post_async(&stage.ingress, &stage.director, &path, &key(), &body).await;
    assert_eq!((closing.status, closing.state()), (202, "accepted"), "{}", closing.text);
    let after = stage.queue_booking(&patients[2], stage.visit(2)).await;
    let _worker = stage.worker().await;
    let decided = stage.world.decided(&stage.ingress, &stage.director, closing.request_id()).await;
    assert_eq!(decided.json["outcome"]["closing"]["ended"], 1, "{}", decided.text);
    for (patient, request) in [(&patients[1], before), (&patients[2], after)] {
        let answer = stage.world.decided(&stage.ingress, patient, request).await;
        assert_eq!(answer.json["outcome"]["code"], "CLOSED", "{}", answer.text);
    }
    assert_eq!(stage.status(&patients[0], made).await, "cancelled");
    stage.world.finish().await;
}

/// The next owner reads what is closed with its first batch, although the copy of the schedule that it was started with is older.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_takes_over_knows_what_was_closed_before() {
    let (stage, worker) = Stage::new().await;
    let patient = stage.world.patient().await;
    let kept = stage.booked(&patient, stage.visit(600)).await;
    let path = format!("/v1/bookings/{kept}/reschedule");
    closed(&stage.close(&json!({"first_day": "2026-11-25"})).await);
    worker.kill().await;
    let _worker = stage.worker().await;
    let body = json!({"starts_at": docde_tests::api::text(stage.visit(5))});
    let moved = stage.post(&patient, &path, &key(), &body).await;
    refused(&moved, 409, "CLOSED");
    assert_eq!(stage.status(&patient, kept).await, "booked");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_of_a_closing_is_the_same_closing() {
    let (stage, _worker) = Stage::new().await;
    let (key, body) = (key(), json!({"first_day": "2026-11-25"}));
    let path = stage.closings();
    let first = stage.post(&stage.director, &path, &key, &body).await;
    closed(&first);
    let again = stage.post(&stage.director, &path, &key, &body).await;
    assert_eq!((again.status, again.text), (201, first.text));
    let other = json!({"first_day": "2026-11-26"});
    refused(&stage.post(&stage.director, &path, &key, &other).await, 422, "KEY_REUSED");
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM closure").await, 1);
    stage.world.finish().await;
}
