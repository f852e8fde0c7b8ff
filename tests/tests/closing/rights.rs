//! Who may close: a director whatever there is, a receptionist one day. Others of the hospital are told so, and to the rest of
//! the world there is nothing.

use docde_tests::Patient;
use docde_tests::api::key;
use reqwest::Method;
use serde_json::json;

use crate::stage::{Stage, closed, refused};

async fn clerk(stage: &Stage, role: &str) -> Patient {
    let clerk = stage.world.patient().await;
    stage.world.employ(&clerk, stage.doctor.hospital, role).await;
    clerk
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receptionist_closes_one_day_a_doctor_none_and_strangers_find_nothing() {
    let (stage, _worker) = Stage::new().await;
    let (receptionist, doctor) =
        (clerk(&stage, "receptionist").await, clerk(&stage, "doctor").await);
    let elsewhere = stage.world.patient().await;
    stage.world.employ(&elsewhere, stage.world.hospital("Asia/Seoul").await, "director").await;
    let stranger = stage.world.patient().await;
    let (day, days) = (
        json!({"first_day": "2026-11-25"}),
        json!({"first_day": "2026-11-25", "last_day": "2026-11-26"}),
    );
    let hospital = format!("/v1/hospitals/{}/closings", stage.doctor.hospital);
    let both = [stage.closings(), hospital];
    let mut made = Vec::new();
    for path in &both {
        let post = async |who, body| stage.post(who, path, &key(), body).await;
        made.push(format!(
            "{path}/{}",
            closed(&post(&receptionist, &day).await)["id"].as_str().expect("an id")
        ));
        let long = post(&receptionist, &days).await;
        refused(&long, 403, "FORBIDDEN");
        assert_eq!(long.state(), "rejected", "the worker says so");
        closed(&post(&stage.director, &days).await);
        refused(&post(&doctor, &day).await, 403, "FORBIDDEN");
        for other in [&elsewhere, &stranger] {
            refused(&post(other, &day).await, 404, "NOT_FOUND");
            refused(
                &stage.post(other, &format!("{path}?dry_run=true"), &key(), &day).await,
                404,
                "NOT_FOUND",
            );
            refused(&stage.get(other, path).await, 404, "NOT_FOUND");
        }
    }
    for path in &made {
        for other in [&elsewhere, &stranger] {
            refused(&stage.get(other, path).await, 404, "NOT_FOUND");
            refused(&stage.delete(other, path).await, 404, "NOT_FOUND");
        }
        refused(&stage.delete(&doctor, path).await, 403, "FORBIDDEN");
        assert_eq!(stage.delete(&receptionist, path).await.status, 200);
    }
    let foreign = format!("{}/{}", stage.closings(), key());
    refused(&stage.delete(&stage.director, &foreign).await, 404, "NOT_FOUND");
    refused(&stage.get(&stage.director, &foreign).await, 404, "NOT_FOUND");
    stage.world.finish().await;
}

/// The right is asked again when the command is decided.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_dismissed_while_the_closing_was_queued_closes_nothing() {
    let stage = Stage::without_worker().await;
    let (path, body) = (stage.closings(), json!({"first_day": "2026-11-25"}));
    let sent = stage.world.post_async(&stage.ingress, &stage.director, &path, &key(), &body).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    sqlx::query("DELETE FROM membership").execute(&stage.world.pool).await.expect("dismissed");
    let _worker = stage.worker().await;
    let request = sent.request_id();
    let answer = stage.world.decided(&stage.ingress, &stage.director, request).await;
    assert_eq!(answer.json["outcome"]["code"], "NOT_FOUND", "{}", answer.text);
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM closure").await, 0);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_and_an_opening_want_a_key() {
    let (stage, _worker) = Stage::new().await;
    let body = json!({"first_day": "2026-11-25"});
    for (method, path) in [
        (Method::POST, stage.closings()),
        (Method::DELETE, format!("{}/{}", stage.closings(), key())),
    ] {
        let call =
            stage.world.call(&stage.ingress, &stage.director, method, &path, &[], Some(&body));
        refused(&call.await, 400, "KEY_MISSING");
    }
    stage.world.finish().await;
}
