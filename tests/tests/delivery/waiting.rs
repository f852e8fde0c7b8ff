//! Where a request stands that waits to be decided, told on the sockets of its account that have asked.

use docde_tests::api::key;
use docde_tests::{Hours, Socket, World};
use serde_json::json;
use std::time::Duration;

/// Queued at the broker while nobody decides.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_is_told_the_place_on_the_socket_and_nothing_of_it_after_the_outcome() {
    let world = World::new().await;
    let (ingress, notifier) = (world.ingress().await, world.notifier().await);
    let doctor = world.doctor().await;
    let patients = world.patients(3).await;
    let mut sent = Vec::new();
    for (slot, patient) in patients.iter().enumerate() {
        let start = doctor.on(&world, 1, ["09:00", "10:00", "11:00"][slot]);
        let start = docde_tests::api::text(start);
        let body = json!({"doctor_id": doctor.id, "starts_at": start, "visit": "first"});
        let path = "/v1/bookings";
        let answer = world.post_async(&ingress, patient, path, &key(), &body).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        sent.push(answer.request_id());
    }
    let mut socket = Socket::open(&notifier, &patients[2], None).await;
    let mut stranger = Socket::open(&notifier, &patients[0], None).await;
    socket.watch(sent[2]).await;
    stranger.watch(sent[2]).await;
    let place = socket.place().await;
    assert_eq!((&place["request_id"], &place["ahead"]), (&json!(sent[2]), &json!(2)), "{place}");
    assert!(place["as_of"].is_string() && place.get("ticket_id").is_none(), "{place}");
    // Another socket of the account is told without asking; one that has not changed is not told again.
    let mut other = Socket::open(&notifier, &patients[2], None).await;
    assert_eq!(other.place().await["ahead"], 2);
    world.worker().await;
    let outcome = socket.outcome().await;
    assert_eq!(outcome["request"]["id"], json!(sent[2]));
    while socket.has_place() {
        socket.place().await;
    }
    assert_eq!(socket.within(Duration::from_millis(1_500)).await.len(), 0);
    assert!(!socket.has_place(), "what is decided has no place");
    let own = stranger.outcome().await;
    assert_eq!(own["request"]["id"], json!(sent[0]));
    assert!(!stranger.has_place(), "of nobody else's request");
    world.finish().await;
}

/// Held back behind those of its hospital: counted among these, without an estimate.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_held_back_is_told_the_place_among_those_of_the_hospital() {
    let world = World::new().await;
    let (ingress, notifier) = (world.ingress().await, world.notifier().await);
    let doctor = world.doctor_at(world.hospital_in(0).await, &Hours::default()).await;
    let patients = world.patients(4).await;
    let mut sent = Vec::new();
    for (slot, patient) in patients.iter().enumerate() {
        let start = doctor.on(&world, 1, ["09:00", "10:00", "11:00", "12:00"][slot]);
        let start = docde_tests::api::text(start);
        let body = json!({"doctor_id": doctor.id, "starts_at": start, "visit": "first"});
        let answer = world.post_async(&ingress, patient, "/v1/bookings", &key(), &body).await;
        sent.push(answer.request_id());
    }
    // What a worker would have held back, put there by hand, so that it stays.
    for (place, request) in (1_u64..).zip(&sent) {
        sqlx::query("INSERT INTO held_back (partition_id, place, hospital_id, request_id, publisher, publisher_seq, held_at, frame) VALUES (0, ?, ?, ?, ?, 0, UTC_TIMESTAMP(3), '')")
            .bind(place)
            .bind(doctor.hospital.uuid())
            .bind(*request)
            .bind(uuid::Uuid::nil())
            .execute(&world.pool)
            .await
            .expect("held back");
    }
    let mut socket = Socket::open(&notifier, &patients[3], None).await;
    socket.watch(sent[3]).await;
    let place = socket.place().await;
    assert_eq!((&place["ahead"], &place["estimate_s"]), (&json!(3), &json!(null)), "{place}");
    sqlx::query("DELETE FROM held_back WHERE place < 3").execute(&world.pool).await.expect("gone");
    assert_eq!(socket.place().await["ahead"], 1);
    sqlx::query("DELETE FROM held_back").execute(&world.pool).await.expect("gone");
    world.worker().await;
    assert_eq!(socket.outcome().await["request"]["id"], json!(sent[3]));
    world.finish().await;
}
