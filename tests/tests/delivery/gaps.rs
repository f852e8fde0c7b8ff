//! Committed, and not told: because the worker died before it published, or because a connection broke. Everybody is
//! told all the same, and once.

use docde_tests::{Socket, World, until};
use domain::feed::{self, Entry};
use futures_util::StreamExt;
use platform::topology::OUTCOMES;
use serde_json::Value;
use uuid::Uuid;

use crate::by_hand::{self, DirectBroker};
use crate::loads::{ask, busy_doctor, busy_doctors, decided, spine};

fn request(frame: &Value) -> Uuid {
    frame["request"]["id"].as_str().expect("an id").parse().expect("an id")
}

/// No worker is alive, none comes: the notifier finds the event by itself.
#[tokio::test]
async fn what_a_dead_worker_did_not_publish_is_told_by_the_notifier() {
    let world = World::new().await;
    let (notifier, patient) = (world.notifier().await, world.patient().await);
    let mut socket = Socket::open(&notifier, &patient, None).await;
    let event = by_hand::commit(&world, 1, &patient, 0).await;
    assert_eq!(request(&socket.outcome().await), event.request.uuid());
    // A message that comes late brings nothing twice; one that skips an event makes the notifier read it first.
    let hand = DirectBroker::open(&world).await;
    hand.tell(&event).await;
    let skipped = by_hand::commit(&world, 1, &patient, 0).await;
    let next = by_hand::commit(&world, 1, &patient, 0).await;
    hand.tell(&next).await;
    assert_eq!(request(&socket.outcome().await), skipped.request.uuid());
    assert_eq!(request(&socket.outcome().await), next.request.uuid());
    world.finish().await;
}

/// The next owner publishes from the watermark, so ingresses hear of it too; sockets are told once.
#[tokio::test]
async fn the_next_owner_publishes_what_the_one_before_did_not() {
    let world = World::new().await;
    let (notifier, patient) = (world.notifier().await, world.patient().await);
    let hand = DirectBroker::open(&world).await;
    let mut tap = hand.tap(OUTCOMES, "").await;
    let mut socket = Socket::open(&notifier, &patient, None).await;
    let event = by_hand::commit(&world, 0, &patient, 0).await;
    let (_worker, ingress) = (world.worker().await, world.ingress().await);
    let published = until("the event on the broker", async || {
        let delivery = tap.next().await?.ok()?;
        let (_, lines) = feed::read(&delivery.data)?;
        let mut events = lines
            .filter_map(|line| if let Entry::Event { about, .. } = line { about } else { None });
        events.next()
    })
    .await;
    assert_eq!(published, event.request);
    assert_eq!(request(&socket.outcome().await), event.request.uuid());
    let doctor = busy_doctor(&world, 0).await;
    let next = ask(&world, &ingress, &patient, &doctor, 0).await;
    assert_eq!(request(&socket.outcome().await), next.request_id(), "told once");
    world.finish().await;
}

/// Breaks the connections of that name, once there are any.
async fn break_connections(world: &World, name: &str) {
    let found = until("connections of that name", async || {
        let (_, connections) =
            world.management().call(reqwest::Method::GET, "/api/connections", None).await;
        let ours = |connection: &&Value| {
            connection["vhost"] == *world.vhost
                && connection["client_properties"]["connection_name"].as_str() == Some(name)
        };
        let names: Vec<_> = connections
            .as_array()?
            .iter()
            .filter(ours)
            .filter_map(|connection| connection["name"].as_str())
            .collect();
        (!names.is_empty()).then(|| names.into_iter().map(str::to_owned).collect::<Vec<_>>())
    })
    .await;
    for connection in found {
        let name = connection.replace(' ', "%20").replace('>', "%3E");
        assert_eq!(world.management().delete(&format!("/api/connections/{name}")).await, 204);
    }
}

#[tokio::test]
async fn a_notifier_that_loses_the_broker_catches_up() {
    let world = World::new().await;
    let spine = spine(&world).await;
    let (doctors, patient) = (busy_doctors(&world).await, world.patient().await);
    let mut socket = Socket::open(&spine.notifier, &patient, None).await;
    break_connections(&world, "docde notifier outcomes").await;
    // Each is the next that is told: none comes twice.
    for n in 0..8 {
        let asked = ask(&world, &spine.ingress, &patient, &doctors[n % 2], n).await;
        assert_eq!(request(&socket.outcome().await), asked.request_id());
    }
    world.finish().await;
}

#[tokio::test]
async fn workers_that_lose_the_broker_go_on_and_tell_what_they_had_committed() {
    let world = World::new().await;
    let spine = spine(&world).await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let mut socket = Socket::open(&spine.notifier, &patient, None).await;
    for (round, name) in ["docde workers publish", "docde workers consume"].into_iter().enumerate()
    {
        for n in 0..4 {
            let asked = ask(&world, &spine.ingress, &patient, &doctor, round * 4 + n).await;
            assert_eq!(request(&socket.outcome().await), asked.request_id());
            // They publish from their first batch on.
            if n == 0 {
                break_connections(&world, name).await;
            }
        }
    }
    decided(&world, 8).await;
    // What was published is known to be: the next owner will not send it again.
    let mut n = 8;
    until("the watermark", async || {
        ask(&world, &spine.ingress, &patient, &doctor, n).await;
        n += 1;
        (world.count("SELECT COUNT(*) FROM partition_state WHERE published_seq >= 8").await == 1)
            .then_some(())
    })
    .await;
    world.finish().await;
}
