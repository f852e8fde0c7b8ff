//! Names planted in free text are found nowhere (invariant 9): not in what the broker carries, not in Redis, in no table, in no
//! figure and in no log line. The patient's own reading shows them.

use docde_tests::{Patient, World, api, until};
use futures_util::StreamExt;
use lapin::Consumer;
use lapin::types::{AMQPValue, FieldTable};
use platform::metrics;
use platform::topology::{COMMANDS, OUTCOMES};
use redis::AsyncCommands;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing_subscriber::EnvFilter;

use crate::by_hand::{self, DirectBroker};
use crate::loads::{busy_doctor, decided, slot, spine};

const REASON: &str = "김플랜티드";
const PHONE: &str = "010-4242-4242";
/// The name of every patient of the tests; it stands in the table of patients and must not leave it.
const PATIENT: &str = "홍길동";

/// Everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn is_clean(place: &str, bytes: &[u8]) {
    for planted in [REASON, PHONE, PATIENT] {
        assert!(!holds(bytes, planted), "{planted} in {place}: {}", String::from_utf8_lossy(bytes));
    }
}

/// All that the tap got, headers and bodies.
async fn drawn(tap: &mut Consumer) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while let Ok(Some(Ok(delivery))) =
        tokio::time::timeout(Duration::from_millis(600), tap.next()).await
    {
        let mut message = format!("{} ", delivery.routing_key).into_bytes();
        for (name, value) in delivery.properties.headers().iter().flat_map(FieldTable::inner) {
            message.extend(format!("{name}: ").into_bytes());
            match value {
                AMQPValue::LongString(text) => message.extend(text.as_bytes()),
                other => message.extend(format!("{other:?}").into_bytes()),
            }
            message.push(b'\n');
        }
        message.extend(delivery.data);
        messages.push(message);
    }
    messages
}

#[tokio::test]
async fn planted_names_are_found_nowhere() {
    let log = Log::default();
    let writer = log.clone();
    let filter = EnvFilter::new(
        "off,docde_ingress=trace,docde_workers=trace,docde_notifier=trace,docde_platform=trace,docde_domain=trace",
    );
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(move || writer.clone())
        .finish();
    // All services of this test run on its one thread. With a single subscriber, the threads of other tests would decide
    // what is logged at all: hence an idle second one.
    let _guard = tracing::subscriber::set_default(subscriber);
    let _idle = tracing::Dispatch::new(tracing_subscriber::registry());
    let world = World::new().await;
    let hand = DirectBroker::open(&world).await;
    let (mut commands, mut outcomes) =
        (hand.tap(COMMANDS, "#").await, hand.tap(OUTCOMES, "").await);
    let patient = world.patient().await;
    everything_happens(&world, &patient).await;

    let (commands, outcomes) = (drawn(&mut commands).await, drawn(&mut outcomes).await);
    let texts = |messages: &[Vec<u8>]| {
        messages
            .iter()
            .map(|message| String::from_utf8_lossy(message).into_owned())
            .collect::<Vec<_>>()
    };
    assert!(
        commands.len() >= 2 && outcomes.len() >= 2,
        "{:#?} and {:#?}",
        texts(&commands),
        texts(&outcomes)
    );
    for message in commands.iter().chain(&outcomes) {
        is_clean("a message", message);
    }
    is_clean("the figures", metrics::render().as_bytes());
    redis_is_clean(&world).await;
    database_is_clean(&world).await;
    let log = log.0.lock().expect("the log").clone();
    assert!(
        holds(&log, "partition taken over") && holds(&log, "ingress is ready"),
        "the log was captured"
    );
    is_clean("the log", &log);
    world.finish().await;
}

/// A booking that is confirmed and read, one that is refused, bodies that cannot be read, one command that is parked.
async fn everything_happens(world: &World, patient: &Patient) {
    let spine = spine(world).await;
    let doctor = busy_doctor(world, 0).await;
    let body = |n: usize| json!({"doctor_id": doctor.id, "starts_at": api::text(slot(world, &doctor, n)), "reason": REASON, "phone": PHONE});
    let booked = world.post(&spine.ingress, patient, "/v1/bookings", &api::key(), &body(0)).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let own =
        world.get(&spine.ingress, patient, &format!("/v1/bookings/{}", booked.booking_id())).await;
    assert_eq!(
        (&own.json["reason"], &own.json["phone"]),
        (&Value::from(REASON), &Value::from(PHONE)),
        "{}",
        own.text
    );
    is_clean("the outcome", booked.text.as_bytes());
    for (broken, status) in [
        (json!({"doctor_id": REASON, "starts_at": PHONE, "reason": REASON}), 400),
        (
            json!({"doctor_id": doctor.id, "starts_at": "2026-11-23", "reason": REASON, "phone": PHONE}),
            400,
        ),
        (
            json!({"doctor_id": doctor.id, "starts_at": "2030-01-01T00:00:00Z", "reason": REASON.repeat(100), "phone": PHONE}),
            422,
        ),
        (
            json!({"doctor_id": uuid::Uuid::now_v7(), "starts_at": "2030-01-01T00:00:00Z", "reason": REASON, "phone": PHONE}),
            404,
        ),
        (body(0), 409),
    ] {
        let answer =
            world.post(&spine.ingress, patient, "/v1/bookings", &api::key(), &broken).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    spine.worker.stop().await;
    let parked =
        world.post_async(&spine.ingress, patient, "/v1/bookings", &api::key(), &body(3)).await;
    let refused =
        world.post_async(&spine.ingress, patient, "/v1/bookings", &api::key(), &body(0)).await;
    assert_eq!(parked.status, 202, "{}", parked.text);
    let attempts =
        sqlx::query("INSERT INTO attempt (request_id, count, at) VALUES (?, 2, '2026-01-01')")
            .bind(parked.request_id());
    attempts.execute(&world.pool).await.expect("attempts");
    by_hand::take(world, "docde.p00", if refused.status == 202 { 2 } else { 1 }, |_| false).await;
    let _worker = world.worker().await;
    until("one to be parked", async || {
        (world.count("SELECT COUNT(*) FROM dead_letter").await == 1).then_some(())
    })
    .await;
    decided(world, if refused.status == 202 { 2 } else { 1 }).await;
}

async fn redis_is_clean(world: &World) {
    let client = redis::Client::open(world.setting("REDIS_URL")).expect("REDIS_URL");
    let mut redis = client.get_multiplexed_async_connection().await.expect("redis");
    let keys: Vec<String> =
        redis.keys(format!("{}*", world.setting("DOCDE_REDIS_PREFIX"))).await.expect("keys");
    assert!(keys.len() >= 3, "{keys:?}");
    for key in keys {
        let value: Vec<u8> = redis.get(&key).await.expect("a plain value");
        is_clean("a key of Redis", key.as_bytes());
        is_clean(&format!("Redis, {key}"), &value);
    }
}

async fn database_is_clean(world: &World) {
    let columns: Vec<(String, String)> =
        sqlx::query_as("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()")
            .fetch_all(&world.pool)
            .await
            .expect("columns");
    assert!(columns.len() > 100);
    for (table, column) in columns {
        let sql = format!(
            "SELECT COUNT(*) FROM `{table}` WHERE INSTR(CAST(`{column}` AS BINARY), CAST(? AS BINARY)) > 0"
        );
        for planted in [REASON, PHONE] {
            let count =
                sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(sql.clone())).bind(planted);
            assert_eq!(
                count.fetch_one(&world.pool).await.expect("a count"),
                0,
                "{planted} in {table}.{column}"
            );
        }
    }
    assert_eq!(
        world.count("SELECT COUNT(*) FROM booking WHERE sealed IS NOT NULL").await,
        1,
        "sealed, not dropped"
    );
}
