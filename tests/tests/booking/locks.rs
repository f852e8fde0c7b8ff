//! Never two on one time although every lock is lost (P1): the Redis lock deleted, stolen or out of reach, the
//! cache wrong, rows that came from elsewhere. What holds at last is the database's own constraint.

use docde_tests::api::key;
use docde_tests::{Doctor, World, until};
use domain::ids::PatientId;
use domain::time::Timestamp;
use futures_util::future::join_all;
use uuid::Uuid;

use crate::stage::{Stage, refused};

/// 20 at once for the time; one gets it.
async fn race(stage: &Stage, at: &str) {
    let patients = stage.world.patients(20).await;
    let slot = stage.slot(at);
    let answers = join_all(patients.iter().map(|patient| stage.book(patient, slot))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    answers
        .iter()
        .filter(|answer| answer.status != 201)
        .for_each(|answer| refused(answer, 409, "SLOT_TAKEN"));
}

async fn lock(stage: &Stage) -> Option<u64> {
    let kv = stage.kv();
    let mut connection = kv.connection().await.expect("Redis");
    let name = kv.key(format_args!("lock:{{{}}}", stage.doctor.partition()));
    redis::cmd("GET").arg(name).query_async(&mut connection).await.expect("GET")
}

async fn set_lock(stage: &Stage, epoch: Option<u64>) {
    let kv = stage.kv();
    let mut connection = kv.connection().await.expect("Redis");
    let name = kv.key(format_args!("lock:{{{}}}", stage.doctor.partition()));
    let command = match epoch {
        Some(epoch) => redis::cmd("SET").arg(name).arg(epoch).to_owned(),
        None => redis::cmd("DEL").arg(name).to_owned(),
    };
    let _: redis::Value = command.query_async(&mut connection).await.expect("an answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_redis_lock_deleted_or_lowered_one_is_confirmed() {
    let stage = Stage::new().await;
    let held = until("the lock", async || lock(&stage).await).await;
    assert!(held > 0);
    set_lock(&stage, None).await;
    race(&stage, "10:00").await;
    set_lock(&stage, Some(0)).await;
    race(&stage, "11:00").await;
    until("the lock to be renewed", async || lock(&stage).await.filter(|epoch| *epoch >= held))
        .await;
    stage.finish().await;
}

/// A value above any epoch, that no time to live takes away: the database knows who the owner is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_redis_lock_neither_doubles_a_booking_nor_stops_the_partition() {
    let stage = Stage::new().await;
    until("the lock", async || lock(&stage).await).await;
    set_lock(&stage, Some(1_000_000)).await;
    race(&stage, "10:00").await;
    until("the thief's lock to be overcome", async || {
        lock(&stage).await.filter(|epoch| *epoch < 1_000_000)
    })
    .await;
    race(&stage, "11:00").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_redis_out_of_reach_one_is_confirmed_and_retries_are_known() {
    let mut world = World::new().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|port| port.local_addr())
        .expect("a port that nobody listens on");
    world.set("REDIS_URL", &format!("redis://{closed}/"));
    let mut stage = Stage::without_worker(world).await;
    stage.start_worker().await;
    race(&stage, "10:00").await;
    let (patient, key) = (stage.patient().await, key());
    let first = stage.book_with(&patient, &stage.doctor, stage.slot("11:00"), &key).await;
    let again = stage.book_with(&patient, &stage.doctor, stage.slot("11:00"), &key).await;
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    refused(
        &stage.book_with(&patient, &stage.doctor, stage.slot("12:00"), &key).await,
        422,
        "KEY_REUSED",
    );
    assert_eq!(stage.cancel(&patient, first.booking_id()).await.status, 200);
    stage.finish().await;
}

/// Somebody else wrote the time while the worker remembered the day as empty: the constraint tells it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_whose_memory_is_wrong_is_corrected_by_the_constraint() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    stage.booked(&patient, stage.slot("09:00")).await;
    let other = stage.slot("10:15");
    insert_time(&stage.world, &stage.doctor, 0, other, 30).await.expect("the time is free");
    let late = stage.patient().await;
    let answer = stage.book(&late, stage.slot("10:00")).await;
    refused(&answer, 409, "SLOT_TAKEN");
    assert_eq!(answer.state(), "rejected");
    assert_eq!(stage.book(&late, stage.slot("10:45")).await.status, 201);
    sqlx::query("DELETE FROM booked_time WHERE starts_at = ?")
        .bind(other.naive_utc())
        .execute(&stage.world.pool)
        .await
        .expect("delete");
    stage.finish().await;
}

async fn insert_time(
    world: &World,
    doctor: &Doctor,
    seat: u8,
    at: Timestamp,
    minutes: u32,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO booked_time (booking_id, doctor_id, seat, starts_at, ends_at, request_id) VALUES (?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(Uuid::now_v7()).bind(doctor.id.uuid()).bind(seat);
    let query = query
        .bind(at.naive_utc())
        .bind((at + domain::time::minutes(minutes)).naive_utc())
        .bind(Uuid::now_v7());
    query.execute(&world.pool).await.map(drop)
}

async fn insert_patient_time(
    world: &World,
    patient: PatientId,
    doctor: &Doctor,
    at: Timestamp,
    minutes: u32,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO patient_time (booking_id, patient_id, hospital_id, doctor_id, starts_at, ends_at) VALUES (?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(sql)
        .bind(Uuid::now_v7())
        .bind(patient.uuid())
        .bind(doctor.hospital.uuid())
        .bind(doctor.id.uuid());
    let query = query.bind(at.naive_utc()).bind((at + domain::time::minutes(minutes)).naive_utc());
    query.execute(&world.pool).await.map(drop)
}

fn broken_key(result: Result<(), sqlx::Error>) -> Option<String> {
    platform::database::broken_key(&result.expect_err("an overlap"))
}

#[tokio::test]
async fn the_database_itself_refuses_overlaps_of_a_seat_and_of_a_patient() {
    let world = World::new().await;
    let (doctor, patient) = (world.doctor().await, world.patient().await);
    let at = doctor.on(&world, 2, "10:00");
    let later = |minutes| at + domain::time::minutes(minutes);
    insert_time(&world, &doctor, 0, at, 30).await.expect("free");
    insert_time(&world, &doctor, 0, later(30), 30).await.expect("touching is no overlap");
    insert_time(&world, &doctor, 1, later(15), 30).await.expect("another seat");
    insert_patient_time(&world, patient.id, &doctor, at, 30).await.expect("free");
    insert_patient_time(&world, patient.id, &doctor, later(30), 30)
        .await
        .expect("touching is no overlap");
    for (from, minutes) in [(0, 30), (15, 30), (5, 5), (45, 60), (0, 60)] {
        let taken = insert_time(&world, &doctor, 0, later(from), minutes).await;
        assert_eq!(
            broken_key(taken).as_deref(),
            Some("booked_time_no_overlap"),
            "{from} {minutes}"
        );
        let busy = insert_patient_time(&world, patient.id, &doctor, later(from), minutes).await;
        assert_eq!(
            broken_key(busy).as_deref(),
            Some("patient_time_no_overlap"),
            "{from} {minutes}"
        );
    }
    // Times without their bookings.
    world.finish_red(&["doctor_time_has_booking", "patient_time_has_booking"]).await;
}
