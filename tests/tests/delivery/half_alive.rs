//! A service does not go on with a part of its tasks: one that dies ends the process with a failure code, whichever
//! it is. Otherwise a service that can do nothing any more would go on saying that it is ready.

use docde_tests::{World, until};
use platform::tasks;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// Every long-lived task: the program that has it, and the round in which it panics. The second where it comes round
/// by itself, so that the service is at work by then.
const TASKS: [(&str, &str, u32); 29] = [
    ("ingress", "signals", 1),
    ("ingress", "health", 2),
    ("ingress", "publisher", 2),
    ("ingress", "outcomes", 1),
    ("ingress", "feed", 1),
    ("ingress", "days", 1),
    ("ingress", "directory", 1),
    ("ingress", "redis_batcher", 1),
    ("ingress", "late_markers", 1),
    ("ingress", "marker_coverage", 1),
    ("ingress", "levers", 2),
    ("ingress", "sessions", 2),
    ("ingress", "mail", 2),
    ("ingress", "leftovers", 1),
    ("ingress", "deletions", 1),
    ("workers", "outcome_publisher", 2),
    ("workers", "dead_letters", 1),
    ("workers", "owner", 1),
    ("workers", "renewal", 1),
    ("workers", "timers", 1),
    ("notifier", "health", 2),
    ("notifier", "outcomes", 1),
    ("notifier", "follower", 2),
    ("notifier", "places", 2),
    ("notifier", "boards", 2),
    ("notifier", "sessions", 2),
    ("notifier", "waiting", 1),
    ("indexer", "outcomes", 1),
    ("indexer", "index", 2),
];

#[tokio::test]
async fn a_long_lived_task_that_panics_ends_its_process() {
    let tested: BTreeSet<_> = TASKS.iter().map(|(_, task, _)| *task).collect();
    assert_eq!(tested, BTreeSet::from(tasks::NAMES), "every long-lived task is tried");
    let mut world = World::new().await;
    world.set("MAIL_URL", "smtp://127.0.0.1:1");
    world.set("SEARCH_URL", "http://127.0.0.1:1");
    world.set("DOCDE_MAIL_FROM", "DocDe <no-reply@docde.test>");
    for (program, task, round) in TASKS {
        ends_with_a_failure(&world, program, task, round).await;
    }
    world.finish().await;
}

/// Starts the program with the panic armed and waits for its end.
async fn ends_with_a_failure(world: &World, program: &str, task: &str, round: u32) {
    let bin = std::env::var("DOCDE_BIN_DIR")
        .expect("DOCDE_BIN_DIR is not set: run the tests with `./dev test`");
    let file = std::env::temp_dir().join(format!("{}.{program}.{task}.json", world.vhost));
    let mut command = Command::new(PathBuf::from(bin).join(format!("docde-{program}")));
    let child = command
        .env_clear()
        .envs(world.settings())
        .env("DOCDE_RUN_FILE", &file)
        .env("DOCDE_CRASH", format!("panic:{task}:{round}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the program: cargo build --workspace");
    let ended = child.wait_with_output();
    let ended = async {
        tokio::select! {
            ended = ended => ended.expect("its end"),
            () = ask_for_its_health(world, &file), if task == "health" => unreachable!("it asks for ever"),
        }
    };
    let ended = tokio::time::timeout(Duration::from_mins(1), ended)
        .await
        .unwrap_or_else(|_| panic!("{program} goes on without its task {task}"));
    let _ = std::fs::remove_file(&file);
    let log = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{program} without {task}: {log}");
    // What the service says last may be a consequence of the panic: a listener whose subscription is gone.
    assert!(log.contains(&format!("crash point panic:{task} reached")), "{program}: {log}");
}

/// Each question is one more round of the task that answers.
async fn ask_for_its_health(world: &World, file: &std::path::Path) {
    let health = until("the service to say where it is", async || {
        let facts: serde_json::Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        facts["health"].as_str().map(str::to_owned)
    })
    .await;
    loop {
        let _ = world.http.get(format!("http://{health}/live")).send().await;
        tokio::task::yield_now().await;
    }
}

/// The same inside a test's own process, so that no test goes on with a service that is half alive.
#[tokio::test]
async fn a_service_of_a_test_ends_with_its_task() {
    let world = World::new().await;
    let (ingress, worker, notifier) =
        (world.ingress().await, world.worker().await, world.notifier().await);
    for (service, task) in
        [(ingress, "feed"), (worker, "outcome_publisher"), (notifier, "follower")]
    {
        service.tasks.spawn(task, async { panic!("on purpose") });
        let error = service.ended().await.expect_err("it does not go on").to_string();
        assert_eq!(error, format!("the task {task} panicked"));
    }
    world.finish().await;
}
