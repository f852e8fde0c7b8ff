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
    SELECT id INTO @t FROM ticket WHERE number = 1;
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
        &["booking_has_request", "one_booking_a_request", "history_of_booking"],
    ),
    ("UPDATE booking SET seat_in_use = NULL WHERE id = @a", &["doctor_time_of_status"]),
    ("UPDATE booking SET seat_in_use = seat WHERE status = 'cancelled' LIMIT 1", &["doctor_time_of_status"]),
    ("UPDATE booking SET patient_in_use = NULL WHERE id = @a", &["patient_time_of_status"]),
    ("UPDATE booking SET patient_in_use = @none WHERE id = @a", &["patient_time_of_status"]),
    ("DELETE FROM status_change LIMIT 1", &["history_of_booking"]),
    ("UPDATE status_change SET status_after = 'arrived' LIMIT 1", &["history_of_booking"]),
    ("UPDATE booking SET changed_by = @none LIMIT 1", &["history_of_booking"]),
    ("UPDATE booking SET revision = revision + 1 WHERE id = @a", &["history_of_booking"]),
    // The overlap keys hold: the time in use cannot follow.
    (
        "UPDATE booking a JOIN booking b ON b.id = @b
            SET a.starts_at = b.starts_at, a.ends_at = b.ends_at, a.seat_in_use = NULL WHERE a.id = @a",
        &["doctor_time_of_status", "doctor_overlaps"],
    ),
    (
        "UPDATE booking c JOIN booking b ON b.id = @b
            SET c.patient_id = b.patient_id, c.starts_at = b.starts_at, c.ends_at = b.ends_at, c.patient_in_use = NULL WHERE c.id = @c",
        &["patient_time_of_status", "patient_overlaps"],
    ),
    ("DELETE FROM request WHERE partition_id = 0 AND state = 'rejected' LIMIT 1", &["counters", "events_dense"]),
    ("DELETE FROM event WHERE kind = 'parked' LIMIT 1", &["events_dense", "parked_was_told"]),
    ("UPDATE event SET kind = 'notice' WHERE kind = 'parked' LIMIT 1", &["parked_was_told"]),
    ("UPDATE event SET account_id = @none WHERE kind = 'parked' LIMIT 1", &["told_to_its_owner"]),
    ("UPDATE partition_state SET kept_from = 3 WHERE id = 0", &["kept_long_enough"]),
    ("UPDATE partition_state SET kept_from = next_seq + 1 WHERE id = 0", &["events_dense", "kept_long_enough"]),
    (
        "INSERT INTO event (partition_id, seq, at, account_id, kind, request_id, document)
         SELECT partition_id, event_seq, decided_at, account_id, 'notice', id, '{}' FROM request WHERE state <> 'parked' LIMIT 1",
        &["events_dense", "number_used_once"],
    ),
    (
        "INSERT INTO event (partition_id, seq, at, account_id, kind, request_id, document)
         SELECT 0, p.next_seq, p.clock, @none, 'notice', @none, '{}' FROM partition_state p WHERE p.id = 0;
         UPDATE partition_state SET next_seq = next_seq + 1 WHERE id = 0",
        &["event_is_committed"],
    ),
    ("DELETE FROM dead_letter WHERE request_id IN (SELECT id FROM request WHERE state = 'parked')", &["parked_has_letter"]),
    ("UPDATE ticket SET number = 9 WHERE number = 4", &["ticket_numbers_dense"]),
    ("UPDATE line_day SET next_number = 7", &["ticket_numbers_dense"]),
    (
        "UPDATE ticket SET number = 9 WHERE id = @t; UPDATE ticket SET number = 1 WHERE number = 2;
         UPDATE ticket SET number = 2 WHERE number = 9",
        &["ticket_order"],
    ),
    ("DELETE FROM timer", &["day_has_end"]),
    (
        "UPDATE ticket SET status = 'waitlist' WHERE id = @t;
         UPDATE ticket_change SET status_after = 'waitlist', reason = 'passed' WHERE ticket_id = @t",
        &["held_has_timer"],
    ),
    (
        "INSERT INTO timer (id, request_id, partition_id, hospital_id, due, subject_id, revision, command)
         SELECT @none, id, partition_id, hospital_id, decided_at, @none, 0, '{}' FROM request WHERE state = 'confirmed' LIMIT 1",
        &["timer_is_open"],
    ),
    ("UPDATE event SET kind = 'notice' WHERE kind = 'line' LIMIT 1", &["event_has_one_audience"]),
    (
        "UPDATE event SET document = JSON_SET(document, '$.from', 99) WHERE kind = 'line' ORDER BY seq DESC LIMIT 1",
        &["line_events_follow"],
    ),
    ("UPDATE line_day SET version = version + 1", &["line_told_to_the_end"]),
    ("UPDATE ticket SET soon_told = 0", &["soon_told_once"]),
    ("UPDATE ticket SET status = 'arrived' WHERE id = @t", &["ticket_has_steps"]),
    ("DELETE FROM ticket_change WHERE ticket_id = @t", &["ticket_has_steps"]),
    ("UPDATE ticket_change SET status_before = 'cancelled' WHERE ticket_id = @t", &["ticket_on_ladder"]),
    ("UPDATE ticket SET request_id = @none WHERE number = 3", &["ticket_has_request"]),
    ("DELETE FROM ticket WHERE number = 3", &["ticket_numbers_dense", "confirmed_has_ticket"]),
    (
        "INSERT INTO line_rule (hospital_id, revision, at, actor, request_id) SELECT hospital_id, 1, created_at, account_id, request_id FROM ticket WHERE id = @t",
        &["line_rule_has_request"],
    ),
    ("UPDATE ticket SET booking_id = @a WHERE id = @t", &["booking_follows_ticket"]),
    ("UPDATE booking SET status = 'arrived' WHERE id = @a", &["history_of_booking", "arrived_booking_has_ticket"]),
    ("UPDATE booking SET status = 'pending' WHERE id = @a", &["pending_has_timer"]),
    (
        "UPDATE booking SET status = 'proposed', held_until = ends_at, held_number = 1, patient_in_use = NULL WHERE id = @a",
        &["hold_has_timer", "hold_of_booking"],
    ),
    (
        "UPDATE request r JOIN status_change s ON s.request_id = r.id AND s.booking_id = r.subject_id
            SET r.kind = 'step_booking', s.status_before = 'noshow'",
        &["booking_on_ladder"],
    ),
    (
        "INSERT INTO closure (id, hospital_id, first_day, last_day, state, request_id, closed_at)
         SELECT @none, hospital_id, DATE(starts_at), DATE(starts_at), 'closed', request_id, created_at FROM booking WHERE id = @a;
         INSERT INTO closure_span (closure_id, starts_at, ends_at) SELECT @none, starts_at, ends_at FROM booking WHERE id = @a",
        &["closed_time_is_empty"],
    ),
    (
        "INSERT INTO closure (id, hospital_id, first_day, last_day, state, request_id, closed_at)
         SELECT @none, hospital_id, DATE(starts_at), DATE(starts_at), 'ending', request_id, created_at FROM booking WHERE id = @a",
        &["closing_goes_on"],
    ),
    (
        "INSERT INTO closure (id, hospital_id, first_day, last_day, state, request_id, closed_at, ended)
         SELECT @none, hospital_id, DATE(starts_at), DATE(starts_at), 'closed', request_id, created_at, 1 FROM booking WHERE id = @a",
        &["closing_counts_what_it_ended"],
    ),
    // The keys hold: without them the tables can tell the same untruths.
    (
        "ALTER TABLE ticket DROP KEY ticket_number; UPDATE ticket SET number = 3 WHERE number = 4",
        &["ticket_numbers_dense", "ticket_number_once"],
    ),
    (
        "ALTER TABLE ticket DROP KEY ticket_one_live;
         UPDATE ticket a JOIN ticket b ON b.id = @t SET a.patient_id = b.patient_id WHERE a.number = 2",
        &["one_live_ticket"],
    ),
    (
        "UPDATE patient SET account_id = (SELECT account_id FROM ticket WHERE id = @t) WHERE id IN (SELECT patient_id FROM ticket)",
        &["live_tickets_of_account"],
    ),
    // Without the overlap keys the time in use tells the same untruth.
    (
        "ALTER TABLE booking DROP KEY doctor_time_no_overlap;
         UPDATE booking a JOIN booking b ON b.id = @b SET a.starts_at = b.starts_at, a.ends_at = b.ends_at WHERE a.id = @a",
        &["doctor_overlaps"],
    ),
    (
        "INSERT INTO patient_merge (id, patient_id, into_id, account_id, hospital_id, how, at, actor, holds)
         SELECT @none, id, id, account_id, @none, 'code', NOW(3), account_id, 1 FROM patient WHERE account_id IS NOT NULL LIMIT 1",
        &["merge_holds"],
    ),
    ("UPDATE patient SET merged_into = id, self = 0 WHERE account_id IS NOT NULL LIMIT 1", &["merge_holds"]),
];

/// Checks of the broker: no SQL reaches them.
const AT_THE_BROKER: [&str; 3] = ["broker", "unrouted", "dead_waiting"];

const TABLES: [&str; 17] = [
    "partition_state",
    "publisher",
    "publisher_gap",
    "request",
    "booking",
    "status_change",
    "event",
    "dead_letter",
    "ticket",
    "ticket_change",
    "line_day",
    "timer",
    "line_rule",
    "patient",
    "patient_merge",
    "closure",
    "closure_span",
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

/// Every kind of row, three open bookings, two of one doctor, and four live tickets of a line; nothing runs any more.
async fn a_settled_world() -> World {
    let world = World::new().await;
    let (ingress, worker) = mixed_run(&world).await;
    let (doctor, patients) = (busy_doctor(&world, 0).await, world.patients(2).await);
    for (n, patient) in patients.iter().enumerate() {
        let body = visit(&doctor, slot(&world, &doctor, n));
        let answer = world.post(&ingress, patient, "/v1/bookings", &api::key(), &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let hours = docde_tests::Hours { closes: "23:59:59", ..docde_tests::Hours::default() };
    let doctor = world.doctor_at(doctor.hospital, &hours).await;
    for patient in world.patients(4).await {
        let body = serde_json::json!({"doctor_id": doctor.id});
        let answer = world.post(&ingress, &patient, "/v1/receptions", &api::key(), &body).await;
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
    let mut wrong = Vec::new();
    for (tampering, expected) in TAMPERINGS {
        sql(&world, format!("{CHOSEN} {tampering}")).await;
        let found = audit(&world).await;
        let expected: Vec<String> = expected.iter().map(|name| (*name).to_owned()).collect();
        if (found.code, &found.red) != (Some(1), &expected) {
            wrong.push(format!("{tampering}: red {:?}, wanted {expected:?}", found.red));
        }
        restore(&world).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
    for queue in [UNROUTED, DEAD, "docde.p01.desk"] {
        assert_eq!(
            world.management().delete(&format!("/api/queues/{}/{queue}", world.vhost)).await,
            204
        );
    }
    let found = audit(&world).await;
    assert_eq!((found.code, found.red), (Some(1), AT_THE_BROKER.map(str::to_owned).to_vec()));
    world.finish_red(&AT_THE_BROKER).await;
}
