//! A line as it is seen: by staff, page by page, and by who waits in it.

use docde_tests::{Socket, until};
use futures_util::future::join_all;
use serde_json::json;

use crate::stage::{RECEPTIONS, Stage, path_of, ticket};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_see_the_day_page_by_page_without_free_text() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("receptionist").await;
    let patients = stage.world.patients(7).await;
    let body = json!({"doctor_id": stage.doctor.id, "reason": "두통"});
    let taking = patients.iter().map(|patient| {
        let (stage, body) = (&stage, &body);
        async move { stage.post(patient, RECEPTIONS, &docde_tests::api::key(), body).await }
    });
    join_all(taking).await.iter().for_each(|answer| _ = ticket(answer));
    let (mut numbers, mut query) = (Vec::new(), "?limit=3".to_owned());
    loop {
        let page = stage.get(&clerk, &stage.line(&query)).await;
        assert!(!page.text.contains("두통") && page.json["line"].is_object(), "{}", page.text);
        let items = page.json["items"].as_array().expect("items").clone();
        numbers.extend(items.iter().map(|item| item["number"].as_u64().expect("a number")));
        let Some(cursor) = page.json["next_cursor"].as_str() else { break };
        query = format!("?limit=3&cursor={cursor}");
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=7).collect::<Vec<_>>());
    until("all to be decided", async || {
        (stage.world.count("SELECT COUNT(*) FROM ticket").await == 7).then_some(())
    })
    .await;
    stage.world.finish().await;
}

/// The place is recounted here in the order of the rule.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_that_waits_shows_how_many_go_before_it() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("receptionist").await;
    let patients = stage.world.patients(5).await;
    let mut tickets = Vec::new();
    for patient in &patients {
        tickets.push(stage.taken(patient).await);
        stage.world.clock.advance(chrono::TimeDelta::minutes(1));
    }
    let places = async || {
        let mut places = Vec::new();
        for (patient, ticket) in patients.iter().zip(&tickets) {
            let shown = stage.get(patient, &path_of(ticket)).await.json;
            assert_eq!(
                shown["place"].is_object(),
                ["booked", "arrived"].contains(&shown["status"].as_str().expect("a status"))
            );
            places.push(shown["place"]["ahead"].as_i64());
        }
        places
    };
    let some = |places: [i64; 5]| places.map(|n| (n >= 0).then_some(n)).to_vec();
    assert_eq!(places().await, some([0, 1, 2, 3, 4]));
    let urgent = json!({"ticket_id": tickets[3]["id"], "revision": 1, "step": "urgent", "reason": "emergency"});
    let key = docde_tests::api::key();
    let answer = stage.post(&clerk, &stage.line("/steps"), &key, &urgent).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(places().await, some([1, 2, 3, 0, 4]), "an emergency is ahead");
    for (n, revision) in [(0, 1), (1, 1), (2, 1), (3, 2), (4, 1)] {
        stage.step(&clerk, &tickets[n], revision, "arrive").await;
    }
    assert_eq!(stage.next(&clerk, None).await.json["outcome"]["ticket"]["number"], 4);
    assert_eq!(places().await, some([0, 1, 2, -1, 3]), "one was called");
    stage.step(&clerk, &tickets[1], 2, "hold").await;
    stage.cancel(&patients[0], &tickets[0]).await;
    assert_eq!(places().await, some([-1, -1, 0, -1, 1]), "one is held, one has left");
    stage.world.finish().await;
}

/// A call that comes while the socket is away is told when it is back, once; a cursor that is too old gets the tickets as
/// they stand, and nobody else's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_socket_missed_of_its_ticket_is_told_when_it_is_back() {
    let stage = Stage::new().await;
    let notifier = stage.world.notifier().await;
    let (patient, other) = (stage.world.patient().await, stage.world.patient().await);
    let clerk = stage.clerk("receptionist").await;
    let (first, second) = (stage.taken(&patient).await, stage.taken(&other).await);
    stage.step(&clerk, &first, 1, "arrive").await;
    stage.step(&clerk, &second, 1, "arrive").await;
    let mut socket = Socket::open(&notifier, &patient, None).await;
    let cursor = socket.cursor.clone();
    assert!(socket.within(std::time::Duration::from_millis(100)).await.is_empty());
    drop(socket);
    let called = stage.next(&clerk, None).await;
    assert_eq!(called.json["outcome"]["ticket"]["id"], first["id"], "{}", called.text);
    let mut back = Socket::open(&notifier, &patient, Some(&cursor)).await;
    assert_eq!(back.next().await.expect("a frame")["code"], "CONNECTED");
    let told = back.next().await.expect("the call");
    assert_eq!((&told["code"], &told["ticket"]["id"]), (&json!("TICKET_CALLED"), &first["id"]));
    let mut again = Socket::open(&notifier, &patient, Some(&back.cursor)).await;
    assert_eq!(again.next().await.expect("a frame")["code"], "CONNECTED");
    assert!(again.within(std::time::Duration::from_millis(200)).await.is_empty(), "told once");
    sqlx::query("UPDATE partition_state SET kept_from = next_seq")
        .execute(&stage.world.pool)
        .await
        .expect("too old");
    sqlx::query("DELETE FROM event").execute(&stage.world.pool).await.expect("deleted");
    let start = domain::cursor::Cursor::start(docde_tests::world::PARTITIONS).encode();
    let mut back = Socket::open(&notifier, &patient, Some(&start)).await;
    let snapshot = back.next().await.expect("a snapshot");
    assert_eq!(snapshot["type"], "resync", "{snapshot}");
    let tickets = snapshot["tickets"].as_array().expect("tickets");
    assert_eq!(tickets.len(), 1, "{snapshot}");
    assert_eq!((&tickets[0]["id"], &tickets[0]["status"]), (&first["id"], &json!("checked_in")));
    stage.world.finish_red(&["kept_long_enough"]).await;
}
