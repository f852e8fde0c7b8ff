//! The bench measures what there is: small loads on the real services, judged by its JSON and by rows of the database. It is
//! a binary of its own, which cargo runs when no other does.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

use bench::cost::{broker_syncs, counters_store};
use docde_tests::world::from_environment;
use docde_tests::{World, api, until};
use platform::config::Env;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use tokio::process::{Child, Command};

/// Requests of an opening.
const REQUESTS: u64 = 300;

/// Run files of a world's services, as `./dev` has them, and a worker that is a process: metrics are a process's.
struct Set {
    folder: PathBuf,
    _worker: Child,
}

impl Set {
    async fn start(world: &World) -> Self {
        let folder = std::env::temp_dir().join(&world.vhost);
        let run = folder.join("run");
        std::fs::create_dir_all(&run).expect("a folder");
        let (ingress, notifier) = (world.ingress().await, world.notifier().await);
        for (name, address) in [("ingress-1", ingress.address), ("notifier-1", notifier.address)] {
            let facts = json!({"pid": std::process::id(), "http": address.to_string()});
            std::fs::write(run.join(format!("{name}.json")), facts.to_string()).expect("a file");
        }
        let servers = Path::new(&from_environment("DOCDE_DEV_DIR")).join("run/mariadb.json");
        std::fs::copy(servers, run.join("mariadb.json")).expect("the database's run file");
        let bin = PathBuf::from(from_environment("DOCDE_BIN_DIR"));
        let worker = Command::new(bin.join("docde-workers"))
            .env_clear()
            .envs(world.settings())
            .env("DOCDE_RUN_FILE", run.join("workers-1.json"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the worker's binary: cargo build -p docde-workers");
        world.owned().await;
        Self { folder, _worker: worker }
    }

    /// Runs the bench: how it ended, and what it wrote.
    async fn bench(&self, world: &World, arguments: &[&str]) -> (ExitStatus, Vec<Value>) {
        let bin = from_environment("DOCDE_BIN_DIR");
        let json = self.folder.join("bench.json");
        let output = Command::new(PathBuf::from(&bin).join("docde-bench"))
            .arg("run")
            .args(arguments)
            .args(["--doctors", "50", "--seconds", "1"])
            .args(["--requests", &REQUESTS.to_string(), "--connections", "40"])
            .args(["--variants", "read-committed", "--pools", "8", "--clients", "16"])
            .arg("--json")
            .arg(&json)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .envs(world.settings())
            .env("DOCDE_DEV_DIR", &self.folder)
            .env("DOCDE_BIN_DIR", &bin)
            .env("DOCDE_BASELINE_DATABASE_URL", world.setting("DATABASE_URL"))
            .stdin(Stdio::null())
            .output()
            .await
            .expect("the bench's binary: cargo build -p docde-bench");
        let said = String::from_utf8_lossy(&output.stderr);
        let text = std::fs::read(&json).unwrap_or_else(|error| panic!("{error}: {said}"));
        let report: Value = serde_json::from_slice(&text).expect("JSON");
        (output.status, report["loads"].as_array().expect("loads").clone())
    }

    fn remove(self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn positive(value: &Value) -> bool {
    value.as_f64().is_some_and(|value| value > 0.0)
}

/// What a load says of both sides.
fn judge(row: &Value) {
    let both =
        ["/cpu_us/ingress", "/cpu_us/workers", "/cpu_us/mariadbd", "/baseline_cpu_us/baseline"];
    let more =
        ["/baseline_cpu_us/mariadbd", "/fdatasyncs/mariadbd", "/baseline_fdatasyncs/mariadbd"];
    let figures = ["/ratio", "/committed_per_s", "/baseline_per_s", "/statements_per_batch"];
    for member in both.iter().chain(&more).chain(&figures) {
        assert!(row.pointer(member).is_some_and(positive), "{member}: {row:#}");
    }
    // The direct service is measured with its database alone, whatever else runs.
    assert_eq!(row["baseline_cpu_us"].as_object().map(serde_json::Map::len), Some(2), "{row:#}");
    for member in ["lost", "double", "expired", "untold"] {
        assert_eq!(row[member], 0, "{member}: {row:#}");
    }
    assert_eq!(row["audit"], true, "{row:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bench_says_for_both_sides_what_a_booking_costs_and_when_it_is_known() {
    let world = World::new().await;
    let set = Set::start(&world).await;
    let (status, loads) = set.bench(&world, &["uniform", "opening"]).await;
    assert!(status.success(), "{status}: {loads:#?}");
    let [uniform, opening] = loads.as_slice() else { panic!("two loads: {loads:#?}") };
    judge(uniform);
    for side in ["told_ms", "baseline_told_ms"] {
        for percent in ["30", "50", "70"] {
            let [p50, p99] = [0, 1].map(|at| uniform[side][percent][at].as_f64().expect("ms"));
            assert!(0.0 < p50 && p50 <= p99, "{side} at {percent} %: {p50} {p99}");
        }
    }
    assert_eq!(uniform["told_ms"]["70"][1], uniform["told_p99_ms"]);
    judge(opening);
    let figures = &opening["opening"];
    assert_eq!((&figures["requests"], &figures["connections"]), (&json!(REQUESTS), &json!(40)));
    assert_eq!((&figures["sockets"], &figures["http_connections"]), (&json!(20), &json!(20)));
    for (name, side) in [("docde", figures), ("baseline", &figures["baseline"])] {
        let [late, known, last] =
            ["/late_ms/1", "/outcome_ms/2", "/last_outcome_ms"].map(|at| side.pointer(at));
        assert!(
            [late, known, last].into_iter().flatten().filter(|ms| positive(ms)).count() == 3,
            "{name}: {side:#}"
        );
        assert!(known.and_then(Value::as_f64) <= last.and_then(Value::as_f64), "{name}: {side:#}");
    }
    let failures = figures["failures"].as_object().expect("failures");
    assert!(failures.values().all(|count| *count == 0), "{figures:#}");
    // Three openings, each patient of whom has one booking; families of the other loads are larger.
    let families = "SELECT COUNT(*) FROM booking WHERE account_id IN
         (SELECT account_id FROM patient GROUP BY account_id HAVING COUNT(*) = 15)";
    let booked: i64 = sqlx::query_scalar(families).fetch_one(&world.pool).await.expect("a count");
    assert_eq!(u64::try_from(booked).expect("a count"), 3 * REQUESTS);
    set.remove();
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_refused_for_load_is_a_failure_of_the_opening_and_ends_the_bench_red() {
    let mut world = World::new().await;
    world.set("DOCDE_RATE_PER_ACCOUNT", "1");
    world.set("DOCDE_RATE_BURST", "5");
    let set = Set::start(&world).await;
    let (status, loads) = set.bench(&world, &["opening", "--side", "docde"]).await;
    assert_eq!(status.code(), Some(1), "{loads:#?}");
    let [opening] = loads.as_slice() else { panic!("one load: {loads:#?}") };
    assert!(positive(&opening["opening"]["failures"]["busy"]), "{opening:#}");
    assert_eq!((&opening["lost"], &opening["untold"]), (&json!(0), &json!(0)), "{opening:#}");
    set.remove();
    world.finish().await;
}

#[tokio::test]
async fn flushes_and_statements_are_those_that_the_servers_count() {
    let world = World::new().await;
    let env = Env::from_pairs(
        ["DOCDE_DEV", "DOCDE_DEV_DIR"].map(|name| (name.to_owned(), from_environment(name))),
    );
    let (ingress, doctor, patient) =
        (world.ingress().await, world.doctor().await, world.patient().await);
    let before = broker_syncs::read(&env).await.expect("the broker says it");
    let body =
        json!({"doctor_id": doctor.id, "starts_at": api::text(doctor.on(&world, 2, "09:00"))});
    let answer = world.post_async(&ingress, &patient, "/v1/bookings", &api::key(), &body).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let after = broker_syncs::read(&env).await.expect("the broker says it");
    assert!(after > before, "accepted is on disk: {before}, {after}");
    assert_eq!(broker_syncs::read(&Env::default()).await, None, "nobody to ask");

    let counters = counters_store::read(&world.pool).await.expect("the counters");
    for n in 0..10 {
        sqlx::query("INSERT INTO account (id, created_at) VALUES (?, '2026-11-27')")
            .bind(uuid::Uuid::from_u128(n))
            .execute(&world.pool)
            .await
            .expect("a row");
    }
    let later = counters_store::read(&world.pool).await.expect("the counters");
    assert!(later.syncs >= counters.syncs + 10, "each commit is on disk: {counters:?} {later:?}");
    assert!(later.statements >= counters.statements + 10, "{counters:?} {later:?}");
    let _worker = world.worker().await;
    until("the booking to be decided", async || {
        let decided = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM booking");
        (decided.fetch_one(&world.pool).await.ok()? == 1).then_some(())
    })
    .await;
    world.finish().await;
}
