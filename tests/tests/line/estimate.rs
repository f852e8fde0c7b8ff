//! The estimate of the wait: unknown until there is something to rest on, shown wherever a place is, graded when the
//! ticket's turn comes.

use chrono::TimeDelta;
use docde_tests::{Patient, Socket};
use serde_json::{Value, json};

use crate::stage::{RECEPTIONS, Stage, path_of};

/// One after the other is called, and is done after so many minutes.
async fn see(stage: &Stage, clerk: &Patient, tickets: &[Value], minutes: &[i64]) {
    for (ticket, minutes) in tickets.iter().zip(minutes) {
        assert_eq!(stage.step(clerk, ticket, 2, "call").await.status, 200);
        stage.world.clock.advance(TimeDelta::minutes(*minutes));
        assert_eq!(stage.step(clerk, ticket, 3, "done").await.status, 200);
    }
}

async fn arrived(stage: &Stage, clerk: &Patient, patients: &[Patient]) -> Vec<Value> {
    let mut tickets = Vec::new();
    for patient in patients {
        let taken = stage.taken(patient).await;
        assert_eq!(stage.step(clerk, &taken, 1, "arrive").await.status, 200);
        tickets.push(taken);
    }
    tickets
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_estimate_is_unknown_until_some_consultations_are_over_and_is_graded_when_called() {
    let stage = Stage::new().await;
    let notifier = stage.world.notifier().await;
    let clerk = stage.clerk("doctor").await;
    let patients = stage.world.patients(9).await;
    let first = arrived(&stage, &clerk, &patients[..4]).await;
    let place = async |n: usize, ticket: &Value| {
        stage.get(&patients[n], &path_of(ticket)).await.json["place"].clone()
    };
    let unknown = place(3, &first[3]).await;
    assert_eq!(
        unknown["estimate"],
        json!({"p50_s": null, "p90_s": null, "unknown": "too_few_consultations"}),
        "never nought: {unknown}"
    );
    assert_eq!((&unknown["ahead"], unknown["as_of"].is_string()), (&json!(3), true));
    see(&stage, &clerk, &first, &[6, 7, 8, 7]).await;
    let recent: String = sqlx::query_scalar("SELECT recent FROM line_pace")
        .fetch_one(&stage.world.pool)
        .await
        .expect("the doctor's figures");
    assert_eq!(recent, "360,420,480,420");
    let mut socket = Socket::open(&notifier, &patients[6], None).await;
    let second = arrived(&stage, &clerk, &patients[4..7]).await;
    let known = place(6, &second[2]).await;
    let (p50, p90) = (known["estimate"]["p50_s"].as_i64(), known["estimate"]["p90_s"].as_i64());
    let (p50, p90) = (p50.expect("a p50"), p90.expect("a p90"));
    assert!((660..900).contains(&p50) && p90 > p50 && p90 < 1_600, "{known}");
    let pushed = socket.place().await;
    assert_eq!(pushed["ahead"], 2);
    assert!((600..900).contains(&pushed["estimate"]["p50_s"].as_i64().expect("a p50")), "{pushed}");
    let listed = stage.get(&patients[6], RECEPTIONS).await.json["items"][0]["place"].clone();
    assert_eq!((&listed["ahead"], &listed["estimate"]), (&known["ahead"], &known["estimate"]));
    let kept: Vec<(Option<u32>, u8)> =
        sqlx::query_as("SELECT expected_p90_s, graded FROM ticket ORDER BY number")
            .fetch_all(&stage.world.pool)
            .await
            .expect("tickets");
    assert!(kept[3].0.is_none() && kept[6].0.is_some(), "{kept:?}");
    assert_eq!(kept.iter().map(|(_, graded)| *graded).collect::<Vec<_>>(), [1, 1, 1, 1, 1, 0, 0]);

    // The first found the doctor free, which counts for nothing; the second is called when it was to be expected, the third far too late.
    see(&stage, &clerk, &second, &[7, 200, 7]).await;
    let shown = stage.get(&clerk, &stage.line("")).await.json["estimates"].clone();
    assert_eq!(shown, json!({"graded": 2, "within_p50": 0, "within_p90": 1}), "{shown}");
    let figures = platform::metrics::render();
    assert!(figures.contains("docde_wait_estimates_total"), "{figures}");
    stage.world.finish().await;
}

/// A step that is taken back leaves neither a consultation nor a second grade.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_back_counts_for_nothing() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("receptionist").await;
    let patients = stage.world.patients(5).await;
    let tickets = arrived(&stage, &clerk, &patients[..3]).await;
    see(&stage, &clerk, &tickets, &[5, 5, 5]).await;
    let ticket = arrived(&stage, &clerk, &patients[3..5]).await.remove(1);
    let undo = async |request: uuid::Uuid| {
        let body = json!({"ticket_id": ticket["id"], "request_id": request});
        let key = docde_tests::api::key();
        assert_eq!(stage.post(&clerk, &stage.line("/undo"), &key, &body).await.status, 200);
    };
    let call = stage.step(&clerk, &ticket, 2, "call").await.request_id();
    undo(call).await;
    stage.step(&clerk, &ticket, 4, "call").await;
    stage.world.clock.advance(TimeDelta::minutes(4));
    let done = stage.step(&clerk, &ticket, 5, "done").await;
    assert_eq!(done.status, 200, "{}", done.text);
    let recent = async || -> String {
        let recent = sqlx::query_scalar("SELECT recent FROM line_pace");
        recent.fetch_one(&stage.world.pool).await.expect("the doctor's figures")
    };
    assert_eq!(recent().await, "300,300,300,240");
    undo(done.request_id()).await;
    assert_eq!(recent().await, "300,300,300");
    let shown = stage.get(&clerk, &stage.line("")).await.json["estimates"]["graded"].clone();
    assert_eq!(shown, 1);
    stage.world.finish().await;
}
