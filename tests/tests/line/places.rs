//! Places as they are pushed to those who wait: on every change and no other, with the reason, the same on every device,
//! and the present one after a time without a connection or with another notifier.

use docde_tests::api::key;
use docde_tests::{Patient, Socket};
use serde_json::{Value, json};

use crate::stage::{Stage, path_of};

/// State, how many are ahead, and why that has changed.
fn shown(place: &Value) -> (&str, Option<i64>, &str) {
    let text = |member: &str| place[member].as_str().unwrap_or_default();
    (text("state"), place["ahead"].as_i64(), text("reason"))
}

/// The place as it is read.
async fn read(stage: &Stage, patient: &Patient, ticket: &Value) -> Option<i64> {
    stage.get(patient, &path_of(ticket)).await.json["place"]["ahead"].as_i64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_is_told_each_change_of_the_place_and_why() {
    let stage = Stage::new().await;
    let notifier = stage.world.notifier().await;
    let clerk = stage.clerk("receptionist").await;
    let patients = stage.world.patients(4).await;
    let mut last = Socket::open(&notifier, &patients[3], None).await;
    let mut tickets = Vec::new();
    for patient in &patients {
        tickets.push(stage.taken(patient).await);
    }
    let own = tickets[3]["id"].clone();
    let place = last.place().await;
    assert_eq!(shown(&place), ("waiting", Some(3), "taken"), "{place}");
    assert_eq!((&place["ticket_id"], &place["version"]), (&own, &json!(4)));
    assert_eq!(place["estimate"]["unknown"], "too_few_consultations", "{place}");
    assert!(place["estimate"]["p50_s"].is_null() && place["estimate"]["as_of"].is_string());
    for ticket in &tickets[..3] {
        assert_eq!(stage.step(&clerk, ticket, 1, "arrive").await.status, 200);
    }
    // Who arrives changes nobody's place.
    assert_eq!(stage.next(&clerk, None).await.status, 200);
    let place = last.place().await;
    assert_eq!(shown(&place), ("waiting", Some(2), "called"), "{place}");
    let urgent = json!({"ticket_id": stage.taken(&stage.world.patient().await).await["id"], "revision": 1, "step": "urgent", "reason": "emergency"});
    let answer = stage.post(&clerk, &stage.line("/steps"), &key(), &urgent).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let place = last.place().await;
    assert_eq!(shown(&place), ("waiting", Some(3), "emergency"), "only the reason: {place}");
    assert_eq!(read(&stage, &patients[3], &tickets[3]).await, Some(3));
    stage.cancel(&patients[1], &tickets[1]).await;
    let place = last.place().await;
    assert_eq!(shown(&place), ("waiting", Some(2), "left"), "{place}");
    let arrived = stage.step(&clerk, &tickets[3], 1, "arrive").await;
    assert_eq!(arrived.status, 200, "{}", arrived.text);
    let called = stage.step(&clerk, &tickets[3], 2, "call").await;
    assert_eq!(called.status, 200, "{}", called.text);
    let place = last.place().await;
    assert_eq!((shown(&place), place.get("estimate")), (("called", None, "called"), None));
    let undo = json!({"ticket_id": own, "request_id": called.request_id()});
    stage.post(&clerk, &stage.line("/undo"), &key(), &undo).await;
    let place = last.place().await;
    assert_eq!(shown(&place), ("waiting", Some(2), "undone"), "{place}");
    let names: Vec<&str> = place.as_object().expect("members").keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["ahead", "at", "estimate", "id", "reason", "state", "ticket_id", "type", "version"],
        "nothing of anybody else"
    );
    stage.world.finish().await;
}

/// The phone is in a tunnel during three events, and comes back at another notifier; so does a second device.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_back_is_told_the_present_place_on_any_device_and_notifier() {
    let stage = Stage::new().await;
    let (notifier, other) = (stage.world.notifier().await, stage.world.notifier().await);
    let clerk = stage.clerk("receptionist").await;
    let patients = stage.world.patients(5).await;
    let mut tickets = Vec::new();
    for patient in &patients {
        tickets.push(stage.taken(patient).await);
    }
    let (patient, ticket) = (&patients[4], &tickets[4]);
    let mut socket = Socket::open(&notifier, patient, None).await;
    let place = socket.place().await;
    assert_eq!(shown(&place), ("waiting", Some(4), "present"), "{place}");
    let cursor = socket.cursor.clone();
    drop(socket);
    for (patient, ticket) in patients.iter().zip(&tickets).take(3) {
        stage.cancel(patient, ticket).await;
    }
    notifier.kill().await;
    for after in [Some(cursor.as_str()), None] {
        let mut back = Socket::open(&other, patient, after).await;
        let now = back.place().await;
        assert_eq!(shown(&now), ("waiting", Some(1), "present"), "{now}");
        assert!(now["version"].as_u64() > place["version"].as_u64(), "{now}");
        assert_eq!(read(&stage, patient, ticket).await, Some(1));
    }
    let mut stranger = Socket::open(&other, &clerk, None).await;
    assert!(stranger.within(std::time::Duration::from_millis(200)).await.is_empty());
    let mut back = Socket::open(&other, patient, Some(&cursor)).await;
    assert_eq!(shown(&back.place().await), ("waiting", Some(1), "present"));
    stage.step(&clerk, &tickets[3], 1, "hold").await;
    assert_eq!(shown(&back.place().await), ("waiting", Some(0), "held"), "and what comes after it");
    stage.world.finish().await;
}

/// Events of lines are for services: each has a number, and none is sent to a socket or read as an account's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_makes_one_event_a_line_which_no_socket_is_sent() {
    let stage = Stage::without_worker("2026-11-23T10:00:00+09:00").await;
    let notifier = stage.world.notifier().await;
    let patients = stage.world.patients(20).await;
    let mut first = Socket::open(&notifier, &patients[0], None).await;
    let mut requests = Vec::new();
    for patient in &patients {
        requests.push(stage.take_async(patient).await.request_id());
    }
    stage.world.worker().await;
    let decided = stage.world.decided(&stage.ingress, &patients[19], requests[19]).await;
    assert_eq!(decided.json["state"], "confirmed", "{}", decided.text);
    let events: Vec<(u64, Option<Vec<u8>>, String)> = sqlx::query_as(
        "SELECT seq, account_id, document FROM event WHERE kind = 'line' ORDER BY seq",
    )
    .fetch_all(&stage.world.pool)
    .await
    .expect("events");
    assert!(!events.is_empty() && events.len() < 20, "{} events of 20 tickets", events.len());
    let mut version = 0;
    for (_, account, document) in &events {
        assert!(account.is_none());
        let document: Value = serde_json::from_str(document).expect("JSON");
        assert_eq!(document["from"], version, "{document}");
        version = document["to"].as_u64().expect("a version");
        let changes = document["changes"].as_array().expect("changes");
        assert_eq!(changes.len() as u64, version - document["from"].as_u64().expect("a version"));
        assert!(changes.iter().all(|change| change["what"] == "taken"), "{document}");
    }
    assert_eq!(version, 20);
    let place = first.place().await;
    assert_eq!(shown(&place), ("waiting", Some(0), "taken"), "{place}");
    let frames = first.within(std::time::Duration::from_millis(200)).await;
    assert!(frames.iter().all(|frame| frame["type"] != "line"), "{frames:?}");
    stage.world.finish().await;
}
