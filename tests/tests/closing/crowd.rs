//! Many at once: a closing that more bookings than one command ends, a worker that dies in the middle of it, and a race.

use docde_tests::Patient;
use futures_util::future::join_all;
use serde_json::json;

use crate::stage::{Stage, closed};

/// Active bookings of closed time.
const IN_CLOSED_TIME: &str =
    "SELECT COUNT(*) FROM booking b JOIN closure c ON c.hospital_id = b.hospital_id
    JOIN closure_span s ON s.closure_id = c.id
    WHERE b.starts_at < s.ends_at AND b.ends_at > s.starts_at AND b.status <> 'cancelled'";

async fn all_booked(stage: &Stage, patients: &[Patient]) {
    let tries = (0..).zip(patients).map(|(n, patient)| stage.booked(patient, stage.visit(n)));
    join_all(tries).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_goes_on_until_all_are_ended_though_its_worker_dies() {
    const BOOKINGS: usize = 450;
    let (stage, worker) = Stage::new().await;
    let patients = stage.world.patients(BOOKINGS).await;
    all_booked(&stage, &patients).await;
    let body = json!({"first_day": "2026-11-25", "last_day": "2026-12-25", "reason": "leave"});
    let answer = stage.close(&body).await;
    let closing = closed(&answer);
    assert_eq!(
        (&closing["state"], &closing["ended"]),
        (&json!("ending"), &json!(domain::closing::ENDED_AT_ONCE)),
    );
    worker.kill().await;
    let _worker = stage.worker().await;
    let done = stage.ended(answer.header("location")).await;
    assert_eq!((&done["ended"], &done["revision"]), (&json!(BOOKINGS), &json!(3)));
    assert_eq!(stage.world.count(IN_CLOSED_TIME).await, 0);
    let told = "SELECT COUNT(DISTINCT account_id) FROM event WHERE kind = 'notice' AND document LIKE '%BOOKING_CLOSED%'";
    assert_eq!(stage.world.count(told).await, 450, "each patient is told");
    let twice =
        "SELECT COUNT(*) FROM event WHERE kind = 'notice' AND document LIKE '%BOOKING_CLOSED%'";
    assert_eq!(stage.world.count(twice).await, 450, "once");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_who_race_a_closing_nobody_is_booked_in_closed_time() {
    let (stage, _worker) = Stage::new().await;
    let patients = stage.world.patients(200).await;
    let tries = (0..).zip(&patients).map(|(n, patient)| {
        let stage = &stage;
        async move { stage.book(patient, stage.visit(n)).await }
    });
    let closing = async {
        // In the middle of them: some are decided, and some are not sent yet.
        docde_tests::until("some to be booked", async || {
            let made = stage.world.count("SELECT COUNT(*) FROM booking").await;
            (made > 20).then_some(())
        })
        .await;
        stage.close(&json!({"first_day": "2026-11-25"})).await
    };
    let (answers, closing) = tokio::join!(join_all(tries), closing);
    let closing = closed(&closing);
    let confirmed = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers.iter().filter(|answer| answer.code() == "CLOSED").count();
    assert_eq!(confirmed + refused, 200);
    assert_eq!(closing["state"], "closed");
    assert_eq!(closing["ended"], json!(confirmed), "all who were confirmed were ended");
    assert_eq!(stage.world.count(IN_CLOSED_TIME).await, 0);
    stage.world.finish().await;
}
