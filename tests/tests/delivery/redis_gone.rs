//! Redis is a convenience: with it away everything works, only slower, and no slot is sold twice.

use docde_tests::proxy::{Proxy, Wire};
use docde_tests::{Socket, World, api, until};
use futures_util::future::join_all;
use serde_json::json;

use crate::loads::{
    ask, busy_doctor, busy_doctors, crowd, decided, decided_once_and_in_order, spine,
};

#[tokio::test]
async fn without_redis_everything_works() {
    let mut world = World::new().await;
    world.set("REDIS_URL", "redis://127.0.0.1:1/0");
    let spine = spine(&world).await;
    let (doctors, patients) = (busy_doctors(&world).await, world.patients(20).await);
    let patient = &patients[0];
    let mut socket = Socket::open(&spine.notifier, patient, None).await;
    let (key, at) = (api::key(), doctors[0].on(&world, 1, "10:00"));
    let booked = world.book(&spine.ingress, patient, &doctors[0], at, &key).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    assert_eq!(socket.outcome().await["request"], booked.json);
    let retried = world.book(&spine.ingress, patient, &doctors[0], at, &key).await;
    assert_eq!((retried.status, &retried.text), (201, &booked.text));
    let other = world
        .book(&spine.ingress, patient, &doctors[0], doctors[0].on(&world, 1, "11:00"), &key)
        .await;
    assert_eq!((other.status, other.code()), (422, "KEY_REUSED"), "{}", other.text);
    let shown =
        world.get(&spine.ingress, patient, &format!("/v1/requests/{}", booked.request_id())).await;
    assert_eq!((shown.status, &shown.text), (200, &booked.text));
    let moved = world
        .reschedule(
            &spine.ingress,
            patient,
            booked.booking_id(),
            &api::key(),
            doctors[0].on(&world, 1, "12:00"),
            None,
        )
        .await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let cancelled = world.cancel(&spine.ingress, patient, booked.booking_id(), &api::key()).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    crowd(&world, &spine.ingress, &patients, &doctors, 0..40).await;
    decided(&world, 43).await;
    decided_once_and_in_order(&world, 43).await;
    world.finish().await;
}

#[tokio::test]
async fn without_redis_a_slot_is_sold_once() {
    let mut world = World::new().await;
    world.set("REDIS_URL", "redis://127.0.0.1:1/0");
    let spine = spine(&world).await;
    let (doctor, patients) = (world.doctor().await, world.patients(30).await);
    let at = doctor.on(&world, 2, "10:00");
    let racers = patients
        .iter()
        .map(async |patient| world.book(&spine.ingress, patient, &doctor, at, &api::key()).await);
    let answers = join_all(racers).await;
    let won = answers.iter().filter(|answer| answer.status == 201).count();
    let lost = answers
        .iter()
        .filter(|answer| (answer.status, answer.code()) == (409, "SLOT_TAKEN"))
        .count();
    assert_eq!((won, lost), (1, 29));
    assert_eq!(world.count("SELECT COUNT(seat_in_use) FROM booking").await, 1);
    world.finish().await;
}

/// What became of a request that is not decided yet, nobody can say then; least of all that it was never seen.
#[tokio::test]
async fn without_redis_an_undecided_request_is_not_called_unseen() {
    let mut world = World::new().await;
    world.set("REDIS_URL", "redis://127.0.0.1:1/0");
    let ingress = world.ingress().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let asked = ask(&world, &ingress, &patient, &doctor, 0).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let path = format!("/v1/requests/{}", asked.request_id());
    let shown = world.get(&ingress, &patient, &path).await;
    assert_eq!((shown.status, shown.code()), (503, "UNAVAILABLE"), "{}", shown.text);
    let _worker = world.worker().await;
    decided(&world, 1).await;
    assert_eq!(world.get(&ingress, &patient, &path).await.state(), "confirmed");
    world.finish().await;
}

/// An ingress that does not reach Redis for a moment publishes without a marker. Another one, which does, must not take the
/// retry for a new request and refuse it, while the first copy waits.
#[tokio::test]
async fn a_request_without_a_marker_is_known_elsewhere_once_redis_answers() {
    let mut world = World::new().await;
    let direct = world.setting("REDIS_URL").to_owned();
    let wire = Proxy::before(&direct).await;
    world.set("REDIS_URL", &wire.url(&direct));
    let far = world.ingress().await;
    world.set("REDIS_URL", &direct);
    let (near, worker) = (world.ingress().await, world.worker().await);
    world.owned().await;
    let (doctor, patients) = (world.doctor().await, world.patients(3).await);
    let at = doctor.on(&world, 2, "10:00");
    let first = world.book(&near, &patients[0], &doctor, at, &api::key()).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let body = json!({ "doctor_id": doctor.id, "starts_at": api::text(at) });
    until("the time is known to be taken", async || {
        let refused =
            world.post_async(&near, &patients[1], "/v1/bookings", &api::key(), &body).await;
        (refused.status == 409 && refused.json["accepted"] == false).then_some(())
    })
    .await;
    worker.stop().await;

    wire.set(Wire::Holds);
    let (patient, key) = (&patients[2], api::key());
    let unmarked = world.post_async(&far, patient, "/v1/bookings", &key, &body).await;
    assert_eq!(unmarked.status, 202, "{}", unmarked.text);
    let path = format!("/v1/requests/{}", unmarked.request_id());
    let unseen = world.get(&near, patient, &path).await;
    assert_eq!((unseen.status, unseen.code()), (404, "REQUEST_NOT_SEEN"), "{}", unseen.text);
    wire.set(Wire::Passes);
    until("the marker is set", async || {
        let shown = world.get(&near, patient, &path).await;
        (shown.status == 200 && shown.state() == "accepted").then_some(())
    })
    .await;
    let again = world.post_async(&near, patient, "/v1/bookings", &key, &body).await;
    assert_eq!((again.status, again.request_id()), (202, unmarked.request_id()), "{}", again.text);

    let _worker = world.worker().await;
    let decided = world.decided(&near, patient, unmarked.request_id()).await;
    assert_eq!(decided.state(), "rejected", "{}", decided.text);
    world.finish().await;
}
