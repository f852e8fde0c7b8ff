//! Who may work a line: staff of its hospital, at the door and again when the command is decided.

use docde_tests::Patient;
use serde_json::{Value, json};

use crate::stage::{Stage, path_of, refused, ticket};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_work_there_finds_no_line() {
    let stage = Stage::new().await;
    let (clerk, patient) = (stage.clerk("receptionist").await, stage.world.patient().await);
    let elsewhere = stage.world.hospital("Asia/Seoul").await;
    let foreign = stage.clerk_at("receptionist", elsewhere).await;
    let taken = stage.taken(&patient).await;
    for stranger in [&patient, &foreign] {
        refused(&stage.step(stranger, &taken, 1, "arrive").await, 404, "NOT_FOUND");
        refused(&stage.next(stranger, None).await, 404, "NOT_FOUND");
        let (path, key) = (stage.line("/tickets"), docde_tests::api::key());
        refused(&stage.post(stranger, &path, &key, &json!({})).await, 404, "NOT_FOUND");
        refused(&stage.get(stranger, &stage.line("")).await, 404, "NOT_FOUND");
    }
    let nowhere = format!("/v1/lines/{}", uuid::Uuid::now_v7());
    refused(&stage.get(&clerk, &nowhere).await, 404, "NOT_FOUND");
    // Of another doctor's line.
    let other = stage.world.doctor_at(stage.doctor.hospital, &crate::stage::office_hours()).await;
    let foreign_ticket = ticket(&stage.take_with(&stage.world.patient().await, &other).await);
    refused(&stage.step(&clerk, &foreign_ticket, 1, "arrive").await, 404, "NOT_FOUND");
    for (body, status, code) in [
        (json!({"ticket_id": taken["id"], "revision": 1, "step": "fly"}), 400, "MALFORMED"),
        (json!({"ticket_id": taken["id"], "step": "arrive"}), 400, "MALFORMED"),
        (json!({"ticket_id": taken["id"], "revision": 1, "step": "urgent"}), 422, "INVALID"),
        (
            json!({"ticket_id": taken["id"], "revision": 1, "step": "hold", "reason": "emergency"}),
            422,
            "INVALID",
        ),
    ] {
        let key = docde_tests::api::key();
        refused(&stage.post(&clerk, &stage.line("/steps"), &key, &body).await, status, code);
    }
    // The staff's own request is theirs alone.
    let step = stage.step(&clerk, &taken, 1, "arrive").await;
    let path = format!("/v1/requests/{}", step.request_id());
    assert_eq!(stage.get(&clerk, &path).await.status, 200);
    refused(&stage.get(&patient, &path).await, 404, "REQUEST_NOT_SEEN");
    stage.world.finish().await;
}

/// The right is asked for again when the command is decided.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clerk_who_is_removed_while_the_command_waits_is_refused() {
    let stage = Stage::without_worker("2026-11-23T10:00:00+09:00").await;
    let worker = stage.world.worker().await;
    let (clerk, patient) = (stage.clerk("receptionist").await, stage.world.patient().await);
    let taken = stage.taken(&patient).await;
    worker.stop().await;
    let body = json!({"ticket_id": taken["id"], "revision": 1, "step": "arrive"});
    let (path, key) = (stage.line("/steps"), docde_tests::api::key());
    let sent = stage.world.post_async(&stage.ingress, &clerk, &path, &key, &body).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    sqlx::query("DELETE FROM membership").execute(&stage.world.pool).await.expect("removed");
    stage.world.worker().await;
    let decided = stage.world.decided(&stage.ingress, &clerk, sent.request_id()).await;
    assert_eq!(decided.json["outcome"]["code"], "NOT_FOUND", "{}", decided.text);
    let status = stage.get(&patient, &path_of(&taken)).await.json["status"].clone();
    assert_eq!(status, "booked");
    stage.world.finish().await;
}

/// `docde token --role` stands in for the staff's sign-in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_the_command_line_works_the_desk_of_its_hospital_alone() {
    let stage = Stage::new().await;
    let (env, clock) = (stage.world.env(), stage.world.clock.clone());
    let context = cli::Context { env, clock };
    let token = async |hospital: uuid::Uuid| {
        let (role, hospital) = (Some(cli::args::StaffRole::Receptionist), Some(hospital));
        let wanted = cli::args::Token {
            patients: 1,
            offset: 0,
            account: None,
            role,
            hospital,
            seconds: 600,
        };
        let mut out = Vec::new();
        cli::token::run(&context, &wanted, &mut out).await.map(|_| out)
    };
    let line = token(stage.doctor.hospital.uuid()).await.expect("a token");
    let line: Value = serde_json::from_slice(&line).expect("a JSON line");
    let clerk = Patient {
        account: line["account_id"].as_str().expect("an account").parse().expect("an id"),
        token: line["token"].as_str().expect("a token").to_owned(),
        ..stage.world.patient().await
    };
    let waiting = stage.taken(&stage.world.patient().await).await;
    assert_eq!(stage.step(&clerk, &waiting, 1, "arrive").await.status, 200);
    let elsewhere = stage.world.doctor().await;
    refused(&stage.get(&clerk, &format!("/v1/lines/{}", elsewhere.id)).await, 404, "NOT_FOUND");
    assert!(token(uuid::Uuid::now_v7()).await.is_err(), "no such hospital");
    stage.world.finish().await;
}
