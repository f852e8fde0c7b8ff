//! Loads that many tests put on the system, and what must hold after each: every request one outcome, in order, with
//! the books adding up.

use docde_tests::wait::LIMIT;
use docde_tests::world::{PARTITIONS, Service};
use docde_tests::{Answer, Doctor, Hours, Patient, World, api};
use domain::time::Timestamp;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use sqlx::mysql::MySqlRow;
use sqlx::{FromRow, Row};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Ingress, a worker that owns all partitions, a notifier.
pub struct Spine {
    pub ingress: Service,
    pub worker: Service,
    pub notifier: Service,
}

pub async fn spine(world: &World) -> Spine {
    let (ingress, worker, notifier) =
        (world.ingress().await, world.worker().await, world.notifier().await);
    world.owned().await;
    Spine { ingress, worker, notifier }
}

/// A doctor of that partition, whose hospital limits nobody.
pub async fn busy_doctor(world: &World, partition: u16) -> Doctor {
    let hospital = world.hospital_in(partition).await;
    world.limits(hospital, 60_000, 60_000).await;
    world.doctor_at(hospital, &Hours::default()).await
}

/// One such doctor in each partition.
pub async fn busy_doctors(world: &World) -> Vec<Doctor> {
    let mut doctors = Vec::new();
    for partition in 0..PARTITIONS {
        doctors.push(busy_doctor(world, partition).await);
    }
    doctors
}

/// The `n`-th of the doctor's quarters of an hour, from the day after tomorrow on.
pub fn slot(world: &World, doctor: &Doctor, n: usize) -> Timestamp {
    let (day, quarter) = (n / 90, n % 90);
    let at = format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
    doctor.on(world, 2 + i64::try_from(day).expect("a day"), &at)
}

/// The body of a return visit.
pub fn visit(doctor: &Doctor, starts_at: Timestamp) -> Value {
    json!({"doctor_id": doctor.id, "starts_at": api::text(starts_at)})
}

/// Books the `n`-th slot without waiting, under a fresh key.
pub async fn ask(
    world: &World,
    at: &Service,
    patient: &Patient,
    doctor: &Doctor,
    n: usize,
) -> Answer {
    world
        .post_async(
            at,
            patient,
            "/v1/bookings",
            &api::key(),
            &visit(doctor, slot(world, doctor, n)),
        )
        .await
}

/// Books the slots `from..until` of the doctors in turn, eight at a time; each is accepted. The requests' ids.
pub async fn crowd(
    world: &World,
    at: &Service,
    patients: &[Patient],
    doctors: &[Doctor],
    slots: std::ops::Range<usize>,
) -> Vec<Uuid> {
    let posts = slots.map(|n| async move {
        let answer =
            ask(world, at, &patients[n % patients.len()], &doctors[n % doctors.len()], n).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        answer.request_id()
    });
    stream::iter(posts).buffer_unordered(8).collect().await
}

/// Waits until so many requests are decided, for as long as any are.
pub async fn decided(world: &World, count: usize) {
    let (mut so_far, mut from) = (0, Instant::now());
    while so_far < count {
        let now = world.count("SELECT COUNT(*) FROM request WHERE state <> 'parked'").await;
        let now = usize::try_from(now).expect("a count");
        if now > so_far {
            (so_far, from) = (now, Instant::now());
        }
        assert!(from.elapsed() < LIMIT, "waited {LIMIT:?} with {so_far} of {count} decided");
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// Each of `requests` has one row and one event, and there are no others but what lines are told; they were decided in the order in which each
/// publisher brought them; nothing was parked.
pub async fn decided_once_and_in_order(world: &World, requests: usize) {
    const EVENTS: &str = "SELECT COUNT(*) FROM partition_event WHERE kind <> 'line'";
    let wanted = i64::try_from(requests).expect("a count");
    assert_eq!(
        world.count("SELECT COUNT(*) FROM request WHERE state <> 'parked'").await,
        wanted,
        "requests"
    );
    assert_eq!(world.count(EVENTS).await, wanted, "events but those of lines");
    assert_eq!(
        world.count("SELECT COUNT(DISTINCT request_id) FROM partition_event").await,
        wanted,
        "requests with an event"
    );
    assert_eq!(world.count("SELECT COUNT(*) FROM dead_letter").await, 0, "dead letters");
    assert_eq!(world.count(INVERSIONS).await, 0, "decided out of order");
}

/// Requests decided before another that the same publisher had brought earlier.
pub const INVERSIONS: &str = "SELECT COUNT(*) FROM (SELECT publisher_seq, LAG(publisher_seq) OVER
    (PARTITION BY partition_id, publisher ORDER BY event_seq) AS before_it FROM request) r WHERE before_it >= publisher_seq";

/// The books of a partition.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
pub struct Books {
    pub received: u64,
    pub confirmed: u64,
    pub rejected: u64,
    pub expired: u64,
    pub duplicate: u64,
    pub undecodable: u64,
    pub parked: i64,
    pub lost: u64,
}

impl FromRow<'_, MySqlRow> for Books {
    fn from_row(row: &MySqlRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            received: row.try_get("received")?,
            confirmed: row.try_get("confirmed")?,
            rejected: row.try_get("rejected")?,
            expired: row.try_get("expired")?,
            duplicate: row.try_get("duplicate")?,
            undecodable: row.try_get("undecodable")?,
            parked: row.try_get("parked")?,
            lost: row.try_get("lost")?,
        })
    }
}

/// Of all partitions together.
pub async fn books(world: &World) -> Books {
    let parts: Vec<Books> = sqlx::query_as(
        "SELECT received, confirmed, rejected, expired, duplicate, undecodable, lost,
         (SELECT COUNT(*) FROM request r WHERE r.partition_id = p.id AND r.state = 'parked') AS parked FROM partition_state p",
    )
    .fetch_all(&world.pool)
    .await
    .expect("the books");
    for part in &parts {
        let ends = part.confirmed
            + part.rejected
            + part.expired
            + part.duplicate
            + part.undecodable
            + part.parked.unsigned_abs();
        assert_eq!(part.received, ends, "{part:?}");
    }
    parts.into_iter().reduce(add).expect("a partition")
}

fn add(a: Books, b: Books) -> Books {
    Books {
        received: a.received + b.received,
        confirmed: a.confirmed + b.confirmed,
        rejected: a.rejected + b.rejected,
        expired: a.expired + b.expired,
        duplicate: a.duplicate + b.duplicate,
        undecodable: a.undecodable + b.undecodable,
        parked: a.parked + b.parked,
        lost: a.lost + b.lost,
    }
}

/// One transaction of a partition's owner, by the tables.
#[derive(Clone, Debug)]
pub struct BatchOfTest {
    /// Hospitals of the requests that it decided, in the order of their decisions.
    pub requests: Vec<(Uuid, Uuid)>,
}

/// From now on the database writes down which numbers each transaction gave to events: those of a batch lie together.
pub async fn watch_batches(world: &World) {
    for sql in [
        "CREATE TABLE batch_of_test (id INT AUTO_INCREMENT PRIMARY KEY, partition_id INT, first_seq BIGINT, next_seq BIGINT)",
        "CREATE TRIGGER batch_of_test AFTER UPDATE ON partition_state FOR EACH ROW
         INSERT INTO batch_of_test (partition_id, first_seq, next_seq)
         SELECT NEW.id, OLD.next_seq, NEW.next_seq FROM DUAL WHERE NEW.next_seq > OLD.next_seq",
    ] {
        sqlx::raw_sql(sql).execute(&world.pool).await.expect("a trigger");
    }
}

/// What each transaction since then has decided, in their order.
pub async fn batches(world: &World) -> Vec<BatchOfTest> {
    let rows: Vec<(i32, Uuid, Uuid)> = sqlx::query_as(
        "SELECT b.id, r.id, r.hospital_id FROM batch_of_test b
         JOIN request r ON r.partition_id = b.partition_id AND r.event_seq >= b.first_seq AND r.event_seq < b.next_seq
         ORDER BY b.id, r.event_seq",
    )
    .fetch_all(&world.pool)
    .await
    .expect("the batches");
    let of_batch = |rows: &[(i32, Uuid, Uuid)]| BatchOfTest {
        requests: rows.iter().map(|(_, request, hospital)| (*request, *hospital)).collect(),
    };
    rows.chunk_by(|one, other| one.0 == other.0).map(of_batch).collect()
}
