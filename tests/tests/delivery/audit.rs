//! `docde audit`, the operators' own recount: green after a mixed run, red once a message was removed behind the system's
//! back. What turns each of its checks red is in `tampering.rs`.

use docde_tests::world::from_environment;
use docde_tests::{World, until};
use futures_util::FutureExt;
use serde_json::Value;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;

use crate::by_hand;
use crate::ledgers::mixed_run;
use crate::loads::{ask, busy_doctor, decided};

/// What it said.
pub struct Audit {
    pub code: Option<i32>,
    /// Names of the checks.
    pub all: Vec<String>,
    pub red: Vec<String>,
}

/// Runs it.
pub async fn audit(world: &World) -> Audit {
    let docde = PathBuf::from(from_environment("DOCDE_BIN_DIR")).join("docde");
    assert!(docde.exists(), "{} is missing: cargo build -p docde-cli", docde.display());
    let names = ["DATABASE_URL", "AMQP_URL", "RABBITMQ_UI_URL", "REDIS_URL"];
    let mut command = tokio::process::Command::new(docde);
    command
        .args(["audit", "--json"])
        .env_clear()
        .envs(names.map(|name| (name, world.setting(name).to_owned())));
    let output = command.output().await.expect("docde runs");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let checks = report["checks"].as_array().expect("checks");
    let name = |check: &Value| check["name"].as_str().expect("a name").to_owned();
    let red = checks.iter().filter(|check| check["ok"] == false).map(name).collect();
    Audit { code: output.status.code(), all: checks.iter().map(name).collect(), red }
}

#[tokio::test]
async fn the_audit_is_green_after_a_mixed_run() {
    let world = World::new().await;
    let _services = mixed_run(&world).await;
    let found = audit(&world).await;
    assert_eq!((found.code, found.red), (Some(0), Vec::new()));
    world.finish().await;
}

#[tokio::test]
async fn the_audit_is_red_when_a_message_was_removed() {
    let world = World::new().await;
    let ingress = world.ingress().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    for n in 0..3 {
        ask(&world, &ingress, &patient, &doctor, n).await;
    }
    by_hand::take(&world, "docde.p00", 3, |place| place == 1).await;
    let _worker = world.worker().await;
    decided(&world, 2).await;
    until("the loss to be seen", async || {
        (world.count("SELECT COUNT(*) FROM partition_state WHERE lost = 1").await == 1)
            .then_some(())
    })
    .await;
    let found = audit(&world).await;
    assert_eq!((found.code, found.red), (Some(1), vec!["lost".to_owned()]));
    world.finish_red(&["lost"]).await;
}

/// Every other test ends with it, so it must see what it is for: a check that is red, and one that should be and is not.
#[tokio::test]
async fn the_end_of_a_test_compares_what_is_red() {
    let world = World::new().await;
    let ends = async |red: &[&str]| AssertUnwindSafe(world.ends_with(red)).catch_unwind().await;
    assert!(ends(&[]).await.is_ok() && ends(&["lost"]).await.is_err());
    let lost = sqlx::query("UPDATE partition_state SET lost = 1 WHERE id = 1");
    lost.execute(&world.pool).await.expect("a loss");
    assert!(ends(&[]).await.is_err() && ends(&["lost", "conservation"]).await.is_err());
    world.finish_red(&["lost"]).await;
}

/// What no worker has decided is decided as a test ends, and counted.
#[tokio::test]
async fn the_end_of_a_test_waits_for_what_is_queued() {
    let world = World::new().await;
    let ingress = world.ingress().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    for n in 0..3 {
        assert_eq!(ask(&world, &ingress, &patient, &doctor, n).await.status, 202);
    }
    world.ends_with(&[]).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM request WHERE state = 'confirmed'").await, 3);
    world.remove().await;
}
