//! Coming back with a cursor (P7): nothing is missed, nothing comes twice, nothing older after something newer, at
//! whichever notifier.

use docde_tests::world::{PARTITIONS, Service};
use docde_tests::{Doctor, Patient, Socket, World, until};
use domain::cursor::Cursor;
use domain::partition::PartitionId;
use serde_json::Value;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

use crate::by_hand::{self, DirectBroker};
use crate::loads::{ask, busy_doctors, decided, spine};

/// The numbers in a cursor.
fn numbers(cursor: &str) -> Vec<u64> {
    let cursor = Cursor::decode(cursor, PARTITIONS).expect("a cursor");
    (0..PARTITIONS).map(|partition| cursor.seen(PartitionId::new(partition))).collect()
}

/// The frames' ids only grow, each in one partition at least.
fn in_order(frames: &[Value]) {
    let cursors: Vec<_> =
        frames.iter().map(|frame| numbers(frame["id"].as_str().expect("an id"))).collect();
    for pair in cursors.windows(2) {
        let grows = pair[0].iter().zip(&pair[1]).all(|(before, after)| before <= after);
        assert!(grows && pair[0] != pair[1], "{pair:?}");
    }
}

fn requests(frames: &[Value]) -> Vec<Uuid> {
    frames
        .iter()
        .map(|frame| frame["request"]["id"].as_str().expect("an id").parse().expect("an id"))
        .collect()
}

async fn outcomes(socket: &mut Socket, count: usize) -> Vec<Value> {
    let mut frames = Vec::new();
    for _ in 0..count {
        frames.push(socket.outcome().await);
    }
    frames
}

#[tokio::test]
async fn a_dropped_socket_comes_back_at_another_notifier_and_misses_nothing() {
    let world = World::new().await;
    let (spine, second) = (spine(&world).await, world.notifier().await);
    let (doctors, patient) = (busy_doctors(&world).await, world.patient().await);
    let mut socket = Socket::open(&spine.notifier, &patient, None).await;
    ask(&world, &spine.ingress, &patient, &doctors[0], 0).await;
    socket.outcome().await;
    let cursor = socket.cursor.clone();
    drop(socket);

    let mut missed = BTreeSet::new();
    for n in 1..5 {
        missed.insert(ask(&world, &spine.ingress, &patient, &doctors[n % 2], n).await.request_id());
    }
    decided(&world, 5).await;
    for at in [&second, &spine.notifier, &second] {
        let mut back = Socket::open(at, &patient, Some(&cursor)).await;
        let frames = outcomes(&mut back, 4).await;
        in_order(&frames);
        assert_eq!(requests(&frames).into_iter().collect::<BTreeSet<_>>(), missed);
        assert!(back.within(Duration::from_millis(100)).await.is_empty(), "nothing comes twice");
    }
    let mut back = Socket::open(&second, &patient, Some(&cursor)).await;
    outcomes(&mut back, 4).await;
    let live = ask(&world, &spine.ingress, &patient, &doctors[1], 5).await;
    assert_eq!(requests(&outcomes(&mut back, 1).await), [live.request_id()]);
    world.finish().await;
}

#[tokio::test]
async fn a_socket_that_breaks_again_and_again_while_events_flow_is_told_each_once() {
    const COUNT: usize = 120;
    let world = World::new().await;
    let (spine, second) = (spine(&world).await, world.notifier().await);
    let (doctors, patient) = (busy_doctors(&world).await, world.patient().await);
    let mut socket = Socket::open(&spine.notifier, &patient, None).await;
    let posted = Cell::new(0);
    let post = async {
        let mut ids = BTreeSet::new();
        for n in 0..COUNT {
            ids.insert(
                ask(&world, &spine.ingress, &patient, &doctors[n % 2], n).await.request_id(),
            );
            posted.set(n + 1);
        }
        ids
    };
    let listen = async {
        let mut frames = Vec::new();
        for round in 0.. {
            // A few frames, then gone in the middle of what comes.
            let few = (round % 4 + 1).min(COUNT - frames.len());
            frames.extend(outcomes(&mut socket, few).await);
            if frames.len() == COUNT {
                return frames;
            }
            let at = if round % 2 == 0 { &second } else { &spine.notifier };
            let cursor = socket.cursor.clone();
            socket = Socket::open(at, &patient, Some(&cursor)).await;
        }
        frames
    };
    let (ids, frames) = tokio::join!(post, listen);
    in_order(&frames);
    let told = requests(&frames);
    assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), ids);
    assert_eq!(told.len(), COUNT, "each once");
    assert!(socket.within(Duration::from_millis(200)).await.is_empty());
    world.finish().await;
}

/// The event with the lower place in time is committed after the other one was told and acknowledged by a cursor.
#[tokio::test]
async fn two_partitions_that_commit_in_inverted_order_are_both_told() {
    let world = World::new().await;
    let (notifier, patient) = (world.notifier().await, world.patient().await);
    let mut socket = Socket::open(&notifier, &patient, None).await;
    let mut slow = world.pool.begin().await.expect("a transaction");
    let early = by_hand::decide(&mut slow, &world, 0, &patient, 0).await;
    let late = by_hand::commit(&world, 1, &patient, 0).await;
    assert_eq!(requests(&outcomes(&mut socket, 1).await), [late.request.uuid()]);
    let cursor = socket.cursor.clone();
    slow.commit().await.expect("a commit");
    assert_eq!(
        requests(&outcomes(&mut socket, 1).await),
        [early.request.uuid()],
        "the open socket"
    );
    let mut back = Socket::open(&notifier, &patient, Some(&cursor)).await;
    assert_eq!(
        requests(&outcomes(&mut back, 1).await),
        [early.request.uuid()],
        "the one that comes back"
    );
    assert!(back.within(Duration::from_millis(100)).await.is_empty());
    world.finish().await;
}

#[tokio::test]
async fn a_cursor_older_than_what_is_kept_gets_a_snapshot() {
    let world = World::new().await;
    let spine = spine(&world).await;
    let (doctors, patient) = (busy_doctors(&world).await, world.patient().await);
    let socket = Socket::open(&spine.notifier, &patient, None).await;
    let cursor = socket.cursor.clone();
    drop(socket);
    let ids = book_some(&world, &spine.ingress, &patient, &doctors[0]).await;
    by_hand::keep_from(&world, 3).await;

    let mut back = Socket::open(&spine.notifier, &patient, Some(&cursor)).await;
    let frame = back.next().await.expect("a frame");
    assert_eq!(
        (&frame["type"], &frame["resync"]),
        (&Value::from("resync"), &Value::from(true)),
        "{frame}"
    );
    assert_eq!(frame["bookings"].as_array().expect("bookings").len(), 3);
    // The newest requests, whatever their age.
    let shown: Vec<_> = frame["requests"]
        .as_array()
        .expect("requests")
        .iter()
        .map(|request| &request["id"])
        .collect();
    let newest: Vec<_> = ids.iter().rev().map(|id| Value::from(id.to_string())).collect();
    assert_eq!(shown, newest.iter().collect::<Vec<_>>());
    // It goes on from there.
    let next = ask(&world, &spine.ingress, &patient, &doctors[1], 9).await;
    assert_eq!(requests(&outcomes(&mut back, 1).await), [next.request_id()]);
    let cursor = back.cursor.clone();
    let mut again = Socket::open(&spine.notifier, &patient, Some(&cursor)).await;
    assert_eq!(again.next().await.expect("a frame")["code"], "CONNECTED", "and its cursor is good");
    // What the test has called too old.
    world.finish_red(&["kept_long_enough"]).await;
}

/// The notifier itself may be behind the database: what it hears late was in the snapshot.
#[tokio::test]
async fn what_a_snapshot_showed_is_not_told_again() {
    let mut world = World::new().await;
    world.set("DOCDE_POLL_MS", "60000");
    let (notifier, patient) = (world.notifier().await, world.patient().await);
    let hand = DirectBroker::open(&world).await;
    let cursor = Socket::open(&notifier, &patient, None).await.cursor;
    let [gone, shown] = [
        by_hand::commit(&world, 0, &patient, 0).await,
        by_hand::commit(&world, 0, &patient, 0).await,
    ];
    by_hand::keep_from(&world, gone.seq + 1).await;
    let mut back = Socket::open(&notifier, &patient, Some(&cursor)).await;
    let frame = back.next().await.expect("a frame");
    assert_eq!(
        (&frame["type"], &frame["requests"][0]["id"]),
        (&Value::from("resync"), &Value::from(shown.request.to_string()))
    );
    let next = by_hand::commit(&world, 0, &patient, 0).await;
    for event in [&gone, &shown, &next] {
        hand.tell(event).await;
    }
    assert_eq!(requests(&outcomes(&mut back, 1).await), [next.request.uuid()]);
    // What the test has called too old.
    world.finish_red(&["kept_long_enough"]).await;
}

async fn book_some(world: &World, at: &Service, patient: &Patient, doctor: &Doctor) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(ask(world, at, patient, doctor, n).await.request_id());
    }
    until("the bookings", async || {
        (world.count("SELECT COUNT(*) FROM booking").await == 3).then_some(())
    })
    .await;
    ids
}
