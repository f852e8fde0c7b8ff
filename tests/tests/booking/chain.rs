//! Times given back and taken again within one batch (P9): each is freed before another takes it.

use docde_tests::api::key;

use crate::change::{queue_move, stands};
use crate::stage::Stage;

/// Times given back and taken again within one transaction, in a ring, and a time passed on twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_of_moves_is_decided_in_one_batch() {
    let mut stage = Stage::new().await;
    let [a, b, c] = [stage.patient().await, stage.patient().await, stage.patient().await];
    let [ten, eleven, twelve] = ["10:00", "11:00", "12:00"].map(|at| stage.slot(at));
    let (of_a, of_b) = (stage.booked(&a, ten).await, stage.booked(&b, eleven).await);
    stage.stop_workers().await;
    let wanted = [
        (&b, queue_move(&stage, &b, of_b, ten).await, "SLOT_TAKEN"),
        (&a, queue_move(&stage, &a, of_a, twelve).await, ""),
        (&b, queue_move(&stage, &b, of_b, ten).await, ""),
        (&a, queue_move(&stage, &a, of_a, eleven).await, ""),
        (&c, stage.book_async(&c, &stage.doctor, twelve, &key()).await, ""),
        (
            &c,
            stage.book_async(&c, &stage.doctor, stage.slot("12:15"), &key()).await,
            "TOO_MANY_BOOKINGS",
        ),
    ];
    stage.start_worker().await;
    let mut batches = std::collections::HashSet::new();
    for (patient, request, code) in wanted {
        let answer = stage.decided(patient, request).await;
        assert_eq!(
            answer.json["outcome"]["code"].as_str().unwrap_or_default(),
            code,
            "{}",
            answer.text
        );
        batches.insert(answer.json["decided_at"].to_string());
    }
    assert_eq!(batches.len(), 1, "one instant, so one transaction");
    stands(&stage, &a, of_a, eleven, 3).await;
    stands(&stage, &b, of_b, ten, 2).await;
    stage.finish().await;
}

/// Three bookings pass their times round in a ring; each time is freed before another takes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_bookings_exchange_their_times_in_one_batch() {
    let mut stage = Stage::new().await;
    let [a, b, c] = [stage.patient().await, stage.patient().await, stage.patient().await];
    let [ten, eleven, twelve] = ["10:00", "11:00", "12:00"].map(|at| stage.slot(at));
    let (of_a, of_b, of_c) = (
        stage.booked(&a, ten).await,
        stage.booked(&b, eleven).await,
        stage.booked(&c, twelve).await,
    );
    stage.stop_workers().await;
    let moves =
        [(&a, of_a, stage.slot("09:00")), (&b, of_b, ten), (&c, of_c, eleven), (&a, of_a, twelve)];
    let mut requests = Vec::new();
    for (patient, booking, to) in moves {
        requests.push((patient, queue_move(&stage, patient, booking, to).await));
    }
    stage.start_worker().await;
    let mut batches = std::collections::HashSet::new();
    for (patient, request) in requests {
        let answer = stage.decided(patient, request).await;
        assert_eq!(answer.state(), "confirmed", "{}", answer.text);
        batches.insert(answer.json["decided_at"].to_string());
    }
    assert_eq!(batches.len(), 1, "one instant, so one transaction");
    stands(&stage, &a, of_a, twelve, 3).await;
    stands(&stage, &b, of_b, ten, 2).await;
    stands(&stage, &c, of_c, eleven, 2).await;
    stage.finish().await;
}
