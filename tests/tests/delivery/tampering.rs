//! What each check of `docde audit` is for: one tampering after the other, and the very names that turn red. A check that
//! none of them reaches could not turn red, and the last assertion says so.

use docde_tests::{World, api, until};
use platform::topology::{COMMANDS, DEAD, UNROUTED};
use std::collections::BTreeSet;

use crate::audit::audit;
use crate::by_hand::{self, DirectBroker};
use crate::ledgers::mixed_run;
use crate::loads::{Spine, busy_doctor, slot, spine, visit};

/// Two open bookings of one doctor: `@a` and `@b`; one of another doctor: `@c`; and an id of nothing.
const CHOSEN: &str = "SELECT MIN(id), MAX(id) INTO @a, @b FROM booking WHERE status = 'booked' GROUP BY doctor_id HAVING COUNT(*) = 2;
    SELECT id INTO @c FROM booking WHERE status = 'booked' AND id NOT IN (@a, @b);
    SET @none = UNHEX(REPLACE(UUID(), '-', ''));";

/// SQL, and the checks that it turns red.
const TAMPERINGS: &[(&str, &[&str])] = &[
    ("DELETE FROM partition_state", &["partitions"]),
    ("UPDATE partition_state SET received = received + 1 WHERE id = 0", &["conservation"]),
    ("UPDATE partition_state SET confirmed = confirmed + 1, rejected = rejected - 1 WHERE id = 0", &["counters"]),
    ("UPDATE partition_state SET lost = 1 WHERE id = 0", &["lost"]),
    ("INSERT INTO publisher_gap SELECT partition_id, publisher, 1, 1, 0 FROM publisher WHERE acked > 0 LIMIT 1", &["lost"]),
    ("UPDATE publisher SET acked = last_seq + 1 LIMIT 1", &["acked_arrived"]),
    ("UPDATE partition_state SET next_seq = next_seq + 1 WHERE id = 0", &["events_dense"]),
    ("DELETE FROM booking WHERE status = 'cancelled' LIMIT 1", &["confirmed_has_booking"]),
    ("UPDATE booking SET request_id = @none LIMIT 1", &["booking_has_request"]),
    (
        "CREATE TEMPORARY TABLE twin AS SELECT * FROM booking WHERE status = 'cancelled' LIMIT 1;
         UPDATE twin SET id = @none; INSERT INTO booking SELECT * FROM twin; DROP TABLE twin",
        &["booking_has_request", "one_booking_a_request"],
    ),
    ("DELETE FROM booked_time WHERE booking_id = @a", &["booking_has_doctor_time"]),
    ("UPDATE booked_time SET ends_at = ends_at + INTERVAL 1 MINUTE WHERE booking_id = @c", &["booking_has_doctor_time"]),
    (
        "INSERT INTO booked_time (booking_id, doctor_id, seat, starts_at, ends_at, request_id)
         SELECT @none, doctor_id, seat, '2001-01-01', '2001-01-02', request_id FROM booked_time LIMIT 1",
        &["doctor_time_has_booking"],
    ),
    ("DELETE FROM patient_time WHERE booking_id = @a", &["booking_has_patient_time"]),
    (
        "INSERT INTO patient_time (booking_id, patient_id, hospital_id, doctor_id, starts_at, ends_at)
         SELECT @none, patient_id, hospital_id, doctor_id, '2001-01-01', '2001-01-02' FROM patient_time LIMIT 1",
        &["patient_time_has_booking"],
    ),
    // The overlap key holds: the row of doctor's time cannot follow.
    (
        "UPDATE booking a JOIN booking b ON b.id = @b SET a.starts_at = b.starts_at, a.ends_at = b.ends_at WHERE a.id = @a;
         UPDATE patient_time t JOIN booking a ON a.id = t.booking_id SET t.starts_at = a.starts_at, t.ends_at = a.ends_at WHERE a.id = @a",
        &["booking_has_doctor_time", "doctor_overlaps"],
    ),
    (
        "UPDATE booking c JOIN booking b ON b.id = @b SET c.patient_id = b.patient_id, c.starts_at = b.starts_at, c.ends_at = b.ends_at
         WHERE c.id = @c;
         UPDATE booked_time t JOIN booking c ON c.id = t.booking_id SET t.starts_at = c.starts_at, t.ends_at = c.ends_at WHERE c.id = @c",
        &["booking_has_patient_time", "patient_overlaps"],
    ),
    ("DELETE FROM event ORDER BY partition_id, seq LIMIT 1", &["decided_has_outcome"]),
    ("DELETE FROM event WHERE partition_id = 0", &["decided_has_outcome"]),
    ("DELETE FROM event WHERE partition_id = 0 AND seq = 3", &["events_dense", "decided_has_outcome"]),
    ("DELETE FROM event WHERE partition_id = 0 ORDER BY seq DESC LIMIT 1", &["events_dense", "decided_has_outcome"]),
    (
        "UPDATE event SET kind = 'notice' WHERE partition_id = 0 AND seq = 3",
        &["decided_has_outcome", "event_has_document"],
    ),
    ("UPDATE event SET account_id = @none WHERE partition_id = 0 AND seq = 3", &["told_to_its_owner"]),
    (
        "INSERT INTO event (partition_id, seq, at, account_id, kind, request_id)
         SELECT 0, p.next_seq, e.at, e.account_id, 'outcome', e.request_id FROM event e JOIN partition_state p ON p.id = 0
         WHERE e.kind = 'outcome' LIMIT 1;
         UPDATE partition_state SET next_seq = next_seq + 1 WHERE id = 0",
        &["one_outcome_a_request"],
    ),
    (
        "INSERT INTO event (partition_id, seq, at, account_id, kind, request_id)
         SELECT 0, p.next_seq, p.clock, @none, 'outcome', @none FROM partition_state p WHERE p.id = 0;
         UPDATE partition_state SET next_seq = next_seq + 1 WHERE id = 0",
        &["outcome_is_committed", "event_has_document"],
    ),
    ("DELETE FROM dead_letter WHERE request_id IN (SELECT id FROM request WHERE state = 'parked')", &["parked_has_letter"]),
    // Without the overlap key all tables can tell the same untruth.
    (
        "ALTER TABLE booked_time DROP KEY booked_time_no_overlap;
         UPDATE booking a JOIN booking b ON b.id = @b SET a.starts_at = b.starts_at, a.ends_at = b.ends_at WHERE a.id = @a;
         UPDATE patient_time t JOIN booking a ON a.id = t.booking_id SET t.starts_at = a.starts_at, t.ends_at = a.ends_at WHERE a.id = @a;
         UPDATE booked_time t JOIN booking a ON a.id = t.booking_id SET t.starts_at = a.starts_at, t.ends_at = a.ends_at WHERE a.id = @a",
        &["doctor_overlaps", "doctor_time_overlaps"],
    ),
];

/// Checks of the broker: no SQL reaches them.
const AT_THE_BROKER: [&str; 3] = ["broker", "unrouted", "dead_waiting"];

const TABLES: [&str; 9] = [
    "partition_state",
    "publisher",
    "publisher_gap",
    "request",
    "booking",
    "booked_time",
    "patient_time",
    "event",
    "dead_letter",
];

async fn sql(world: &World, text: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(text.clone()))
        .execute(&world.pool)
        .await
        .unwrap_or_else(|error| panic!("{text}: {error}"));
}

async fn keep(world: &World) {
    for table in TABLES {
        sql(world, format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
    }
}

async fn restore(world: &World) {
    for table in TABLES {
        sql(world, format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}"))
            .await;
    }
}

/// Every kind of row, and three open bookings, two of one doctor; nothing runs any more.
async fn a_settled_world() -> World {
    let world = World::new().await;
    let (ingress, worker) = mixed_run(&world).await;
    let (doctor, patients) = (busy_doctor(&world, 0).await, world.patients(2).await);
    for (n, patient) in patients.iter().enumerate() {
        let body = visit(&doctor, slot(&world, &doctor, n));
        let answer = world.post(&ingress, patient, "/v1/bookings", &api::key(), &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    ingress.stop().await;
    worker.stop().await;
    world
}

#[tokio::test]
async fn each_tampering_turns_its_own_check_red() {
    let world = a_settled_world().await;
    assert_eq!(audit(&world).await.red, Vec::<String>::new());
    keep(&world).await;
    for (tampering, expected) in TAMPERINGS {
        sql(&world, format!("{CHOSEN} {tampering}")).await;
        let found = audit(&world).await;
        assert_eq!(
            (found.code, found.red),
            (Some(1), expected.iter().map(|name| (*name).to_owned()).collect()),
            "{tampering}"
        );
        restore(&world).await;
    }
    let reached: BTreeSet<&str> = TAMPERINGS
        .iter()
        .flat_map(|(_, names)| names.iter().copied())
        .chain(AT_THE_BROKER)
        .collect();
    let found = audit(&world).await;
    assert_eq!(found.red, Vec::<String>::new(), "all is as it was");
    assert_eq!(reached, found.all.iter().map(String::as_str).collect());
    world.finish().await;
}

/// What lies at the broker where nobody drains it, and queues that somebody removed.
#[tokio::test]
async fn what_is_astray_or_gone_at_the_broker_is_red() {
    let world = World::new().await;
    let Spine { ingress, worker, notifier } = spine(&world).await;
    for service in [ingress, worker, notifier] {
        service.stop().await;
    }
    let hand = DirectBroker::open(&world).await;
    hand.publish(COMMANDS, "nowhere", by_hand::numbers(uuid::Uuid::new_v4(), 1, 0), b"unrouted")
        .await;
    hand.publish(DEAD, "nowhere", by_hand::numbers(uuid::Uuid::new_v4(), 1, 0), b"dead").await;
    until("the broker to count both", async || {
        let queues = world.management().queues().await;
        let lie = |name: &str| {
            queues.iter().any(|queue| queue["name"] == *name && queue["messages"] == 1)
        };
        (lie(UNROUTED) && lie(DEAD)).then_some(())
    })
    .await;
    assert_eq!(audit(&world).await.red, ["unrouted", "dead_waiting"]);
    for queue in [UNROUTED, DEAD, "docde.p01"] {
        assert_eq!(
            world.management().delete(&format!("/api/queues/{}/{queue}", world.vhost)).await,
            204
        );
    }
    let found = audit(&world).await;
    assert_eq!((found.code, found.red), (Some(1), AT_THE_BROKER.map(str::to_owned).to_vec()));
    world.finish_red(&AT_THE_BROKER).await;
}
