//! The indexer's process is killed with -9 anywhere, under load, and the one that comes after it leaves no difference.

use docde_tests::world::from_environment;
use docde_tests::{Chance, until};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use tokio::process::{Child, Command};

use crate::stage::{Place, Stage, client, monday, world};

const HOSPITALS: usize = 300;
/// Chooses when it is killed.
const SEED: u64 = 14;

fn start(stage: &Stage) -> Child {
    let bin = PathBuf::from(from_environment("DOCDE_BIN_DIR"));
    Command::new(bin.join("docde-indexer"))
        .env_clear()
        .envs(stage.world.settings())
        .env("DOCDE_CLOCK", "2026-11-23T10:00:00+09:00,0")
        .env("DOCDE_LISTEN", "127.0.0.1:0")
        .env("DOCDE_HEALTH_LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the indexer's binary: cargo build -p docde-indexer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_indexer_that_is_killed_again_and_again_leaves_no_difference() {
    let kills = docde_tests::long::or(3, 20);
    let world = world(monday()).await;
    let (client, ingress) = (client(&world), world.ingress().await);
    let stage = Stage { world, ingress, client };
    let ids = crate::stage::make(&stage.world, &vec![Place::default(); HOSPITALS]).await;
    let (mut chance, done, writes) = (Chance::new(SEED), AtomicBool::new(false), AtomicU64::new(0));
    let writing = async {
        let mut number = 0_usize;
        while !done.load(Relaxed) {
            stage.rename(ids[number * 7 % HOSPITALS], &format!("이름{number}의원")).await;
            number += 1;
            writes.fetch_add(1, Relaxed);
        }
    };
    let killing = async {
        for _ in 0..kills {
            let mut indexer = start(&stage);
            tokio::time::sleep(chance.millis(0, 2_500)).await;
            assert!(
                indexer.try_wait().expect("its state").is_none(),
                "it lives until it is killed"
            );
            indexer.kill().await.expect("killed");
        }
        done.store(true, Relaxed);
    };
    tokio::join!(writing, killing);
    let last = start(&stage);
    stage.searched().await;
    until("no difference", async || stage.difference().await.is_good().then_some(())).await;
    let report = stage.difference().await;
    assert_eq!((report.documents, report.hospitals), (HOSPITALS, HOSPITALS));
    println!("seed {SEED}: {kills} kills, {} writes, {report:?}", writes.load(Relaxed));
    drop(last);
    stage.finish().await;
}
