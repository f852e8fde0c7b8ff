//! Many at once in one line: numbers are unique, without gaps, in broker order, also when workers die (invariant 3).

use docde_tests::api::key;
use docde_tests::{Answer, Patient, until};
use futures_util::future::join_all;
use serde_json::json;
use std::collections::BTreeSet;

use crate::stage::{RECEPTIONS, Stage, ticket};

/// Tickets whose request was decided before that of a lower number, or came from its publisher before it.
const OUT_OF_ORDER: &str = "SELECT COUNT(*) FROM ticket a JOIN request ra ON ra.id = a.request_id
    JOIN ticket b ON b.doctor_id = a.doctor_id AND b.day = a.day AND b.number > a.number JOIN request rb ON rb.id = b.request_id
    WHERE rb.event_seq < ra.event_seq OR (rb.publisher = ra.publisher AND rb.publisher_seq < ra.publisher_seq)";

/// Each answer has a number of its own, from 1 on without a gap, and the rows say the same.
async fn numbered(stage: &Stage, answers: &[Answer]) {
    let number = |answer: &Answer| ticket(answer)["number"].as_u64().expect("a number");
    let numbers: BTreeSet<u64> = answers.iter().map(number).collect();
    assert_eq!(numbers, (1..=answers.len() as u64).collect());
    let rows = stage.world.count("SELECT COUNT(DISTINCT number) FROM ticket").await;
    assert_eq!(usize::try_from(rows), Ok(answers.len()));
    assert_eq!(stage.world.count(OUT_OF_ORDER).await, 0, "decided out of order");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_500_at_once_over_two_ingresses_each_gets_a_number_of_its_own() {
    let stage = Stage::new().await;
    let other = stage.world.ingress().await;
    let patients = stage.world.patients(500).await;
    let body = json!({"doctor_id": stage.doctor.id});
    let tries = patients.iter().enumerate().map(|(n, patient)| {
        let (door, body, key) = (if n % 2 == 0 { &stage.ingress } else { &other }, &body, key());
        let stage = &stage;
        async move { stage.post_at(door, patient, RECEPTIONS, &key, body).await }
    });
    numbered(&stage, &join_all(tries).await).await;
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM line_day WHERE next_number = 501").await, 1);
    stage.world.finish().await;
}

/// App, desk and phone at the same time: one rule for all, and each number says by which way it came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_channels_at_once_share_one_row_of_numbers() {
    let stage = Stage::new().await;
    let clerks = [stage.clerk("receptionist").await, stage.clerk("director").await];
    let patients = stage.world.patients(100).await;
    let body = json!({"doctor_id": stage.doctor.id});
    let app = patients.iter().map(|patient| {
        let (stage, body) = (&stage, &body);
        async move {
            let answer = stage.post(patient, RECEPTIONS, &key(), body).await;
            assert_eq!(answer.status, 201, "{}", answer.text);
            answer
        }
    });
    let desk = (0..100).map(|n| {
        let (stage, clerk) = (&stage, &clerks[n % 2]);
        let channel = if n % 2 == 0 { "desk" } else { "phone" };
        let body = json!({"channel": channel, "name": format!("손님 {n}")});
        async move {
            let answer = stage.post(clerk, &stage.line("/tickets"), &key(), &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            answer
        }
    });
    let (of_app, of_desk) = tokio::join!(join_all(app), join_all(desk));
    let number = |answer: &Answer| answer.json["outcome"]["ticket"]["number"].as_u64();
    let numbers: BTreeSet<_> = of_app.iter().chain(&of_desk).filter_map(number).collect();
    assert_eq!(numbers, (1..=200).collect());
    let channels: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT channel, CAST(status AS CHAR), COUNT(*) FROM ticket GROUP BY channel, status ORDER BY channel",
    )
    .fetch_all(&stage.world.pool)
    .await
    .expect("channels");
    let row = |channel: &str, status: &str, count| (channel.to_owned(), status.to_owned(), count);
    assert_eq!(
        channels,
        [row("app", "booked", 100), row("desk", "arrived", 50), row("phone", "booked", 50)]
    );
    assert_eq!(stage.world.count(OUT_OF_ORDER).await, 0, "decided out of order");
    let sealed = stage.world.count("SELECT COUNT(*) FROM ticket WHERE sealed LIKE 't1.%'").await;
    assert_eq!(sealed, 100, "names are sealed");
    stage.world.finish().await;
}

/// Workers die one after the other while 120 patients ask, each twice under two keys.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_have_no_gaps_though_workers_die() {
    let stage = Stage::without_worker("2026-11-23T10:00:00+09:00").await;
    let mut worker = stage.world.worker().await;
    stage.world.owned().await;
    let patients = stage.world.patients(120).await;
    let ask = |patient: &Patient| {
        let (stage, patient) = (&stage, patient.clone());
        async move {
            let request = stage.take_async(&patient).await.request_id();
            (patient, request)
        }
    };
    let mut requests = Vec::new();
    for (round, some) in patients.chunks(40).enumerate() {
        requests.extend(join_all(some.iter().chain(some).map(ask)).await);
        let decided = i64::try_from(round * 40 + 1).expect("few");
        until("some to be decided", async || {
            let so_far = stage.world.count("SELECT COUNT(*) FROM ticket").await;
            (so_far >= decided).then_some(())
        })
        .await;
        worker.kill().await;
        worker = stage.world.worker().await;
    }
    let mut tickets = BTreeSet::new();
    for (patient, request) in requests {
        let decided = stage.world.decided(&stage.ingress, &patient, request).await;
        let ticket = &decided.json["outcome"]["ticket"];
        tickets.insert((patient.id.to_string(), ticket["number"].as_u64().expect("a number")));
    }
    let numbers: BTreeSet<u64> = tickets.iter().map(|(_, number)| *number).collect();
    assert_eq!((tickets.len(), numbers), (120, (1..=120).collect()), "one each, no gap");
    assert_eq!(stage.world.count(OUT_OF_ORDER).await, 0, "decided out of order");
    stage.world.finish().await;
}
