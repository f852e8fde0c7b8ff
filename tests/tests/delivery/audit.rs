//! `docde audit`, the operators' own recount: green after a mixed run, red once a message was removed behind the system's
//! back or a row was tampered with.

use docde_tests::{World, until};
use serde_json::Value;
use std::path::PathBuf;

use crate::books::mixed_run;
use crate::hand;
use crate::loads::{ask, busy_doctor, decided};

/// Runs it: the exit code, and the names of the checks that are red.
async fn audit(world: &World) -> (Option<i32>, Vec<String>) {
    let bin = std::env::var("DOCDE_BIN_DIR").expect("DOCDE_BIN_DIR is not set: run the tests with `./dev test`");
    let docde = PathBuf::from(bin).join("docde");
    assert!(docde.exists(), "{} is missing: cargo build -p docde-cli", docde.display());
    let names = ["DATABASE_URL", "AMQP_URL", "RABBITMQ_UI_URL", "REDIS_URL"];
    let mut command = tokio::process::Command::new(docde);
    command.args(["audit", "--json"]).env_clear().envs(names.map(|name| (name, world.setting(name).to_owned())));
    let output = command.output().await.expect("docde runs");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let checks = report["checks"].as_array().expect("checks").iter().filter(|check| check["ok"] == false);
    (output.status.code(), checks.map(|check| check["name"].as_str().expect("a name").to_owned()).collect())
}

#[tokio::test]
async fn the_audit_is_green_after_a_mixed_run_and_red_after_tampering() {
    let world = World::new().await;
    let _services = mixed_run(&world).await;
    assert_eq!(audit(&world).await, (Some(0), Vec::new()));
    sqlx::query("DELETE FROM booked_time LIMIT 1").execute(&world.pool).await.expect("tampered");
    let (code, red) = audit(&world).await;
    assert_eq!(code, Some(1), "{red:?}");
    assert!(!red.is_empty());
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
    hand::take(&world, "docde.p00", 3, |place| place == 1).await;
    let _worker = world.worker().await;
    decided(&world, 2).await;
    until("the loss to be seen", async || (world.count("SELECT COUNT(*) FROM partition_state WHERE lost = 1").await == 1).then_some(()))
        .await;
    let (code, red) = audit(&world).await;
    assert_eq!((code, red), (Some(1), vec!["lost".to_owned()]));
    world.finish().await;
}
