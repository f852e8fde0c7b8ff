//! Honest overload (O3): 429 and 503 come before acceptance, with a time to come back, and never after it; what is
//! refused leaves nothing behind.

use docde_tests::proxy::{Proxy, Wire};
use docde_tests::{Answer, World, api, until};
use domain::ids::{IdempotencyKey, RequestId};
use futures_util::future::join_all;
use lapin::types::FieldTable;
use platform::broker::Broker;
use platform::lifecycle::Shutdown;
use platform::tasks::Tasks;
use platform::topology::OUTCOMES;
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::by_hand::DirectBroker;
use crate::loads::{ask, books, busy_doctor, decided, decided_once_and_in_order, slot, visit};

/// The partition's queue takes three: some are accepted and all of those decided, the others surely are not. To ask for one
/// of these is to be told that sending it again is harmless, and it is.
#[tokio::test]
async fn a_full_queue_refuses_before_acceptance() {
    let world = World::new().await;
    let ingress = world.ingress().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let policy = format!("/api/policies/{}/short", world.vhost);
    let short =
        json!({"pattern": "^docde\\.p00$", "apply-to": "queues", "definition": {"max-length": 3}});
    let (status, _) = world.management().call(Method::PUT, &policy, Some(&short)).await;
    assert!(status < 300, "{status}");
    let (mut accepted, mut refused) = (BTreeSet::new(), Vec::new());
    let mut n = 0;
    until("the queue to be full", async || {
        let key = api::key();
        let answer = world
            .post_async(
                &ingress,
                &patient,
                "/v1/bookings",
                &key,
                &visit(&doctor, slot(&world, &doctor, n)),
            )
            .await;
        n += 1;
        if answer.status == 202 {
            accepted.insert(answer.request_id());
        } else {
            refused.push((key, n - 1, answer));
        }
        (refused.len() >= 3).then_some(())
    })
    .await;
    for (_, _, answer) in &refused {
        assert_eq!((answer.status, answer.code()), (503, "NOT_ACCEPTED"), "{}", answer.text);
        assert!(!answer.header("retry-after").is_empty());
    }
    for (key, _, _) in &refused {
        let id = RequestId::of(patient.account, &IdempotencyKey::parse(key).expect("a key"));
        let shown = world.get(&ingress, &patient, &format!("/v1/requests/{id}")).await;
        assert_eq!((shown.status, shown.code()), (404, "REQUEST_NOT_SEEN"), "{}", shown.text);
    }
    assert_eq!(world.management().delete(&policy).await, 204);
    let worker = world.worker().await;
    decided(&world, accepted.len()).await;
    worker.stop().await;
    assert_eq!(decided_ids(&world).await, accepted, "the refused ones have no row");
    let _worker = world.worker().await;
    for (key, n, _) in &refused {
        let body = visit(&doctor, slot(&world, &doctor, *n));
        let retried = until("the retry to be accepted", async || {
            let retry = world.post_async(&ingress, &patient, "/v1/bookings", key, &body).await;
            (retry.status < 300).then_some(retry)
        })
        .await;
        assert_eq!(
            world.decided(&ingress, &patient, retried.request_id()).await.state(),
            "confirmed"
        );
    }
    decided_once_and_in_order(&world, accepted.len() + refused.len()).await;
    assert_eq!(books(&world).await.lost, 0, "a refused number is no loss");
    world.finish().await;
}

/// A queue that stays full: each refusal ends an identity of the publisher, and those leave neither rows nor reports that
/// would hold up the other partition.
#[tokio::test]
async fn a_queue_that_stays_full_costs_the_other_partition_nothing() {
    let mut world = World::new().await;
    let direct = world.setting("AMQP_URL").to_owned();
    let proxy = Proxy::before(&direct).await;
    world.set("AMQP_URL", &proxy.url(&direct));
    let ingress = world.ingress().await;
    world.set("AMQP_URL", &direct);
    let (full, free, patient) =
        (busy_doctor(&world, 0).await, busy_doctor(&world, 1).await, world.patient().await);
    let policy = format!("/api/policies/{}/short", world.vhost);
    let short =
        json!({"pattern": "^docde\\.p00$", "apply-to": "queues", "definition": {"max-length": 2}});
    let (status, _) = world.management().call(reqwest::Method::PUT, &policy, Some(&short)).await;
    assert!(status < 300, "{status}");
    let (mut accepted, mut refused, mut n) = (0, 0, 0);
    while refused < 100 {
        let answer = ask(&world, &ingress, &patient, &full, n).await;
        n += 1;
        if answer.status == 202 { accepted += 1 } else { refused += 1 }
    }
    for _ in 0..3 {
        // Nobody asks: what is sent is the report that the queue refuses, again and again.
        let before = proxy.sent();
        until("a report to be tried", async || (proxy.sent() - before > HEARTBEATS).then_some(()))
            .await;
    }
    let before = proxy.sent();
    assert_eq!(ask(&world, &ingress, &patient, &free, 0).await.status, 202);
    let sent = proxy.sent() - before;
    assert!(sent < FEW_MESSAGES, "{sent} bytes were sent until the other partition had its turn");
    assert_eq!(world.management().delete(&policy).await, 204);
    let _worker = world.worker().await;
    decided(&world, accepted + 1).await;
    // A publisher that stops says all that it owes.
    ingress.stop().await;
    world.settled().await;
    let arrived = "SELECT COUNT(DISTINCT partition_id, publisher) FROM request";
    assert_eq!(
        world.count("SELECT COUNT(*) FROM publisher WHERE last_seq > 0").await,
        world.count(arrived).await,
        "identities that brought nothing"
    );
    assert_eq!(books(&world).await.lost, 0);
    world.finish().await;
}

/// Bytes that a connection may send without a message.
const HEARTBEATS: u64 = 100;
/// Bytes that a few messages are, and those of a full window of reports are not.
const FEW_MESSAGES: u64 = 4_000;

async fn decided_ids(world: &World) -> BTreeSet<Uuid> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM request").fetch_all(&world.pool).await.expect("ids");
    ids.into_iter().collect()
}

/// Commands beyond the window are told to come back, and those within it are not affected.
#[tokio::test]
async fn past_the_publish_window_a_command_is_told_to_come_back() {
    const WINDOW: usize = 3;
    let mut world = World::new().await;
    let direct = world.setting("AMQP_URL").to_owned();
    let proxy = Proxy::before(&direct).await;
    world.set("AMQP_URL", &proxy.url(&direct));
    world.set("DOCDE_PUBLISH_WINDOW", &WINDOW.to_string());
    world.set("DOCDE_PUBLISH_CHANNELS", "1");
    let ingress = world.ingress().await;
    let (doctor, patients) = (busy_doctor(&world, 0).await, world.patients(10).await);
    assert_eq!(ask(&world, &ingress, &patients[0], &doctor, 0).await.status, 202);
    proxy.set(Wire::HoldsAnswers);
    let answers = std::cell::RefCell::new(Vec::<Answer>::new());
    let asks = patients.iter().enumerate().map(async |(n, patient)| {
        let answer = ask(&world, &ingress, patient, &doctor, n + 1).await;
        answers.borrow_mut().push(answer);
    });
    let resume = async {
        until("all but the window to be refused", async || {
            (answers.borrow().len() == 10 - WINDOW).then_some(())
        })
        .await;
        proxy.set(Wire::Passes);
    };
    tokio::join!(join_all(asks), resume);
    let (accepted, busy): (Vec<_>, Vec<_>) =
        answers.into_inner().into_iter().partition(|answer| answer.status == 202);
    assert_eq!((accepted.len(), busy.len()), (WINDOW, 10 - WINDOW));
    for answer in &busy {
        assert_eq!((answer.status, answer.code()), (429, "BUSY"), "{}", answer.text);
        assert!(!answer.header("retry-after").is_empty());
    }
    assert_eq!(
        ask(&world, &ingress, &patients[0], &doctor, 50).await.status,
        202,
        "the window is free again"
    );
    world.set("AMQP_URL", &direct);
    let _worker = world.worker().await;
    decided(&world, WINDOW + 2).await;
    decided_once_and_in_order(&world, WINDOW + 2).await;
    world.finish().await;
}

/// A listener that does not read: what it has not taken stays with the broker, in a queue whose length is bounded.
#[tokio::test]
async fn a_listener_that_is_busy_leaves_the_outcomes_with_the_broker() {
    const SENT: u32 = 2_000;
    let world = World::new().await;
    let hand = DirectBroker::open(&world).await;
    let broker = Broker::from_env(&world.env(), "tests feed", 1).expect("AMQP_URL");
    let tasks = Tasks::new(Shutdown::default());
    let mut messages =
        platform::outcomes::subscribe(broker, "notifier", &tasks).await.expect("a subscription");
    for _ in 0..SENT {
        hand.publish(OUTCOMES, "", FieldTable::default(), b"one of many").await;
    }
    until("most of it to lie in the queue", async || {
        let path = format!("/api/queues/{}", world.vhost);
        let (_, queues) = world.management().call(reqwest::Method::GET, &path, None).await;
        let of_feed = |queue: &&serde_json::Value| {
            queue["name"].as_str().is_some_and(|name| name.starts_with("docde.notifier."))
        };
        let ready = queues.as_array()?.iter().find(of_feed)?["messages_ready"].as_u64()?;
        (ready > u64::from(SENT / 2)).then_some(())
    })
    .await;
    for n in 0..SENT {
        assert!(messages.recv().await.is_some(), "{n}");
    }
    world.finish().await;
}
