//! "Your turn is near" and "it is your turn": each once, whatever is taken back, killed or started anew; and the call beats
//! the older notice.

use docde_tests::api::key;
use docde_tests::{Patient, Socket};
use serde_json::{Value, json};
use std::time::Duration;

use crate::stage::Stage;

/// A line of patients who are there, and their tickets.
async fn line(stage: &Stage, clerk: &Patient, count: usize) -> Vec<(Patient, Value)> {
    let mut line = Vec::new();
    for patient in stage.world.patients(count).await {
        let taken = stage.taken(&patient).await;
        stage.step(clerk, &taken, 1, "arrive").await;
        line.push((patient, taken));
    }
    line
}

async fn told(stage: &Stage, code: &str, ticket: &Value) -> i64 {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM event WHERE kind = 'notice' AND JSON_VALUE(document, '$.code') = ?
         AND JSON_VALUE(document, '$.ticket.id') = ?",
    )
    .bind(code)
    .bind(ticket["id"].as_str().expect("an id"))
    .fetch_one(&stage.world.pool)
    .await
    .expect("a count")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_is_told_once_that_its_turn_is_near_and_once_that_it_has_come() {
    let stage = Stage::without_worker("2026-11-23T10:00:00+09:00").await;
    let mut worker = stage.world.worker().await;
    let notifiers = [stage.world.notifier().await, stage.world.notifier().await];
    let clerk = stage.clerk("receptionist").await;
    let line = line(&stage, &clerk, 6).await;
    let (patient, ticket) = &line[4];
    assert_eq!(told(&stage, "TICKET_SOON", ticket).await, 0, "four are ahead");
    assert_eq!(told(&stage, "TICKET_SOON", &line[3].1).await, 1, "three are ahead");
    let mut sockets = [
        Socket::open(&notifiers[0], patient, None).await,
        Socket::open(&notifiers[1], patient, None).await,
    ];
    let called = stage.next(&clerk, None).await;
    for socket in &mut sockets {
        let frame = socket.next().await.expect("a notice");
        assert_eq!(
            (&frame["code"], &frame["ahead"]),
            (&json!("TICKET_SOON"), &json!(3)),
            "{frame}"
        );
        assert_eq!(frame["ticket"]["id"], ticket["id"]);
        assert!(frame["title"]["ko"].is_string() && frame["title"]["en"].is_string(), "{frame}");
    }
    // Taken back and called again, by another worker.
    let undo = json!({"ticket_id": line[0].1["id"], "request_id": called.request_id()});
    assert_eq!(stage.post(&clerk, &stage.line("/undo"), &key(), &undo).await.status, 200);
    worker.kill().await;
    worker = stage.world.worker().await;
    let again = stage.next(&clerk, None).await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(stage.step(&clerk, ticket, 2, "call").await.status, 200);
    for socket in &mut sockets {
        let frame = socket.next().await.expect("a notice");
        assert_eq!(frame["code"], "TICKET_CALLED", "{frame}");
        assert!(socket.within(Duration::from_millis(200)).await.is_empty());
    }
    for (code, (_, ticket)) in
        [("TICKET_SOON", &line[4]), ("TICKET_SOON", &line[0]), ("TICKET_CALLED", &line[4])]
    {
        assert_eq!(told(&stage, code, ticket).await, 1, "{code}");
    }
    worker.stop().await;
    stage.world.finish().await;
}

/// Who was away while both happened, learns of the call alone; who still waits, learns that the turn is near.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_takes_back_that_the_turn_is_near() {
    let stage = Stage::new().await;
    let notifier = stage.world.notifier().await;
    let clerk = stage.clerk("receptionist").await;
    let line = line(&stage, &clerk, 6).await;
    let away =
        async |patient: &Patient| Socket::open(&notifier, patient, None).await.cursor.clone();
    let (of_called, of_waiting) = (away(&line[4].0).await, away(&line[5].0).await);
    let first = stage.next(&clerk, None).await;
    let after = first.json["outcome"]["ticket"]["id"].as_str().expect("a ticket").to_owned();
    assert_eq!(stage.next(&clerk, Some(&after)).await.status, 200);
    assert_eq!(stage.step(&clerk, &line[4].1, 2, "call").await.status, 200);
    let codes = async |patient: &Patient, cursor: &str| {
        let mut back = Socket::open(&notifier, patient, Some(cursor)).await;
        let mut codes = Vec::new();
        for frame in back.within(Duration::from_millis(500)).await {
            codes.push(frame["code"].as_str().unwrap_or_default().to_owned());
        }
        codes
    };
    assert_eq!(told(&stage, "TICKET_SOON", &line[4].1).await, 1, "it was told");
    assert_eq!(codes(&line[4].0, &of_called).await, ["CONNECTED", "TICKET_CALLED"]);
    assert_eq!(codes(&line[5].0, &of_waiting).await, ["CONNECTED", "TICKET_SOON"]);
    stage.world.finish().await;
}
