//! One trace from the client's header through the command's message to the outcome's. It travels in headers alone: what is
//! decided, compared and kept knows nothing of it.

use docde_tests::world::Service;
use docde_tests::{Answer, Patient, World, api};
use domain::trace::TraceParent;
use domain::wire::header;
use futures_util::StreamExt;
use lapin::Consumer;
use lapin::message::Delivery;
use platform::broker::header_text;
use platform::topology::{COMMANDS, OUTCOMES};
use reqwest::Method;
use serde_json::Value;

use crate::by_hand::DirectBroker;
use crate::loads::{busy_doctor, slot, spine, visit};

const THEIRS: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The header of the next message that has one: neither a report nor a backlog has.
async fn next_traced(consumer: &mut Consumer) -> (String, Delivery) {
    loop {
        let delivery = consumer.next().await.expect("a message").expect("a delivery");
        if let Some(text) = header_text(&delivery, header::TRACEPARENT) {
            return (text, delivery);
        }
    }
}

async fn book(
    world: &World,
    at: &Service,
    patient: &Patient,
    (key, body): (&str, &Value),
    trace: &str,
) -> Answer {
    let headers = [("idempotency-key", key), ("prefer", "wait=30"), (header::TRACEPARENT, trace)];
    world.call(at, patient, Method::POST, "/v1/bookings", &headers, Some(body)).await
}

#[tokio::test]
async fn a_trace_is_carried_from_the_request_to_its_outcome() {
    let world = World::new().await;
    let spine = spine(&world).await;
    let hand = DirectBroker::open(&world).await;
    let mut commands = hand.tap(COMMANDS, "doctor.#").await;
    let mut outcomes = hand.tap(OUTCOMES, "").await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let (key, body) = (api::key(), visit(&doctor, slot(&world, &doctor, 0)));
    let first = book(&world, &spine.ingress, &patient, (&key, &body), THEIRS).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let (named, command) = next_traced(&mut commands).await;
    assert_eq!(named, THEIRS);
    let (named, outcome) = next_traced(&mut outcomes).await;
    assert_eq!(named, THEIRS);
    for message in [&command, &outcome] {
        let text = String::from_utf8_lossy(&message.data);
        assert!(!text.contains("4bf92f3577b34da6a3ce929d0e0e4736"), "headers alone: {text}");
    }
    for (n, malformed) in (1..).zip(["00-malformed", &THEIRS.to_uppercase()]) {
        let (key, body) = (api::key(), visit(&doctor, slot(&world, &doctor, n)));
        let other = book(&world, &spine.ingress, &patient, (&key, &body), malformed).await;
        assert_eq!(other.status, 201, "{}", other.text);
        let (named, _) = next_traced(&mut outcomes).await;
        let made: TraceParent = named.parse().expect("a new trace");
        assert!(!THEIRS.contains(&made.trace_id()), "{named}");
    }
    // The same request under another trace, and under what is none.
    for trace in ["00-11111111111111111111111111111111-2222222222222222-00", "00-malformed"] {
        let again = book(&world, &spine.ingress, &patient, (&key, &body), trace).await;
        assert_eq!((again.status, &again.text), (201, &first.text));
    }
    world.finish().await;
}
