//! The index is made anew under writes and searches: nothing that was found is missing meanwhile, nothing is stale, and no
//! search fails.

use docde_tests::wait::until_within;
use platform::search::Index;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::stage::{Place, Stage};

const HOSPITALS: usize = 400;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_under_writes_loses_nothing_and_no_search_notices() {
    let stage = Stage::new().await;
    let ids =
        stage.hospitals(&vec![Place { name: "가온의원", ..Place::default() }; HOSPITALS]).await;
    let before = live(&stage).await;
    let (done, writes, searches) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let writing = async {
        let mut number = 0;
        while !done.load(Relaxed) {
            let id = ids[number % HOSPITALS];
            let name = format!("표식{number}의원");
            stage.rename(id, &name).await;
            // A marker is found within what is promised, in every phase.
            let found =
                until_within("the marker to be found", Duration::from_secs(2), async || {
                    let names = stage.names(&[("q", &name), ("limit", "1")]).await;
                    (names.first() == Some(&name)).then_some(())
                });
            found.await.unwrap_or_else(|error| panic!("{name}: {error}"));
            number += 1;
            writes.fetch_add(1, Relaxed);
        }
    };
    let searching = async {
        while !done.load(Relaxed) {
            let answer = stage.search(&[("sido", "서울"), ("limit", "1")]).await;
            assert_eq!(
                (answer.status, &answer.json["degraded"]),
                (200, &false.into()),
                "{}",
                answer.text
            );
            assert_eq!(answer.json["total"]["count"], HOSPITALS, "all are there, always");
            searches.fetch_add(1, Relaxed);
        }
    };
    let rebuilding = async {
        for _ in 0..2 {
            stage.world.clock.advance(chrono::TimeDelta::seconds(1));
            rebuild(&stage).await;
            let written = writes.load(Relaxed);
            docde_tests::until("some more writes", async || {
                (writes.load(Relaxed) > written + 3).then_some(())
            })
            .await;
        }
        done.store(true, Relaxed);
    };
    tokio::join!(writing, searching, rebuilding);
    stage.in_step().await;
    let after = live(&stage).await;
    assert_ne!(after.name, before.name);
    assert!(searches.load(Relaxed) > 10, "searches went on");
    docde_tests::until("the old indexes to be gone", async || {
        (stage.client.indexes().await.ok()?.len() == 1).then_some(())
    })
    .await;
    stage.finish().await;
}

/// The operators' command, to its end.
pub async fn rebuild(stage: &Stage) {
    let context = cli::Context { env: stage.world.env(), clock: stage.world.clock.clone() };
    let command = cli::args::Command::Index(cli::args::Index::Rebuild { wait: 60 });
    let mut out = Vec::new();
    let finding = cli::run(cli::args::Args { command }, context, &mut out).await;
    assert!(matches!(finding, Ok(cli::Finding::Good)), "{finding:?}");
    assert!(String::from_utf8_lossy(&out).contains("searches go to"));
}

async fn live(stage: &Stage) -> Index {
    let indexes = stage.client.indexes().await.expect("indexes");
    indexes.into_iter().find(|index| index.live).expect("a live index")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_tells_what_differs_and_a_sweep_mends_what_is_missing() {
    let stage = Stage::new().await;
    let ids = stage.hospitals(&[Place::default(); 3]).await;
    assert!(stage.difference().await.is_good());
    // Behind the back of everybody: a name without a revision, and a hospital that is gone.
    sqlx::query("UPDATE hospital SET name = '다른의원' WHERE id = ?")
        .bind(ids[0].uuid())
        .execute(&stage.world.pool)
        .await
        .expect("a name");
    let report = stage.difference().await;
    assert_eq!((report.different, report.missing, report.extra), (1, 0, 0), "{report:?}");
    assert!(report.named[&ids[0].to_string()].contains("differs"), "{report:?}");
    stage.rename(ids[0], "다른의원").await;
    sqlx::query("DELETE FROM hospital WHERE id = ?")
        .bind(ids[1].uuid())
        .execute(&stage.world.pool)
        .await
        .expect("gone");
    stage.in_step().await;
    stage.finish().await;
}
