//! The index is made anew, twice, under a steady load of writes and searches. Every search is checked for what it shows:
//! the hospital is there, as it was two seconds ago or newer, and the engine answered.

use docde_tests::wait::until_within;
use domain::ids::HospitalId;
use platform::search::revision_store;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::rebuild::rebuild;
use crate::stage::{Place, Stage};

const HOSPITALS: usize = 400;
/// Hospitals of a transaction.
const AT_ONCE: usize = 10;
/// What is written is found after this.
const PROMISED: Duration = Duration::from_secs(2);
/// The short form runs on machines that do other things beside it.
const SHORT_FORM: Duration = Duration::from_secs(5);
/// Between two markers whose way into the index is timed.
const MARK_EVERY: Duration = Duration::from_millis(500);

/// What was written of one hospital: numbers with the instants after their commits, the newest last.
type Written = Mutex<Vec<(Instant, usize)>>;

/// What the searches found.
#[derive(Default)]
struct Counts {
    writes: AtomicU64,
    searches: AtomicU64,
    markers: AtomicU64,
    slowest_marker_ms: AtomicU64,
    stale: AtomicU64,
    missing: AtomicU64,
    failed: AtomicU64,
}

struct Load {
    stage: Stage,
    ids: Vec<HospitalId>,
    written: Vec<Written>,
    counts: Counts,
    done: AtomicBool,
    promised: Duration,
}

impl Load {
    /// Names some hospitals after a number, in one transaction.
    async fn write(&self, first: usize, number: usize) {
        let mut transaction = self.stage.world.pool.begin().await.expect("a transaction");
        let chosen: Vec<usize> = (0..AT_ONCE).map(|step| (first + step * 37) % HOSPITALS).collect();
        let ids: Vec<HospitalId> = chosen.iter().map(|at| self.ids[*at]).collect();
        let marks = vec!["?"; ids.len()].join(", ");
        let sql = format!("UPDATE hospital SET name = ? WHERE id IN ({marks})");
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(format!("표식{number}의원"));
        for id in &ids {
            query = query.bind(id.uuid());
        }
        query.execute(&mut *transaction).await.expect("names");
        revision_store::raise(&mut transaction, &ids).await.expect("revisions");
        transaction.commit().await.expect("a commit");
        for at in chosen {
            let mut written = self.written[at].lock().unwrap_or_else(PoisonError::into_inner);
            written.push((Instant::now(), number));
        }
        self.counts.writes.fetch_add(AT_ONCE as u64, Relaxed);
    }

    async fn write_on(&self, a_second: usize) {
        let mut paced =
            tokio::time::interval(Duration::from_secs_f64(AT_ONCE as f64 / a_second as f64));
        let mut number = 0;
        while !self.done.load(Relaxed) {
            paced.tick().await;
            number += 1;
            self.write(number * AT_ONCE * 7, number).await;
        }
    }

    /// The least number that the hospital has to show from now on.
    fn least(&self, at: usize) -> usize {
        let written = self.written[at].lock().unwrap_or_else(PoisonError::into_inner);
        let old = written.iter().rev().find(|(since, _)| since.elapsed() >= self.promised);
        old.map_or(0, |(_, number)| *number)
    }

    async fn search(&self, at: usize) {
        let least = self.least(at);
        let answer = self.stage.search(&[("sigungu", &region(at))]).await;
        self.counts.searches.fetch_add(1, Relaxed);
        let items = answer.json["items"].as_array().cloned().unwrap_or_default();
        let name = items.first().and_then(|hit| hit["name"].as_str()).unwrap_or_default();
        let number = name.trim_start_matches("표식").trim_end_matches("의원").parse().unwrap_or(0);
        let counted = if answer.status != 200 || answer.json["degraded"] != false {
            &self.counts.failed
        } else if items.len() != 1 {
            &self.counts.missing
        } else if number < least {
            &self.counts.stale
        } else {
            return;
        };
        counted.fetch_add(1, Relaxed);
        println!("{at}: at least {least}, {}", answer.text);
    }

    async fn search_on(&self, a_second: usize) {
        let mut paced = tokio::time::interval(Duration::from_secs_f64(1.0 / a_second as f64));
        let mut at = 0;
        while !self.done.load(Relaxed) {
            paced.tick().await;
            at = (at + 13) % HOSPITALS;
            self.search(at).await;
        }
    }

    /// A hospital of its own gets a name that there never was, and is found by it as soon as is promised.
    async fn mark_on(&self, marked: HospitalId) {
        let mut number = 0;
        while !self.done.load(Relaxed) {
            number += 1;
            let name = format!("이정표{number}병원");
            self.stage.rename(marked, &name).await;
            let from = Instant::now();
            let found = until_within("a marker to be found", self.promised, async || {
                let names = self.stage.names(&[("q", &name), ("limit", "1")]).await;
                (names.first() == Some(&name)).then_some(())
            });
            found.await.unwrap_or_else(|error| panic!("{name}: {error}"));
            let took = u64::try_from(from.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.counts.slowest_marker_ms.fetch_max(took, Relaxed);
            self.counts.markers.fetch_add(1, Relaxed);
            tokio::time::sleep(MARK_EVERY).await;
        }
    }
}

fn region(at: usize) -> String {
    format!("검사{at}구")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_under_load_shows_nothing_stale_and_misses_nothing() {
    let (writes, searches) = (docde_tests::long::or(60, 500), docde_tests::long::or(10, 50));
    let rebuilds = docde_tests::long::or(1, 3);
    let stage = Stage::new().await;
    let marked = stage.hospital(Place { name: "이정표0병원", ..Place::default() }).await;
    let ids = crate::stage::make(&stage.world, &vec![Place::default(); HOSPITALS]).await;
    for (at, id) in ids.iter().enumerate() {
        sqlx::query("UPDATE hospital SET sigungu = ? WHERE id = ?")
            .bind(region(at))
            .bind(id.uuid())
            .execute(&stage.world.pool)
            .await
            .expect("a region");
    }
    let mut transaction = stage.world.pool.begin().await.expect("a transaction");
    revision_store::raise(&mut transaction, &ids).await.expect("revisions");
    transaction.commit().await.expect("a commit");
    stage.in_step().await;
    let written = ids.iter().map(|_| Written::default()).collect();
    let promised = if rebuilds > 1 { PROMISED } else { SHORT_FORM };
    let load = Load {
        stage,
        ids,
        written,
        counts: Counts::default(),
        done: AtomicBool::new(false),
        promised,
    };
    let from = Instant::now();
    let rebuilding = async {
        for _ in 0..rebuilds {
            tokio::time::sleep(PROMISED).await;
            load.stage.world.clock.advance(chrono::TimeDelta::seconds(1));
            rebuild(&load.stage).await;
            tokio::time::sleep(PROMISED).await;
        }
        load.done.store(true, Relaxed);
    };
    tokio::join!(load.write_on(writes), load.search_on(searches), load.mark_on(marked), rebuilding);
    let Load { stage, counts, .. } = load;
    let of = |count: &AtomicU64| count.load(Relaxed);
    let (seconds, Counts { writes, searches, markers, .. }) =
        (from.elapsed().as_secs_f64(), &counts);
    println!(
        "{rebuilds} rebuilds in {seconds:.1} s: {} writes, {} searches: {} stale, {} missing, {} failed; {} markers, the slowest found after {} ms",
        of(writes),
        of(searches),
        of(&counts.stale),
        of(&counts.missing),
        of(&counts.failed),
        of(markers),
        of(&counts.slowest_marker_ms)
    );
    assert_eq!(
        [of(&counts.stale), of(&counts.missing), of(&counts.failed)],
        [0, 0, 0],
        "stale, missing, failed"
    );
    assert!(of(markers) > 3 && of(searches) > 20, "they went on all the while");
    stage.in_step().await;
    stage.finish().await;
}
