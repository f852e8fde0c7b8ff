//! Poison (invariant 7): what cannot be decided is parked alone with its reason, its sender is told that it is being looked
//! into, its neighbours are decided. What the broker gave up or could not route ends the same way.

use docde_tests::{Socket, World, until};
use domain::command::Command;
use domain::wire::{self, header};
use lapin::types::{AMQPValue, FieldTable};
use platform::topology::{COMMANDS, DEAD, UNROUTED};
use serde_json::Value;
use uuid::Uuid;

use crate::by_hand::{self, DirectBroker, book};
use crate::loads::{Books, Spine, books, busy_doctor, decided, slot, spine};

/// The reason for which a request is parked, once it is.
pub async fn parked(world: &World, command: &Command) -> (String, String) {
    until("a request to be parked", async || {
        let query = sqlx::query_as("SELECT reason, detail FROM dead_letter WHERE request_id = ?")
            .bind(command.request_id.uuid());
        query.fetch_optional(&world.pool).await.expect("dead letters")
    })
    .await
}

/// Its sender sees it as parked, and was told so by a notice.
async fn sender_knows(
    world: &World,
    spine: &Spine,
    patient: &docde_tests::Patient,
    socket: &mut Socket,
    command: &Command,
) {
    let id = command.request_id.to_string();
    let frame = loop {
        let frame = socket.next().await.expect("a notice");
        if frame["request"]["id"] == *id {
            break frame;
        }
    };
    assert_eq!(
        (&frame["type"], &frame["request"]["state"]),
        (&Value::from("notice"), &Value::from("parked")),
        "{frame}"
    );
    let shown = world.get(&spine.ingress, patient, &format!("/v1/requests/{id}")).await;
    assert_eq!((shown.status, &shown.json), (200, &frame["request"]), "{}", shown.text);
}

#[tokio::test]
async fn a_frame_that_cannot_be_read_is_parked_alone_and_its_sender_told() {
    let world = World::new().await;
    let spine = spine(&world).await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let mut socket = Socket::open(&spine.notifier, &patient, None).await;
    let mut hand = DirectBroker::open(&world).await;
    for (round, (good, bad)) in
        [("\"kind\":\"book\"", "\"kind\":\"unheard_of\""), ("\"v\":1", "\"v\":2"), ("{", "[")]
            .into_iter()
            .enumerate()
    {
        let commands: Vec<_> = (0..5)
            .map(|n| book(&world, &patient, &doctor, slot(&world, &doctor, round * 5 + n)))
            .collect();
        let mut frames: Vec<_> = commands.iter().map(wire::encode).collect();
        frames[2] = frames[2].replacen(good, bad, 1);
        let frames: Vec<_> = frames.into_iter().map(String::into_bytes).collect();
        hand.send(doctor.partition(), &frames).await;
        let (reason, detail) = parked(&world, &commands[2]).await;
        assert_eq!(reason, "undecodable");
        assert!(!detail.is_empty());
        sender_knows(&world, &spine, &patient, &mut socket, &commands[2]).await;
        decided(&world, (round + 1) * 4).await;
        let kept: Vec<u8> =
            sqlx::query_scalar("SELECT frame FROM dead_letter WHERE request_id = ?")
                .bind(commands[2].request_id.uuid())
                .fetch_one(&world.pool)
                .await
                .expect("the frame");
        assert_eq!(kept, frames[2], "as it came");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM booking").await, 12, "all neighbours");
    let ends = Books { received: 15, confirmed: 12, parked: 3, ..Books::default() };
    assert_eq!(books(&world).await, ends);
    world.finish().await;
}

#[tokio::test]
async fn what_names_nobody_is_parked_too_and_stops_nobody() {
    let world = World::new().await;
    let _spine = spine(&world).await;
    let (doctor, patient) = (busy_doctor(&world, 1).await, world.patient().await);
    let mut hand = DirectBroker::open(&world).await;
    let good =
        |n| wire::encode(&book(&world, &patient, &doctor, slot(&world, &doctor, n))).into_bytes();
    let nobody = b"no uuid at all {}".to_vec();
    hand.send(doctor.partition(), &[good(0), b"\xff\xfe\xfd".to_vec(), nobody, good(1)]).await;
    // A message without headers, and an empty one.
    let key = doctor.partition().usual().key(None);
    hand.publish(COMMANDS, &key, FieldTable::default(), &good(2)).await;
    hand.publish(COMMANDS, &key, FieldTable::default(), b"").await;
    hand.send(doctor.partition(), &[good(3)]).await;
    decided(&world, 4).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM dead_letter WHERE request_id IS NULL AND reason = 'undecodable'").await, 2);
    let ends = Books { received: 6, confirmed: 4, undecodable: 2, ..Books::default() };
    assert_eq!(books(&world).await, ends);
    world.finish().await;
}

/// A message of a later version, and messages that hold fewer or more commands than they say.
#[tokio::test]
async fn a_message_that_cannot_be_believed_is_parked_with_its_reason() {
    let world = World::new().await;
    let spine = spine(&world).await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let mut socket = Socket::open(&spine.notifier, &patient, None).await;
    let hand = DirectBroker::open(&world).await;
    let key = doctor.partition().usual().key_of_many();
    for (round, (version, count, reason)) in
        [(2, 2, "version 2"), (1, 3, "says 3"), (1, 1, "holds 2")].into_iter().enumerate()
    {
        let commands: Vec<_> = (0..2)
            .map(|n| book(&world, &patient, &doctor, slot(&world, &doctor, round * 2 + n)))
            .collect();
        let mut headers = by_hand::numbers(Uuid::new_v4(), 1, 0);
        headers.insert(header::VERSION.into(), AMQPValue::LongInt(version));
        headers.insert(header::COUNT.into(), AMQPValue::LongLongInt(count));
        let body = format!("{}\n{}", wire::encode(&commands[0]), wire::encode(&commands[1]));
        hand.publish(COMMANDS, &key, headers, body.as_bytes()).await;
        for command in &commands {
            let (kind, detail) = parked(&world, command).await;
            assert_eq!(kind, "undecodable");
            assert!(detail.contains(reason), "{detail}");
            sender_knows(&world, &spine, &patient, &mut socket, command).await;
        }
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM booking").await, 0);
    world.finish().await;
}

/// Two attempts were committed and did not end; the third parks the command instead of trying it.
#[tokio::test]
async fn a_command_that_kills_its_worker_is_parked_at_the_third_attempt() {
    let world = World::new().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let mut hand = DirectBroker::open(&world).await;
    let commands: Vec<_> =
        (0..3).map(|n| book(&world, &patient, &doctor, slot(&world, &doctor, n))).collect();
    hand.send_each(&commands, doctor.partition()).await;
    let now = world.clock.now().naive_utc();
    for (command, attempts) in [(&commands[0], 1), (&commands[1], 2)] {
        let row = sqlx::query("INSERT INTO attempt (request_id, count, at) VALUES (?, ?, ?)")
            .bind(command.request_id.uuid());
        row.bind(attempts).bind(now).execute(&world.pool).await.expect("attempts");
    }
    by_hand::take(&world, "docde.p00", 3, |_| false).await;
    let spine = spine(&world).await;
    let (reason, detail) = parked(&world, &commands[1]).await;
    assert_eq!(reason, "attempts", "{detail}");
    decided(&world, 2).await;
    let mut socket = Socket::open(&spine.notifier, &patient, None).await;
    let shown = world
        .get(&spine.ingress, &patient, &format!("/v1/requests/{}", commands[1].request_id))
        .await;
    assert_eq!(shown.state(), "parked", "{}", shown.text);
    assert!(socket.within(std::time::Duration::from_millis(100)).await.is_empty());
    assert_eq!(world.count("SELECT COUNT(*) FROM booking").await, 2, "its neighbours");
    until("attempts of what is settled to be forgotten", async || {
        (world.count("SELECT COUNT(*) FROM attempt").await == 0).then_some(())
    })
    .await;
    assert_eq!(books(&world).await.parked, 1);
    world.finish().await;
}

/// By hand, since the broker needs a thousand deliveries to give a message up.
#[tokio::test]
async fn what_the_broker_gave_up_or_could_not_route_ends_parked() {
    let world = World::new().await;
    let spine = spine(&world).await;
    let (doctor, patient) = (busy_doctor(&world, 1).await, world.patient().await);
    let mut socket = Socket::open(&spine.notifier, &patient, None).await;
    let mut hand = DirectBroker::open(&world).await;
    let publisher = Uuid::new_v4();
    let letters = [
        (DEAD, "doctor.p01.x"),
        (DEAD, "desk.p01.x"),
        (COMMANDS, "doctor.p77.x"),
        (COMMANDS, "nobody"),
    ];
    for (n, (exchange, key)) in letters.into_iter().enumerate() {
        let command = book(&world, &patient, &doctor, slot(&world, &doctor, n));
        let headers = by_hand::numbers(publisher, n as u64 + 1, n as u64);
        hand.publish(exchange, key, headers, wire::encode(&command).as_bytes()).await;
        assert_eq!(parked(&world, &command).await.0, "dead_letter");
        sender_knows(&world, &spine, &patient, &mut socket, &command).await;
    }
    // One that cannot be read goes by its key, and its sender is told as well.
    let unread = book(&world, &patient, &doctor, slot(&world, &doctor, 8));
    let frame = wire::encode(&unread).replace("\"v\":1", "\"v\":9");
    hand.publish(DEAD, "doctor.p01.x", by_hand::numbers(publisher, 5, 4), frame.as_bytes()).await;
    assert_eq!(parked(&world, &unread).await.0, "undecodable");
    sender_knows(&world, &spine, &patient, &mut socket, &unread).await;
    hand.publish(DEAD, "x", FieldTable::default(), b"\xff nothing").await;
    until("what names nobody to be written down", async || {
        (world.count("SELECT COUNT(*) FROM dead_letter").await == 6).then_some(())
    })
    .await;
    hand.send_one(&book(&world, &patient, &doctor, slot(&world, &doctor, 9)), &doctor).await;
    decided(&world, 1).await;
    for queue in [DEAD, UNROUTED] {
        assert_eq!(hand.ready(queue).await, 0, "{queue}");
    }
    assert_eq!(
        books(&world).await,
        Books { received: 6, confirmed: 1, parked: 5, ..Books::default() }
    );
    world.finish().await;
}

/// A replay counts its attempts like any other delivery, although the request has its row.
#[tokio::test]
async fn a_replayed_command_that_kills_its_worker_is_parked_again() {
    let world = World::new().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let mut hand = DirectBroker::open(&world).await;
    let command = book(&world, &patient, &doctor, slot(&world, &doctor, 0));
    let attempts = "INSERT INTO attempt (request_id, count, at) VALUES (?, 2, '2026-01-01')";
    for replay in [false, true] {
        sqlx::query(attempts)
            .bind(command.request_id.uuid())
            .execute(&world.pool)
            .await
            .expect("attempts");
        hand.send_one(&Command { replay, ..command.clone() }, &doctor).await;
        by_hand::take(&world, "docde.p00", 1, |_| false).await;
        let worker = world.worker().await;
        let letters = if replay { 2 } else { 1 };
        let parked = async || {
            (world.count("SELECT COUNT(*) FROM dead_letter WHERE reason = 'attempts'").await
                == letters)
                .then_some(())
        };
        until("the command to be parked", parked).await;
        worker.stop().await;
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM request WHERE state = 'parked'").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM booking").await, 0);
    world.finish().await;
}

/// What waiting mends is waited for: nobody is parked because the database is read-only, full or behind in its schema.
#[tokio::test]
async fn only_what_a_command_says_itself_is_held_against_it() {
    let world = World::new().await;
    let errors = [
        (1290, "HY000", true),
        (1114, "HY000", true),
        (1047, "08S01", true),
        (1146, "42S02", true),
        (4031, "HY000", true),
        (1213, "40001", false),
        (1406, "22001", false),
        (1062, "23000", false),
        (1366, "HY000", false),
        (1153, "08S01", false),
    ];
    for (number, state, waits) in errors {
        let signal =
            format!("SIGNAL SQLSTATE '{state}' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'tried'");
        let error = sqlx::raw_sql(sqlx::AssertSqlSafe(signal))
            .execute(&world.pool)
            .await
            .expect_err("signalled");
        assert_eq!(platform::database::is_unavailable(&error), waits, "{number} {state}");
    }
    world.finish().await;
}
