//! The main job: a command goes in over HTTP, and its one outcome comes back over HTTP and on every socket of the
//! account, byte by byte what the database says, and never to anybody else.

use docde_tests::world::Service;
use docde_tests::{Answer, Doctor, Patient, Socket, World, api};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

use crate::loads::{busy_doctors, decided_once_and_in_order, slot, spine, visit};

#[tokio::test]
async fn a_booking_is_told_over_http_and_on_the_socket() {
    let world = World::new().await;
    let spine = spine(&world).await;
    let (doctor, patient) = (world.doctor().await, world.patient().await);
    let mut socket = Socket::open(&spine.notifier, &patient, None).await;
    let answer = world
        .book(&spine.ingress, &patient, &doctor, doctor.on(&world, 2, "10:00"), &api::key())
        .await;
    assert_eq!((answer.status, answer.state()), (201, "confirmed"), "{}", answer.text);
    let frame = socket.outcome().await;
    assert_eq!(frame["request"], answer.json);
    assert_eq!(frame["at"], answer.json["decided_at"]);
    let shown =
        world.get(&spine.ingress, &patient, &format!("/v1/requests/{}", answer.request_id())).await;
    assert_eq!((shown.status, &shown.text), (200, &answer.text));
    world.finish().await;
}

#[tokio::test]
async fn an_outcome_reaches_every_socket_of_its_account_on_two_notifiers_and_no_other() {
    let world = World::new().await;
    let (spine, second) = (spine(&world).await, world.notifier().await);
    let (doctor, patient, stranger) =
        (world.doctor().await, world.patient().await, world.patient().await);
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for at in [&spine.notifier, &spine.notifier, &second] {
        own.push(Socket::open(at, &patient, None).await);
        others.push(Socket::open(at, &stranger, None).await);
    }
    let answer = world
        .book(&spine.ingress, &patient, &doctor, doctor.on(&world, 2, "10:00"), &api::key())
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    for socket in &mut own {
        assert_eq!(socket.outcome().await["request"], answer.json);
        assert!(socket.within(Duration::from_millis(100)).await.is_empty(), "told once");
    }
    for socket in &mut others {
        assert_eq!(
            socket.within(Duration::from_millis(100)).await,
            Vec::<Value>::new(),
            "not theirs"
        );
    }
    let shown = world
        .get(&spine.ingress, &stranger, &format!("/v1/requests/{}", answer.request_id()))
        .await;
    assert_eq!(shown.status, 404, "{}", shown.text);
    world.finish().await;
}

/// Invariant 5: what is told is committed when it is told, and is the same document.
#[tokio::test]
async fn every_notice_has_its_row_with_the_same_document() {
    let world = World::new().await;
    let spine = spine(&world).await;
    let (doctors, patients) = (busy_doctors(&world).await, world.patients(20).await);
    let lives = patients.iter().enumerate().map(|(index, patient)| {
        live(&world, &spine.ingress, &spine.notifier, &doctors, patient, index)
    });
    join_all(lives).await;
    decided_once_and_in_order(&world, 200).await;
    for state in ["confirmed", "rejected"] {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM request WHERE state = ?")
            .bind(state)
            .fetch_one(&world.pool)
            .await
            .expect("a count");
        assert!(count >= 40, "{count} {state} of 200");
    }
    world.finish().await;
}

/// Ten commands of a patient: bookings that work and do not, moves, cancellations, some of them twice.
async fn live(
    world: &World,
    ingress: &Service,
    notifier: &Service,
    doctors: &[Doctor],
    patient: &Patient,
    index: usize,
) {
    let mut socket = Socket::open(notifier, patient, None).await;
    let doctor = &doctors[index % doctors.len()];
    let at = |n: usize| slot(world, doctor, index * 10 + n);
    let first = booked(world, ingress, &mut socket, patient, doctor, index * 10).await;
    let second = booked(world, ingress, &mut socket, patient, doctor, index * 10 + 1).await;
    let wishes = [
        (format!("/v1/bookings/{first}/reschedule"), json!({"starts_at": api::text(at(2))})),
        // One's own second booking is in the way.
        (format!("/v1/bookings/{first}/reschedule"), json!({"starts_at": api::text(at(1))})),
        (format!("/v1/bookings/{second}/cancel"), json!({})),
        (format!("/v1/bookings/{second}/cancel"), json!({})),
        ("/v1/bookings".to_owned(), visit(doctor, at(1))),
        // Somebody else's child.
        (
            "/v1/bookings".to_owned(),
            json!({"doctor_id": doctor.id, "starts_at": api::text(at(4)), "patient_id": Uuid::now_v7()}),
        ),
        (format!("/v1/bookings/{first}/cancel"), json!({})),
        (format!("/v1/bookings/{first}/reschedule"), json!({"starts_at": api::text(at(5))})),
    ];
    for (path, body) in wishes {
        let answer = world.post_async(ingress, patient, &path, &api::key(), &body).await;
        told(world, &mut socket, &answer).await;
    }
}

async fn booked(
    world: &World,
    ingress: &Service,
    socket: &mut Socket,
    patient: &Patient,
    doctor: &Doctor,
    n: usize,
) -> Uuid {
    let body = visit(doctor, slot(world, doctor, n));
    let answer = world.post_async(ingress, patient, "/v1/bookings", &api::key(), &body).await;
    let frame = told(world, socket, &answer).await;
    frame["request"]["outcome"]["booking"]["id"]
        .as_str()
        .expect("a booking")
        .parse()
        .expect("an id")
}

/// The next outcome is that request's; its row stands there at this very moment.
async fn told(world: &World, socket: &mut Socket, answer: &Answer) -> Value {
    assert_eq!(answer.status, 202, "{}", answer.text);
    let frame = socket.outcome().await;
    let request = &frame["request"];
    assert_eq!(request["id"], answer.json["id"]);
    let row: (String, Option<Uuid>, String) = sqlx::query_as(
        "SELECT CAST(state AS CHAR), subject_id, document FROM request WHERE id = ?",
    )
    .bind(answer.request_id())
    .fetch_one(&world.pool)
    .await
    .expect("a row behind the notice");
    assert_eq!(row.0, request["state"].as_str().expect("a state"));
    assert_eq!(serde_json::from_str::<Value>(&row.2).expect("JSON"), *request);
    if row.0 == "confirmed" {
        let told = &request["outcome"]["booking"];
        let kept: (String, u32) =
            sqlx::query_as("SELECT CAST(status AS CHAR), revision FROM booking WHERE id = ?")
                .bind(row.1.expect("a booking's id"))
                .fetch_one(&world.pool)
                .await
                .expect("a booking behind the confirmation");
        assert_eq!(
            (kept.0.as_str(), u64::from(kept.1)),
            (
                told["status"].as_str().expect("a status"),
                told["revision"].as_u64().expect("a revision")
            )
        );
    }
    frame
}
