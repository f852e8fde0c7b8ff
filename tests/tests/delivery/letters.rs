//! What an operator does to parked requests, sent as the CLI sends it: replay decides them, at the tail of their
//! partition; discard rejects them for good. Either way the sender is told, once.

use docde_tests::{Doctor, Patient, Socket, World, api, until};
use domain::command::Command;
use domain::ids::{IdempotencyKey, RequestId};
use domain::parking::Discard;
use domain::people::Sender;
use domain::wire;
use serde_json::Value;
use std::time::Duration;

use crate::by_hand::{self, DirectBroker, book};
use crate::loads::{Books, Spine, books, busy_doctor, slot, spine, visit};
use crate::poison::parked;

/// Two requests that are parked: one that could be decided, one whose frame cannot be read.
struct Parked {
    world: World,
    spine: Spine,
    doctor: Doctor,
    patient: Patient,
    hand: DirectBroker,
    socket: Socket,
    readable: Command,
    unreadable: Command,
}

async fn parked_ones() -> Parked {
    let world = World::new().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let mut hand = DirectBroker::open(&world).await;
    let readable = book(&world, &patient, &doctor, slot(&world, &doctor, 0));
    let unreadable = book(&world, &patient, &doctor, slot(&world, &doctor, 1));
    hand.send_one(&readable, &doctor).await;
    let attempts =
        sqlx::query("INSERT INTO attempt (request_id, count, at) VALUES (?, 2, '2026-01-01')")
            .bind(readable.request_id.uuid());
    attempts.execute(&world.pool).await.expect("attempts");
    by_hand::take(&world, "docde.p00", 1, |_| false).await;
    hand.send(
        doctor.partition(),
        &[wire::encode(&unreadable).replace("\"v\":1", "\"v\":9").into_bytes()],
    )
    .await;
    let spine = spine(&world).await;
    parked(&world, &readable).await;
    parked(&world, &unreadable).await;
    let socket = Socket::open(&spine.notifier, &patient, None).await;
    Parked { world, spine, doctor, patient, hand, socket, readable, unreadable }
}

#[tokio::test]
async fn a_replay_decides_a_parked_request_at_the_tail() {
    let Parked { world, spine, doctor, patient, mut hand, mut socket, readable, .. } =
        parked_ones().await;
    // Sent again as it was, it stays parked: its sender's retry is no replay.
    hand.send_one(&readable, &doctor).await;
    let neighbour = book(&world, &patient, &doctor, slot(&world, &doctor, 5));
    hand.send_one(&neighbour, &doctor).await;
    let replay = Command { replay: true, ..readable.clone() };
    hand.send_one(&replay, &doctor).await;
    for expected in [&neighbour, &readable] {
        let frame = socket.outcome().await;
        assert_eq!(frame["request"]["id"], expected.request_id.to_string());
        assert_eq!(frame["request"]["state"], "confirmed", "{frame}");
    }
    // A second replay changes nothing, and tells nobody.
    hand.send_one(&replay, &doctor).await;
    assert!(socket.within(Duration::from_millis(300)).await.is_empty());
    let shown =
        world.get(&spine.ingress, &patient, &format!("/v1/requests/{}", readable.request_id)).await;
    assert_eq!(shown.state(), "confirmed", "{}", shown.text);
    assert_eq!(world.count("SELECT COUNT(*) FROM booking").await, 2);
    let ends = Books { received: 6, confirmed: 2, duplicate: 3, parked: 1, ..Books::default() };
    assert_eq!(books(&world).await, ends);
    world.finish().await;
}

#[tokio::test]
async fn a_discard_rejects_a_parked_request_and_tells_its_sender() {
    let Parked { world, spine, doctor, patient, mut hand, mut socket, readable, unreadable } =
        parked_ones().await;
    for target in [&readable, &unreadable] {
        let discard = by_hand::command(
            &world,
            Sender::operator(patient.account),
            &doctor,
            Discard { target: target.request_id },
        );
        hand.send_one(&discard, &doctor).await;
        let frame = socket.outcome().await;
        let request = &frame["request"];
        assert_eq!(request["id"], target.request_id.to_string());
        assert_eq!(
            (&request["state"], &request["outcome"]["code"]),
            (&Value::from("rejected"), &Value::from("DISCARDED")),
            "{frame}"
        );
        let shown = world
            .get(&spine.ingress, &patient, &format!("/v1/requests/{}", target.request_id))
            .await;
        assert_eq!((shown.status, &shown.json), (200, request));
        // The operator's own request is nobody's on the sockets; discarding again finds nothing parked.
        let again = by_hand::command(
            &world,
            Sender::operator(patient.account),
            &doctor,
            Discard { target: target.request_id },
        );
        hand.send_one(&again, &doctor).await;
        assert!(socket.within(Duration::from_millis(200)).await.is_empty());
    }
    // Decided is decided: a replay of what was discarded changes nothing.
    hand.send_one(&Command { replay: true, ..readable.clone() }, &doctor).await;
    let ends = until("the replay to arrive", async || {
        Some(books(&world).await).filter(|books| books.received == 7)
    })
    .await;
    assert_eq!(
        (ends.confirmed, ends.rejected, ends.duplicate, ends.parked),
        (2, 4, 1, 0),
        "{ends:?}"
    );
    assert_eq!(world.count("SELECT COUNT(*) FROM booking").await, 0);
    world.finish().await;
}

/// A worker of an older build could not read it. Its sender is told that it is being looked into, by any retry too; once an
/// operator replays it where it can be read, it is what it was.
#[tokio::test]
async fn a_retry_of_what_could_not_be_read_is_told_so_and_no_key_is_reused() {
    let world = World::new().await;
    let (doctor, patient, spine) =
        (busy_doctor(&world, 0).await, world.patient().await, spine(&world).await);
    let mut hand = DirectBroker::open(&world).await;
    let key = api::key();
    let request_id = RequestId::of(patient.account, &IdempotencyKey::parse(&key).expect("a key"));
    let unread =
        Command { request_id, ..book(&world, &patient, &doctor, slot(&world, &doctor, 0)) };
    hand.send(
        doctor.partition(),
        &[wire::encode(&unread).replace("\"v\":1", "\"v\":9").into_bytes()],
    )
    .await;
    parked(&world, &unread).await;
    let retry = world
        .post(
            &spine.ingress,
            &patient,
            "/v1/bookings",
            &key,
            &visit(&doctor, slot(&world, &doctor, 0)),
        )
        .await;
    assert_eq!((retry.status, retry.state()), (202, "parked"), "{}", retry.text);

    hand.send_one(&Command { replay: true, ..unread.clone() }, &doctor).await;
    let as_it_was = "SELECT COUNT(*) FROM request WHERE id = ? AND state = 'confirmed' AND kind = 'book' AND hospital_id = ? AND body_hash = ?";
    until("the replay to be decided", async || {
        let query = sqlx::query_scalar::<_, i64>(as_it_was)
            .bind(request_id.uuid())
            .bind(doctor.hospital.uuid());
        let count = query
            .bind(unread.body_hash.bytes().to_vec())
            .fetch_one(&world.pool)
            .await
            .expect("a count");
        (count == 1).then_some(())
    })
    .await;
    world.finish().await;
}
