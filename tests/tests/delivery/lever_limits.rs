//! Limits of what is under way between an ingress and the broker, changed while it runs.

use docde_tests::proxy::{Proxy, Wire};
use docde_tests::world::Service;
use docde_tests::{World, until};
use futures_util::future::join_all;
use std::cell::Cell;
use std::time::Duration;

use crate::by_hand::DirectBroker;
use crate::levers::{clear, known, set};
use crate::loads::{ask, busy_doctors, decided};

/// An ingress behind a wire to the broker.
async fn behind_a_wire(world: &mut World) -> (Service, Proxy) {
    let direct = world.setting("AMQP_URL").to_owned();
    let wire = Proxy::before(&direct).await;
    world.set("AMQP_URL", &wire.url(&direct));
    let ingress = world.ingress().await;
    world.set("AMQP_URL", &direct);
    (ingress, wire)
}

#[tokio::test]
async fn the_publish_window_is_narrowed_and_widened_while_it_is_used() {
    let mut world = World::new().await;
    let (ingress, wire) = behind_a_wire(&mut world).await;
    let (doctors, patient) = (busy_doctors(&world).await, world.patient().await);
    assert_eq!(ask(&world, &ingress, &patient, &doctors[0], 0).await.status, 202);
    for (round, window) in [2, 5].into_iter().enumerate() {
        set(&world, "publish-window", &window.to_string()).await;
        known(&world).await;
        wire.set(Wire::HoldsAnswers);
        let busy = Cell::new(0);
        let asks = (0..8).map(|n| {
            let (world, ingress, patient, doctor) = (&world, &ingress, &patient, &doctors[0]);
            let busy = &busy;
            async move {
                let answer = ask(world, ingress, patient, doctor, 10 + round * 10 + n).await;
                busy.set(busy.get() + usize::from(answer.code() == "BUSY"));
                answer.status
            }
        });
        let resume = async {
            let all = async || (busy.get() == 8 - window).then_some(());
            until("all but the window to be refused", all).await;
            wire.set(Wire::Passes);
        };
        let (answers, ()) = tokio::join!(join_all(asks), resume);
        let accepted = answers.iter().filter(|status| **status == 202).count();
        assert_eq!(accepted, window, "{answers:?}");
    }
    let _worker = world.worker().await;
    decided(&world, 1 + 2 + 5).await;
    world.finish().await;
}

/// One message waits for its confirm, so the other partition's is not sent before it has come.
#[tokio::test]
async fn messages_that_wait_for_their_confirm_are_limited_while_they_do() {
    let mut world = World::new().await;
    let (ingress, wire) = behind_a_wire(&mut world).await;
    let (doctors, patient) = (busy_doctors(&world).await, world.patient().await);
    assert_eq!(ask(&world, &ingress, &patient, &doctors[0], 0).await.status, 202);
    let hand = DirectBroker::open(&world).await;
    let arrived = async || hand.ready("docde.p00").await + hand.ready("docde.p01").await;
    // The first command, and what the publisher says of it.
    until("the first to be said confirmed", async || (arrived().await == 2).then_some(())).await;
    set(&world, "publish-in-flight", "1").await;
    known(&world).await;
    wire.set(Wire::HoldsAnswers);
    let asks = doctors.iter().map(|doctor| ask(&world, &ingress, &patient, doctor, 5));
    let watched = async {
        until("one of them to arrive", async || (arrived().await == 3).then_some(())).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(arrived().await, 3, "the other waits");
        wire.set(Wire::Passes);
    };
    let (answers, ()) = tokio::join!(join_all(asks), watched);
    assert!(answers.iter().all(|answer| answer.status == 202));
    clear(&world, "publish-in-flight").await;
    let _worker = world.worker().await;
    decided(&world, 3).await;
    world.finish().await;
}
