//! Mails are sent after their cause, once, whatever dies; and one bad address holds up nobody.

use docde_tests::api::key;
use docde_tests::wait::LIMIT;
use docde_tests::world::from_environment;
use docde_tests::{World, until};
use serde_json::json;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::Command;

use crate::stage::{CODES, Stage};

async fn ask(stage: &Stage, email: &str) {
    let sent = stage.post(CODES, &key(), &json!({"email": email, "for": "sign_up"})).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
}

async fn states(world: &World) -> Vec<String> {
    sqlx::query_scalar("SELECT CAST(state AS CHAR) FROM mail ORDER BY recipient")
        .fetch_all(&world.pool)
        .await
        .expect("states")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_address_does_not_stop_the_rest() {
    let stage = Stage::new().await;
    for email in ["a@nowhere.invalid", "b@example.kr", "c@nowhere.invalid", "d@example.kr"] {
        ask(&stage, email).await;
    }
    until("all mails to end", async || {
        (states(&stage.world).await == ["refused", "sent", "refused", "sent"]).then_some(())
    })
    .await;
    let error: Option<String> =
        sqlx::query_scalar("SELECT error FROM mail WHERE recipient = 'a@nowhere.invalid'")
            .fetch_one(&stage.world.pool)
            .await
            .expect("an error");
    let error = error.expect("an error");
    assert!(error.contains("550") && !error.contains("a@nowhere"), "{error}");
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM mail WHERE sealed IS NOT NULL").await, 0);
    stage.world.finish().await;
}

/// Two ingresses look for the same mails; each mail goes once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_ingresses_one_sends_a_mail() {
    let stage = Stage::new().await;
    let _second = stage.world.ingress().await;
    let addresses: Vec<String> = (0..30).map(|n| format!("p{n:02}@example.kr")).collect();
    for address in &addresses {
        ask(&stage, address).await;
    }
    until("all mails to be sent", async || {
        states(&stage.world).await.iter().all(|state| state == "sent").then_some(())
    })
    .await;
    let mut caught: Vec<String> = stage.mails.all().await.into_iter().map(|mail| mail.to).collect();
    caught.sort();
    assert_eq!(caught, addresses);
    stage.world.finish().await;
}

/// Killed exactly between the server's 250 and our commit: sent again, as the same message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_between_the_250_and_the_commit_repeats_the_same_message_and_no_other() {
    let mut stage = Stage::with(&[("DOCDE_MAIL_CLAIM_MS", "2000")]).await;
    let url = stage.world.setting("MAIL_URL").to_owned();
    stage.world.set("MAIL_URL", "");
    let quiet = stage.world.ingress().await;
    std::mem::replace(&mut stage.ingress, quiet).stop().await;
    ask(&stage, "a@example.kr").await;
    assert_eq!(states(&stage.world).await, ["waiting"], "nobody sends");
    stage.world.set("MAIL_URL", &url);
    crash(&stage.world).await;
    assert_eq!(stage.mails.to("a@example.kr", 1).await.len(), 1);
    assert_eq!(states(&stage.world).await, ["waiting"], "the commit did not happen");
    let _after = stage.world.ingress().await;
    until("the mail to be sent for our books too", async || {
        (states(&stage.world).await == ["sent"]).then_some(())
    })
    .await;
    let mails = stage.mails.to("a@example.kr", 2).await;
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0], mails[1], "the same message, with the same Message-ID");
    assert!(mails[0].message_id.ends_with("@docde.test>"), "{:?}", mails[0]);
    stage.world.finish().await;
}

/// Runs an ingress that ends by abort, as kill -9 would end it, when the server has taken a mail.
async fn crash(world: &World) {
    let bin = from_environment("DOCDE_BIN_DIR");
    let child = Command::new(PathBuf::from(bin).join("docde-ingress"))
        .env_clear()
        .envs(world.settings())
        .env("DOCDE_CLOCK", format!("{},1", world.clock.now().to_rfc3339()))
        .env("DOCDE_CRASH", "mail_sent:1")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the binary: cargo build -p docde-ingress");
    let ended = tokio::time::timeout(LIMIT, child.wait_with_output()).await;
    let ended = ended.expect("the point is passed").expect("its end");
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(log.contains("crash point mail_sent reached"), "{log}");
}

/// Nothing is lost while the server is away, and what nobody needs any more is not sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_wait_for_their_server_and_codes_that_are_over_are_not_sent() {
    let mut stage = Stage::new().await;
    stage.mails.stop().await;
    ask(&stage, "a@example.kr").await;
    until("a first try", async || {
        (stage.world.count("SELECT COUNT(*) FROM mail WHERE tries > 0 AND state = 'waiting'").await
            == 1)
            .then_some(())
    })
    .await;
    stage.world.clock.advance(chrono::TimeDelta::minutes(10));
    until("the code to be given up", async || {
        (states(&stage.world).await == ["expired"]).then_some(())
    })
    .await;
    stage.world.finish().await;
}
