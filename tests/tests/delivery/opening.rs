//! The opening minute (O1): with every worker away ingress still takes commands, and all are decided in order later; a
//! doctor whom everybody wants does not delay another partition's; a storm of retries makes no further outcomes.

use docde_tests::{World, api, until};
use domain::time::Timestamp;
use futures_util::{StreamExt, stream};
use std::collections::BTreeSet;

use crate::by_hand::{DirectBroker, book};
use crate::loads::{
    ask, books, busy_doctor, busy_doctors, crowd, decided, decided_once_and_in_order, slot, spine,
    visit,
};

#[tokio::test]
async fn without_workers_commands_are_accepted_with_their_place_and_decided_later_in_order() {
    let world = World::new().await;
    let (ingress, worker) = (world.ingress().await, world.worker().await);
    world.owned().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    // The line's speed is known once it has moved for a second.
    let mut n = 0;
    until("an estimate", async || {
        let answer = ask(&world, &ingress, &patient, &doctor, n).await;
        n += 1;
        (answer.json["place"]["estimate_s"].is_number()).then_some(())
    })
    .await;
    decided(&world, n).await;
    worker.stop().await;
    let (mut ids, mut places) = (Vec::new(), Vec::new());
    for slot in n..n + 40 {
        let answer = ask(&world, &ingress, &patient, &doctor, slot).await;
        assert_eq!((answer.status, answer.state()), (202, "accepted"), "{}", answer.text);
        ids.push(answer.request_id());
        let place = &answer.json["place"];
        places.push(place["ahead"].as_u64().expect("a place"));
        assert!(place["estimate_s"].as_f64().is_some_and(|estimate| estimate >= 0.0), "{place}");
        assert!(domain::time::parse(place["as_of"].as_str().expect("a time")).is_ok());
    }
    assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
    for n in [0, 20, 39] {
        let shown = world.get(&ingress, &patient, &format!("/v1/requests/{}", ids[n])).await;
        assert_eq!((shown.status, shown.state()), (200, "accepted"), "{}", shown.text);
        assert_eq!(
            shown.json["place"]["ahead"], places[n],
            "who comes later does not push it back: {}",
            shown.text
        );
    }
    let _worker = world.worker().await;
    decided(&world, n + 40).await;
    decided_once_and_in_order(&world, n + 40).await;
    let order: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT id FROM request ORDER BY event_seq DESC LIMIT 40")
            .fetch_all(&world.pool)
            .await
            .expect("the order");
    assert_eq!(order.into_iter().rev().collect::<Vec<_>>(), ids, "as they were accepted");
    world.finish().await;
}

/// 90 of 100 want one doctor. The medians of the same run are compared, not clocks.
#[tokio::test]
async fn a_doctor_whom_everybody_wants_does_not_delay_another_partition() {
    let mut world = World::new().await;
    world.set("DOCDE_BATCH", "8");
    let (doctors, patients) = (busy_doctors(&world).await, world.patients(50).await);
    let mut hand = DirectBroker::open(&world).await;
    for round in 0..10 {
        for (doctor, count) in [(&doctors[0], 90), (&doctors[1], 10)] {
            let first = round * 100;
            let commands: Vec<_> = (first..first + count)
                .map(|n| book(&world, &patients[n % 50], doctor, slot(&world, doctor, n)))
                .collect();
            hand.send_each(&commands, doctor.partition()).await;
        }
    }
    let _worker = world.worker().await;
    decided(&world, 1_000).await;
    let (hot, cold) = (waits(&world, 0).await, waits(&world, 1).await);
    assert_eq!((hot.len(), cold.len()), (900, 100));
    // Decided in proportion to its own line: the last of the others before the median of the popular one's.
    assert!(
        cold[99] < hot[450],
        "the others waited until {}, the popular one's median is {}",
        cold[99],
        hot[450]
    );
    world.finish().await;
}

/// When the partition's commands were decided, in order.
async fn waits(world: &World, partition: u16) -> Vec<Timestamp> {
    let rows: Vec<chrono::NaiveDateTime> = sqlx::query_scalar(
        "SELECT decided_at FROM request WHERE partition_id = ? ORDER BY decided_at",
    )
    .bind(partition)
    .fetch_all(&world.pool)
    .await
    .expect("decisions");
    rows.into_iter().map(|at| at.and_utc()).collect()
}

#[tokio::test]
async fn a_storm_of_retries_makes_no_further_outcomes() {
    const WISHES: usize = 40;
    let world = World::new().await;
    let spine = spine(&world).await;
    let (doctors, patients) = (busy_doctors(&world).await, world.patients(WISHES).await);
    let keys: Vec<_> = (0..WISHES).map(|_| api::key()).collect();
    let (all, ingress) = (&world, &spine.ingress);
    // Ten of each, mixed, so that copies meet at every stage.
    let posts = (0..WISHES * 10).map(|n| {
        let (wish, key) = (n % WISHES, &keys[n % WISHES]);
        let (doctor, patient) = (&doctors[wish % 2], &patients[wish]);
        let body = visit(doctor, slot(all, doctor, wish));
        async move { (wish, all.post(ingress, patient, "/v1/bookings", key, &body).await) }
    });
    let answers: Vec<_> = stream::iter(posts).buffer_unordered(50).collect().await;
    let mut bodies = BTreeSet::new();
    for (wish, answer) in answers {
        assert_eq!(answer.status, 201, "{}", answer.text);
        bodies.insert((wish, answer.text));
    }
    assert_eq!(bodies.len(), WISHES, "the same answer, byte by byte, to each copy");
    // Copies that were still on their way arrive before this one.
    crowd(&world, ingress, &patients, &doctors, 500..502).await;
    decided(&world, WISHES + 2).await;
    decided_once_and_in_order(&world, WISHES + 2).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM booking").await, 42);
    assert_eq!(books(&world).await.confirmed, 42);
    world.finish().await;
}
