//! The desk's side of a line: steps, calling the next one, taking back, pausing, and who is told.

use docde_tests::{Patient, Socket};
use serde_json::{Value, json};

use crate::stage::{Stage, path_of, refused};

/// Numbers of those who wait, as staff see them, with urgent ones first.
async fn statuses(stage: &Stage, clerk: &Patient) -> Vec<(u64, String)> {
    let list = stage.get(clerk, &stage.line("?limit=100")).await;
    assert_eq!(list.status, 200, "{}", list.text);
    let shown = |item: &Value| {
        let status = item["status"].as_str().expect("a status").to_owned();
        (item["number"].as_u64().expect("a number"), status)
    };
    let mut shown: Vec<_> =
        list.json["items"].as_array().expect("items").iter().map(shown).collect();
    shown.sort_unstable();
    shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_takes_a_ticket_along_its_ladder_and_the_patient_is_told() {
    let stage = Stage::new().await;
    let notifier = stage.world.notifier().await;
    let (clerk, patient) = (stage.clerk("receptionist").await, stage.world.patient().await);
    let mut socket = Socket::open(&notifier, &patient, None).await;
    let taken = stage.taken(&patient).await;
    assert_eq!(socket.outcome().await["request"]["outcome"]["ticket"]["id"], taken["id"]);
    assert_eq!(socket.next().await.expect("a notice")["code"], "TICKET_SOON");
    let here = stage.step(&clerk, &taken, 1, "arrive").await;
    assert_eq!((here.status, here.state()), (200, "confirmed"), "{}", here.text);
    assert_eq!(here.json["subject"]["command"], "arrive");
    let told = socket.next().await.expect("a notice");
    assert_eq!(
        (&told["code"], &told["ticket"]["status"]),
        (&json!("TICKET_CHANGED"), &json!("arrived"))
    );
    let called = stage.next(&clerk, None).await;
    assert_eq!(called.json["outcome"]["ticket"]["status"], "checked_in", "{}", called.text);
    let told = socket.next().await.expect("a notice");
    assert_eq!((&told["type"], &told["code"]), (&json!("notice"), &json!("TICKET_CALLED")));
    assert_eq!(told["ticket"]["called_at"], "2026-11-23T10:00:00+09:00", "{told}");
    assert!(!told.to_string().contains(&clerk.account.to_string()), "{told}");
    let done = stage.step(&clerk, &taken, 3, "done").await;
    assert_eq!(done.json["outcome"]["ticket"]["status"], "fulfilled", "{}", done.text);
    let shown = stage.get(&patient, &path_of(&taken)).await;
    assert_eq!(shown.json["status"], "fulfilled");
    let again = stage.step(&clerk, &taken, 4, "call").await;
    refused(&again, 409, "STATE_CONFLICT");
    assert_eq!((&again.json["current"], &again.json["revision"]), (&json!("fulfilled"), &json!(4)));
    let old = stage.step(&clerk, &taken, 1, "hold").await;
    refused(&old, 409, "STATE_CONFLICT");
    assert_eq!(old.json["revision"], 4, "{}", old.text);
    let steps: Vec<(Option<String>, String, bool)> = sqlx::query_as(
        "SELECT c.status_before, c.status_after, c.actor = t.account_id FROM ticket_change c JOIN ticket t ON t.id = c.ticket_id
         ORDER BY c.revision",
    )
    .fetch_all(&stage.world.pool)
    .await
    .expect("steps");
    let said: Vec<String> = steps
        .iter()
        .map(|(before, after, own)| format!("{} {after} {own}", before.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(
        said,
        [
            "- booked true",
            "booked arrived false",
            "arrived checked_in false",
            "checked_in fulfilled false"
        ]
    );
    stage.world.finish().await;
}

/// 2 desks, 20 patients: whoever is told of a conflict looks and presses again; app tickets come in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_desks_that_press_next_at_once_call_each_patient_once() {
    let stage = Stage::new().await;
    let clerks = [stage.clerk("receptionist").await, stage.clerk("doctor").await];
    let patients = stage.world.patients(20).await;
    for patient in &patients {
        let taken = stage.taken(patient).await;
        stage.step(&clerks[0], &taken, 1, "arrive").await;
    }
    let desk = async |clerk: &Patient| {
        let (mut called, mut conflicts) = (Vec::new(), 0);
        let mut after: Option<String> = None;
        loop {
            let answer = stage.next(clerk, after.as_deref()).await;
            match (answer.status, answer.json["current"].as_str()) {
                (200, _) => {
                    let ticket = &answer.json["outcome"]["ticket"];
                    called.push(ticket["number"].as_u64().expect("a number"));
                    after = ticket["id"].as_str().map(ToOwned::to_owned);
                }
                (409, Some("called")) => {
                    conflicts += 1;
                    after = answer.json["ticket_id"].as_str().map(ToOwned::to_owned);
                }
                (409, Some("nobody_there")) => return (called, conflicts),
                _ => panic!("{}", answer.text),
            }
        }
    };
    let joining = async {
        for patient in stage.world.patients(10).await {
            stage.taken(&patient).await;
        }
    };
    let ((one, conflicts_of_one), (other, conflicts), ()) =
        tokio::join!(desk(&clerks[0]), desk(&clerks[1]), joining);
    let mut all = [one, other].concat();
    all.sort_unstable();
    assert_eq!(
        all,
        (1..=20).collect::<Vec<_>>(),
        "each once, {conflicts_of_one} and {conflicts} conflicts"
    );
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_undone_call_leaves_the_line_as_it_was() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("receptionist").await;
    let mut tickets = Vec::new();
    for patient in stage.world.patients(3).await {
        let taken = stage.taken(&patient).await;
        stage.step(&clerk, &taken, 1, "arrive").await;
        tickets.push(taken);
    }
    let before = statuses(&stage, &clerk).await;
    let called = stage.next(&clerk, None).await;
    let undo = json!({"ticket_id": tickets[0]["id"], "request_id": called.request_id()});
    let undone = stage.post(&clerk, &stage.line("/undo"), &docde_tests::api::key(), &undo).await;
    assert_eq!((undone.status, undone.state()), (200, "confirmed"), "{}", undone.text);
    assert_eq!(statuses(&stage, &clerk).await, before);
    let twice = stage.post(&clerk, &stage.line("/undo"), &docde_tests::api::key(), &undo).await;
    refused(&twice, 409, "STATE_CONFLICT");
    let again = stage.next(&clerk, None).await;
    assert_eq!(again.json["outcome"]["ticket"]["number"], 1, "{}", again.text);
    stage.world.clock.advance(chrono::TimeDelta::minutes(11));
    let late = json!({"ticket_id": tickets[0]["id"], "request_id": again.request_id()});
    let late = stage.post(&clerk, &stage.line("/undo"), &docde_tests::api::key(), &late).await;
    refused(&late, 409, "STATE_CONFLICT");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_pauses_and_opens_its_line() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("director").await;
    let set = async |body: Value| {
        stage.post(&clerk, &stage.line("/reception"), &docde_tests::api::key(), &body).await
    };
    let until = "2026-11-23T11:00:00+09:00";
    let paused = set(json!({"state": "paused", "until": until})).await;
    let line = &paused.json["outcome"]["line"];
    assert_eq!(
        (&line["reception"], &line["until"]),
        (&json!("paused"), &json!(until)),
        "{}",
        paused.text
    );
    let patient = stage.world.patient().await;
    let refusal = stage.take(&patient).await;
    refused(&refusal, 409, "PAUSED");
    assert_eq!(refusal.json["until"], until);
    assert_eq!(set(json!({"state": "open"})).await.status, 200);
    assert_eq!(stage.taken(&patient).await["number"], 1);
    assert_eq!(set(json!({"state": "closed"})).await.status, 200);
    refused(&stage.take(&stage.world.patient().await).await, 409, "CLOSED");
    let shown = stage.get(&clerk, &stage.line("")).await.json["line"].clone();
    assert_eq!((&shown["reception"], &shown["version"]), (&json!("closed"), &json!(4)));
    for (body, status, code, field) in [
        (json!({"state": "shut"}), 400, "MALFORMED", "state"),
        (json!({"state": "open", "until": until}), 422, "INVALID", "until"),
        (json!({"state": "paused", "until": "11:00"}), 400, "MALFORMED", "until"),
        (json!({"state": "paused", "until": "2026-11-23T10:00:00+09:00"}), 422, "INVALID", "until"),
    ] {
        let answer = set(body).await;
        refused(&answer, status, code);
        assert_eq!(answer.json["field"], field, "{}", answer.text);
    }
    stage.world.finish().await;
}

/// A ticket that was sent back and is called again was called last, before and after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_press_of_next_is_told_from_a_new_one_by_the_number_of_calls() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("receptionist").await;
    let mut tickets = Vec::new();
    for patient in stage.world.patients(2).await {
        let taken = stage.taken(&patient).await;
        stage.step(&clerk, &taken, 1, "arrive").await;
        tickets.push(taken);
    }
    let press = async |after: &Value, calls: u64| {
        let body = json!({"after": after, "calls": calls});
        stage.post(&clerk, &stage.line("/next"), &docde_tests::api::key(), &body).await
    };
    let first = &tickets[0];
    assert_eq!(press(&Value::Null, 0).await.status, 200);
    assert_eq!(stage.step(&clerk, first, 3, "return").await.status, 200);
    let again = press(&first["id"], 1).await;
    assert_eq!(again.json["outcome"]["ticket"]["id"], first["id"], "{}", again.text);
    let twice = press(&first["id"], 1).await;
    refused(&twice, 409, "STATE_CONFLICT");
    assert_eq!(
        (&twice.json["current"], &twice.json["ticket_id"], &twice.json["calls"]),
        (&json!("called"), &first["id"], &json!(2))
    );
    let shown = stage.get(&clerk, &stage.line("")).await.json["line"].clone();
    assert_eq!((&shown["last_called"], &shown["calls"]), (&first["id"], &json!(2)));
    let next = press(&first["id"], 2).await;
    assert_eq!(next.json["outcome"]["ticket"]["id"], tickets[1]["id"], "{}", next.text);
    stage.world.finish().await;
}
