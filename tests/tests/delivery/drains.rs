//! Workers that come and go with their hands full (invariant 4): nothing is parked by it, nothing is decided twice, and
//! each doctor's commands are decided in the order in which the broker took them.

use docde_tests::{World, long, until};
use futures_util::StreamExt;
use platform::broker::Broker;
use platform::topology::DEAD;
use std::cell::Cell;

use crate::by_hand::{DirectBroker, book};
use crate::loads::{
    ask, books, busy_doctor, busy_doctors, decided, decided_once_and_in_order, slot,
};

/// Messages that wait at the start of each life, all of them prefetched.
const WAITING: usize = 200;

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Drain,
    Kill,
}

/// Starts a worker and ends it in the middle of its work, again and again.
async fn lives(count: usize, end: End) {
    let mut world = World::new().await;
    world.set("DOCDE_BATCH", "1");
    let (doctor, patients) = (busy_doctor(&world, 0).await, world.patients(20).await);
    let mut hand = DirectBroker::open(&world).await;
    let mut sent = 0;
    for _ in 0..count {
        let done = decided_so_far(&world).await;
        let more: Vec<_> = (sent..done + WAITING)
            .map(|n| book(&world, &patients[n % 20], &doctor, slot(&world, &doctor, n)))
            .collect();
        hand.send_each(&more, doctor.partition()).await;
        sent = sent.max(done + WAITING);
        let worker = world.worker().await;
        until("some progress", async || (decided_so_far(&world).await > done).then_some(())).await;
        match end {
            End::Drain => worker.stop().await,
            End::Kill => worker.kill().await,
        }
    }
    assert!(decided_so_far(&world).await < sent, "each life ended in the middle of its work");
    assert!(deliveries_of_the_first(&world).await >= 2, "what had been prefetched went back");
    let _worker = world.worker().await;
    decided(&world, sent).await;
    decided_once_and_in_order(&world, sent).await;
    assert_eq!(
        world.count("SELECT COUNT(*) FROM booking").await,
        i64::try_from(sent).expect("a count")
    );
    assert_eq!(hand.ready(DEAD).await, 0);
    let books = books(&world).await;
    assert_eq!(
        (books.received, books.confirmed, books.duplicate, books.lost),
        (sent as u64, sent as u64, 0, 0),
        "{books:?}"
    );
    world.finish().await;
}

async fn decided_so_far(world: &World) -> usize {
    usize::try_from(world.count("SELECT COUNT(*) FROM request").await).expect("a count")
}

/// How often the broker has delivered the message at the head of the queue before. Taking as many as a worker does, since
/// what a lesser consumer gives back goes behind what it left.
async fn deliveries_of_the_first(world: &World) -> u64 {
    let broker = Broker::from_env(&world.env(), "tests look", 1).expect("AMQP_URL");
    let channel = broker.channel().await.expect("a channel");
    let mut consumer = channel.consume("docde.p00", 256).await.expect("a consumer");
    let delivery = consumer.next().await.expect("a message").expect("a delivery");
    channel.close().await;
    platform::broker::header_number(&delivery, "x-delivery-count").unwrap_or(0)
}

#[tokio::test]
async fn fifty_drains_with_two_hundred_prefetched_park_nothing() {
    lives(long::or(50, 300), End::Drain).await;
}

/// Not many more in the long form: what is killed inside one process leaves connections behind, and MariaDB allows 500.
#[tokio::test]
async fn a_hundred_kills_with_two_hundred_prefetched_park_nothing() {
    lives(long::or(100, 300), End::Kill).await;
}

/// What a consumer gives back goes behind what it had left at the broker, so one that takes fewer messages than the one
/// before could turn the order round.
#[tokio::test]
async fn no_setting_makes_a_worker_take_fewer_messages_than_the_one_before() {
    let mut world = World::new().await;
    world.set("DOCDE_BATCH", "1");
    let (doctor, patients) = (busy_doctor(&world, 0).await, world.patients(20).await);
    let mut hand = DirectBroker::open(&world).await;
    let commands: Vec<_> = (0..WAITING)
        .map(|n| book(&world, &patients[n % 20], &doctor, slot(&world, &doctor, n)))
        .collect();
    hand.send_each(&commands, doctor.partition()).await;
    for prefetch in ["200", "20", "5"] {
        // No worker knows such a setting any more: this is why.
        world.set("DOCDE_PREFETCH", prefetch);
        let done = decided_so_far(&world).await;
        let worker = world.worker().await;
        until("some progress", async || (decided_so_far(&world).await > done).then_some(())).await;
        worker.stop().await;
    }
    assert!(decided_so_far(&world).await < WAITING);
    let _worker = world.worker().await;
    decided(&world, WAITING).await;
    decided_once_and_in_order(&world, WAITING).await;
    world.finish().await;
}

/// From one worker to three and back to one, while commands flow.
#[tokio::test]
async fn scaling_up_and_down_keeps_the_order() {
    const AT_LEAST: usize = 500;
    let mut world = World::new().await;
    world.set("DOCDE_BATCH", "8");
    let (ingress, _first) = (world.ingress().await, world.worker().await);
    world.owned().await;
    let (doctors, patients) = (busy_doctors(&world).await, world.patients(40).await);
    let (posted, scaled) = (Cell::new(0), Cell::new(false));
    let flow = async {
        while posted.get() < AT_LEAST || !scaled.get() {
            let n = posted.get();
            let answers =
                (n..n + 10).map(|n| ask(&world, &ingress, &patients[n % 40], &doctors[n % 2], n));
            for answer in futures_util::future::join_all(answers).await {
                assert_eq!(answer.status, 202, "{}", answer.text);
            }
            posted.set(n + 10);
        }
    };
    let scale = async {
        until("a flow", async || (posted.get() >= 100).then_some(())).await;
        let (second, third) = (world.worker().await, world.worker().await);
        until("the new ones to be seen", async || {
            (world.count("SELECT COUNT(*) FROM worker").await == 3).then_some(())
        })
        .await;
        until("more of the flow", async || (posted.get() >= 300).then_some(())).await;
        second.stop().await;
        third.kill().await;
        scaled.set(true);
    };
    tokio::join!(flow, scale);
    let posted = posted.get();
    decided(&world, posted).await;
    decided_once_and_in_order(&world, posted).await;
    let books = books(&world).await;
    assert_eq!((books.received, books.lost), (posted as u64, 0), "{books:?}");
    world.finish().await;
}
