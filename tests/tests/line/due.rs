//! What falls due in a line: it happens once, whatever became of the worker meanwhile, and its people are told.

use chrono::TimeDelta;
use docde_tests::{Patient, Socket, until};
use serde_json::json;

use crate::stage::{Stage, office_hours, path_of};

/// Waits until the stage's world counts so many.
pub async fn counts(stage: &Stage, what: &str, sql: &'static str, wanted: i64) {
    until(what, async || (stage.world.count(sql).await == wanted).then_some(())).await;
}

pub async fn status(stage: &Stage, patient: &Patient, ticket: &serde_json::Value) -> String {
    let shown = stage.get(patient, &path_of(ticket)).await;
    shown.json["status"].as_str().expect("a status").to_owned()
}

const ENDED: &str = "SELECT COUNT(*) FROM request WHERE kind = 'end_day' AND state = 'confirmed'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_end_of_reception_who_still_waits_is_cancelled_and_told() {
    let stage = Stage::new().await;
    let notifier = stage.world.notifier().await;
    let clerk = stage.clerk("receptionist").await;
    let people = stage.world.patients(3).await;
    let mut tickets = Vec::new();
    for patient in &people {
        tickets.push(stage.taken(patient).await);
    }
    stage.step(&clerk, &tickets[0], 1, "arrive").await;
    assert_eq!(stage.next(&clerk, None).await.status, 200);
    stage.step(&clerk, &tickets[1], 1, "arrive").await;
    let mut socket = Socket::open(&notifier, &people[2], None).await;
    stage.world.clock.advance(TimeDelta::hours(8));
    counts(&stage, "the day to end", ENDED, 1).await;
    for (n, expected) in ["checked_in", "cancelled", "cancelled"].into_iter().enumerate() {
        assert_eq!(status(&stage, &people[n], &tickets[n]).await, expected, "{n}");
    }
    let told = socket.next().await.expect("a notice");
    assert_eq!(
        (&told["type"], &told["code"], &told["ticket"]["status"]),
        (&json!("notice"), &json!("DAY_OVER"), &json!("cancelled")),
        "{told}"
    );
    let said = "SELECT COUNT(*) FROM ticket_change WHERE reason = 'day_over'";
    assert_eq!(stage.world.count(said).await, 2);
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM timer").await, 0, "it has fired");
    stage.world.finish().await;
}

/// Twelve lines end while no worker runs. Then workers come and die, and each line ends once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fell_due_while_no_worker_ran_happens_once_though_workers_die() {
    const LINES: i64 = 12;
    let stage = Stage::without_worker("2026-11-23T10:00:00+09:00").await;
    let worker = stage.world.worker().await;
    stage.world.owned().await;
    for _ in 0..LINES {
        let doctor = stage.world.doctor_at(stage.doctor.hospital, &office_hours()).await;
        let patient = stage.world.patient().await;
        assert_eq!(stage.take_with(&patient, &doctor).await.status, 201);
    }
    worker.stop().await;
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM timer").await, LINES);
    stage.world.clock.advance(TimeDelta::hours(9));
    for ended in [1, 2, LINES] {
        let worker = stage.world.worker().await;
        until("some lines to end", async || {
            (stage.world.count(ENDED).await >= ended).then_some(())
        })
        .await;
        worker.kill().await;
    }
    let _worker = stage.world.worker().await;
    counts(&stage, "all lines to end", ENDED, LINES).await;
    let once = "SELECT COUNT(*) FROM ticket WHERE status = 'cancelled' AND revision = 2";
    assert_eq!(stage.world.count(once).await, LINES);
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM timer").await, 0);
    stage.world.finish().await;
}
