//! Between ingress and the broker: a confirm that does not come, a connection that breaks. Nothing is half accepted, a retry
//! of the same key makes no second outcome, and what was confirmed stays accounted for.

use chrono::TimeDelta;
use docde_tests::proxy::{Proxy, Wire};
use docde_tests::{Answer, Doctor, Patient, World, api, until};
use domain::ids::{IdempotencyKey, RequestId};

use crate::by_hand;
use crate::loads::{ask, books, busy_doctor, decided, decided_once_and_in_order, slot, visit};

/// A world whose ingress reaches the broker through a wire that can be cut. The direct URL is given too.
async fn behind_a_proxy() -> (World, Proxy, String) {
    let mut world = World::new().await;
    let direct = world.setting("AMQP_URL").to_owned();
    let proxy = Proxy::before(&direct).await;
    world.set("AMQP_URL", &proxy.url(&direct));
    world.set("DOCDE_CONFIRM_TIMEOUT_MS", "800");
    world.set("DOCDE_PUBLISH_CHANNELS", "1");
    (world, proxy, direct)
}

async fn doctor_and_patient(world: &World) -> (Doctor, Patient) {
    (busy_doctor(world, 0).await, world.patient().await)
}

/// The command is on the broker's disk, its confirm is not heard: the answer says so, and the retry with the same key
/// meets the copy.
#[tokio::test]
async fn a_confirm_that_is_not_heard_is_unknown_and_the_retry_makes_one_outcome() {
    for wire in [Wire::HoldsAnswers, Wire::Holds] {
        let (mut world, proxy, direct) = behind_a_proxy().await;
        let ingress = world.ingress().await;
        let (doctor, patient) = doctor_and_patient(&world).await;
        let (key, body) = (api::key(), visit(&doctor, slot(&world, &doctor, 0)));
        // The connection is there and in use.
        assert_eq!(ask(&world, &ingress, &patient, &doctor, 1).await.status, 202);
        proxy.set(wire);
        let answer = world.post_async(&ingress, &patient, "/v1/bookings", &key, &body).await;
        assert_eq!((answer.status, answer.code()), (503, "ACCEPTANCE_UNKNOWN"), "{}", answer.text);
        assert!(!answer.header("retry-after").is_empty());
        let request = answer.request_id();
        let shown = world.get(&ingress, &patient, &format!("/v1/requests/{request}")).await;
        assert_eq!(
            (shown.status, shown.state()),
            (200, "accepted"),
            "it may still be decided: {}",
            shown.text
        );
        proxy.set(Wire::Passes);
        let retried = until("the retry to be accepted", async || {
            let retry = world.post_async(&ingress, &patient, "/v1/bookings", &key, &body).await;
            (retry.status == 202).then_some(retry)
        })
        .await;
        assert_eq!(retried.request_id(), request);
        world.set("AMQP_URL", &direct);
        let _worker = world.worker().await;
        let outcome = world.decided(&ingress, &patient, request).await;
        assert_eq!(outcome.state(), "confirmed");
        decided(&world, 2).await;
        until("both copies to arrive", async || (books(&world).await.duplicate >= 1).then_some(()))
            .await;
        decided_once_and_in_order(&world, 2).await;
        assert_eq!(world.count("SELECT COUNT(*) FROM booking").await, 2);
        assert_eq!(books(&world).await.lost, 0);
        world.finish().await;
    }
}

/// Two ingresses whose confirms do not come. The one with the long limit was asked first and says nothing yet when the
/// other answers. Without its limit, or with one of its own, the other would not answer before it: both connections break
/// with the same heartbeat.
#[tokio::test]
async fn a_confirm_is_waited_for_as_long_as_the_setting_says() {
    let (mut world, proxy, direct) = behind_a_proxy().await;
    let soon = world.ingress().await;
    let far_proxy = Proxy::before(&direct).await;
    world.set("AMQP_URL", &far_proxy.url(&direct));
    world.set("DOCDE_CONFIRM_TIMEOUT_MS", "60000");
    let far = world.ingress().await;
    let (doctor, patient) = doctor_and_patient(&world).await;
    for (n, ingress) in [&soon, &far].into_iter().enumerate() {
        assert_eq!(ask(&world, ingress, &patient, &doctor, n).await.status, 202);
    }
    proxy.set(Wire::HoldsAnswers);
    far_proxy.set(Wire::HoldsAnswers);
    let sent = far_proxy.sent();
    let mut waiting = Box::pin(ask(&world, &far, &patient, &doctor, 2));
    let asked = async {
        until("the first to be sent", async || (far_proxy.sent() > sent).then_some(())).await;
        ask(&world, &soon, &patient, &doctor, 3).await
    };
    let answer = tokio::select! {
        early = &mut waiting => panic!("the long limit has ended first: {}", early.text),
        answer = asked => answer,
    };
    assert_eq!((answer.status, answer.code()), (503, "ACCEPTANCE_UNKNOWN"), "{}", answer.text);
    proxy.set(Wire::Passes);
    far_proxy.set(Wire::Passes);
    waiting.await;
    world.set("AMQP_URL", &direct);
    let _worker = world.worker().await;
    decided(&world, 4).await;
    decided_once_and_in_order(&world, 4).await;
    world.finish().await;
}

/// The broker is away: refused before acceptance, nothing remembered, and the same key works later.
#[tokio::test]
async fn with_the_broker_away_nothing_is_accepted_and_nothing_is_remembered() {
    let (mut world, proxy, direct) = behind_a_proxy().await;
    let ingress = world.ingress().await;
    let (doctor, patient) = doctor_and_patient(&world).await;
    assert_eq!(ask(&world, &ingress, &patient, &doctor, 0).await.status, 202);
    proxy.set(Wire::Down);
    // The first may have been on its way when the connection broke.
    until("the break to be seen", async || {
        (ask(&world, &ingress, &patient, &doctor, 1).await.code() == "NOT_ACCEPTED").then_some(())
    })
    .await;
    let (key, body) = (api::key(), visit(&doctor, slot(&world, &doctor, 2)));
    let refused = world.post_async(&ingress, &patient, "/v1/bookings", &key, &body).await;
    assert_eq!((refused.status, refused.code()), (503, "NOT_ACCEPTED"), "{}", refused.text);
    assert!(!refused.header("retry-after").is_empty());
    proxy.set(Wire::Passes);
    let accepted = until("the broker to be reached again", async || {
        let retry = world.post_async(&ingress, &patient, "/v1/bookings", &key, &body).await;
        (retry.status == 202).then_some(retry)
    })
    .await;
    world.set("AMQP_URL", &direct);
    let _worker = world.worker().await;
    assert_eq!(world.decided(&ingress, &patient, accepted.request_id()).await.state(), "confirmed");
    assert_eq!(books(&world).await.lost, 0);
    world.finish().await;
}

/// Two attempts of one key: the first waits for its turn to be published, the second goes through another ingress and is
/// accepted, then the first is refused. The marker, on which the second relies by now, stays.
#[tokio::test]
async fn a_refused_attempt_does_not_take_back_the_marker_of_one_that_was_accepted() {
    let (mut world, proxy, direct) = behind_a_proxy().await;
    world.set("DOCDE_PUBLISH_IN_FLIGHT", "1");
    world.set("DOCDE_CONFIRM_TIMEOUT_MS", "3000");
    let stuck = world.ingress().await;
    world.set("AMQP_URL", &direct);
    let free = world.ingress().await;
    let (doctor, patient) = doctor_and_patient(&world).await;
    assert_eq!(ask(&world, &stuck, &patient, &doctor, 1).await.status, 202);
    let (key, body) = (api::key(), visit(&doctor, slot(&world, &doctor, 0)));
    let request = RequestId::of(patient.account, &IdempotencyKey::parse(&key).expect("a key"));
    let path = format!("/v1/requests/{request}");
    proxy.set(Wire::HoldsAnswers);
    let sent = proxy.sent();
    // The one message whose confirm may be waited for.
    let ahead = ask(&world, &stuck, &patient, &doctor, 2);
    let first = async {
        until("the one ahead to be on its way", async || (proxy.sent() > sent).then_some(())).await;
        world.post_async(&stuck, &patient, "/v1/bookings", &key, &body).await
    };
    let second = async {
        until("the first attempt's marker", async || {
            (world.get(&free, &patient, &path).await.status == 200).then_some(())
        })
        .await;
        world.post_async(&free, &patient, "/v1/bookings", &key, &body).await
    };
    let (ahead, first, second) = tokio::join!(ahead, first, second);
    assert_eq!(ahead.code(), "ACCEPTANCE_UNKNOWN", "{}", ahead.text);
    assert_eq!(second.status, 202, "{}", second.text);
    assert_eq!((first.status, first.code()), (503, "NOT_ACCEPTED"), "{}", first.text);
    let shown = world.get(&free, &patient, &path).await;
    assert_eq!((shown.status, shown.state()), (200, "accepted"), "{}", shown.text);
    proxy.set(Wire::Passes);
    let _worker = world.worker().await;
    assert_eq!(world.decided(&free, &patient, request.uuid()).await.state(), "confirmed");
    world.finish().await;
}

/// The first attempt's command is gone, as if its ingress had died between marker and publish: once what came well after
/// it is decided, nothing was ever accepted, and the next attempt is the first.
#[tokio::test]
async fn a_retry_of_what_never_reached_the_queue_shows_when_it_was_accepted_itself() {
    let world = World::new().await;
    let ingress = world.ingress().await;
    let (doctor, patient) = doctor_and_patient(&world).await;
    let (key, body) = (api::key(), visit(&doctor, slot(&world, &doctor, 0)));
    let first = world.post_async(&ingress, &patient, "/v1/bookings", &key, &body).await;
    assert_eq!(first.status, 202, "{}", first.text);
    let path = format!("/v1/requests/{}", first.request_id());
    by_hand::take(&world, "docde.p00", 1, |_| true).await;
    world.clock.advance(TimeDelta::seconds(60));
    let worker = world.worker().await;
    let later = ask(&world, &ingress, &patient, &doctor, 1).await;
    world.decided(&ingress, &patient, later.request_id()).await;
    until("the first attempt to be given up", async || {
        (world.get(&ingress, &patient, &path).await.code() == "REQUEST_NOT_SEEN").then_some(())
    })
    .await;
    worker.stop().await;
    let again = world.post_async(&ingress, &patient, "/v1/bookings", &key, &body).await;
    assert_eq!((again.status, again.state()), (202, "accepted"), "{}", again.text);
    let shown = world.get(&ingress, &patient, &path).await;
    assert_eq!((shown.status, shown.state()), (200, "accepted"), "{}", shown.text);
    let at = |answer: &Answer| answer.json["accepted_at"].clone();
    assert!(at(&again) != at(&first) && at(&shown) == at(&again), "{} {}", first.text, shown.text);
    let _worker = world.worker().await;
    let outcome = world.decided(&ingress, &patient, first.request_id()).await;
    assert_eq!((outcome.state(), at(&outcome)), ("confirmed", at(&again)), "{}", outcome.text);
    world.finish_red(&["lost"]).await;
}

/// A publisher whose connection breaks still says, over the next one, up to where it was confirmed: a message that was
/// confirmed and is gone is seen, though no further command of that publisher follows.
#[tokio::test]
async fn a_broken_connection_does_not_hide_a_loss() {
    let (mut world, proxy, direct) = behind_a_proxy().await;
    let ingress = world.ingress().await;
    let (doctor, patient) = doctor_and_patient(&world).await;
    for n in 0..3 {
        assert_eq!(ask(&world, &ingress, &patient, &doctor, n).await.status, 202);
    }
    proxy.set(Wire::Down);
    world.set("AMQP_URL", &direct);
    // Its report may have been faster than the cut: it goes too.
    by_hand::take(&world, "docde.p00", 3, |place| place >= 2).await;
    proxy.set(Wire::Passes);
    let _worker = world.worker().await;
    decided(&world, 2).await;
    until("the loss to be seen", async || {
        (world.count("SELECT CAST(SUM(lost) AS SIGNED) FROM partition_state").await == 1)
            .then_some(())
    })
    .await;
    assert_eq!(books(&world).await.received, 2);
    world.finish_red(&["lost"]).await;
}
