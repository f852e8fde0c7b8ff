//! A changed schedule is what the next decision goes by, whoever decides it: the worker that changed it, one that takes over, a
//! second ingress. All keep schedules for ten minutes here, so nothing is right by age.

use docde_tests::until as wait_until;

use crate::stage::{Stage, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_takes_over_decides_by_the_present_schedule() {
    let stage = Stage::without_worker().await;
    // Both will have read the doctor: the partition goes from one to the other and back.
    let first = stage.world.worker().await;
    stage.world.owned().await;
    stage.booked(stage.on("2026-11-24", "17:00")).await;
    let second = stage.world.worker().await;
    stage.world.owned().await;
    stage.booked(stage.on("2026-11-24", "16:00")).await;
    assert_eq!(stage.set(&until("2026-11-25", "12:00")).await.status, 200);
    first.stop().await;
    stage.world.owned().await;
    assert_eq!(stage.tried(stage.on("2026-11-26", "17:00")).await, "SLOT_NOT_OFFERED");
    assert_eq!(stage.set(&until("2026-11-25", "18:00")).await.status, 200);
    let third = stage.world.worker().await;
    stage.world.owned().await;
    second.stop().await;
    stage.world.owned().await;
    assert_eq!(stage.tried(stage.on("2026-11-26", "17:00")).await, "BOOKED");
    drop(third);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_ingress_hears_of_a_changed_schedule() {
    let mut stage = Stage::new().await;
    let other = stage.world.ingress().await;
    let first = std::mem::replace(&mut stage.ingress, other);
    assert_eq!(stage.starts("2026-11-26").await.last().map(String::as_str), Some("17:30"));
    let second = std::mem::replace(&mut stage.ingress, first);
    assert_eq!(stage.set(&until("2026-11-25", "12:00")).await.status, 200);
    stage.ingress = second;
    wait_until("the other ingress to show it", async || {
        (stage.starts("2026-11-26").await.last()? == "11:30").then_some(())
    })
    .await;
    stage.world.finish().await;
}
