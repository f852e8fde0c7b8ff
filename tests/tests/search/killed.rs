//! The indexer dies anywhere, under load, and the one that comes after it leaves no difference.

use docde_tests::{Chance, until};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::stage::{Place, Stage, client, monday, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_indexer_that_is_killed_again_and_again_leaves_no_difference() {
    let kills = docde_tests::long::or(5, 20);
    let world = world(monday()).await;
    let (client, ingress) = (client(&world), world.ingress().await);
    let stage = Stage { world, ingress, client };
    let ids = crate::stage::make(&stage.world, &vec![Place::default(); 300]).await;
    let (mut chance, done) = (Chance::new(14), AtomicBool::new(false));
    let writing = async {
        let mut number = 0_usize;
        while !done.load(Relaxed) {
            stage.rename(ids[number * 7 % ids.len()], &format!("이름{number}의원")).await;
            number += 1;
        }
    };
    let killing = async {
        for _ in 0..kills {
            let indexer = stage.world.indexer().await;
            tokio::time::sleep(chance.millis(0, 1_500)).await;
            indexer.kill().await;
        }
        done.store(true, Relaxed);
    };
    tokio::join!(writing, killing);
    stage.world.indexer().await;
    stage.searched().await;
    until("no difference", async || stage.difference().await.is_good().then_some(())).await;
    stage.finish().await;
}
