//! Never two on one time although every lock is lost (P1): the Redis lock deleted, stolen or out of reach, the
//! cache wrong, rows that came from elsewhere. What holds at last is the database's own constraint.

use docde_tests::api::key;
use docde_tests::{World, until};
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
    let (doctor, nobody) = (&stage.doctor, PatientId::generate());
    insert(&stage.world, doctor.id.uuid(), 0, nobody, other, 30).await.expect("the time is free");
    let late = stage.patient().await;
    let answer = stage.book(&late, stage.slot("10:00")).await;
    refused(&answer, 409, "SLOT_TAKEN");
    assert_eq!(answer.state(), "rejected");
    assert_eq!(stage.book(&late, stage.slot("10:45")).await.status, 201);
    sqlx::query("DELETE FROM booking WHERE starts_at = ?")
        .bind(other.naive_utc())
        .execute(&stage.world.pool)
        .await
        .expect("delete");
    stage.finish().await;
}

/// A row of time in use, past the rules.
async fn insert(
    world: &World,
    doctor: Uuid,
    seat: u8,
    patient: PatientId,
    at: Timestamp,
    minutes: u32,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO booking (id, account_id, patient_id, hospital_id, doctor_id, seat, starts_at, ends_at, status, visit,
         request_id, changed_by, channel, revision, created_at, updated_at, seat_in_use, patient_in_use)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'booked', 'first', ?, ?, 'app', 1, ?, ?, ?, ?)";
    let (id, now, patient) = (Uuid::now_v7(), world.clock.now().naive_utc(), patient.uuid());
    let until = (at + domain::time::minutes(minutes)).naive_utc();
    let query = sqlx::query(sql).bind(id).bind(id).bind(patient).bind(id).bind(doctor).bind(seat);
    let query = query.bind(at.naive_utc()).bind(until).bind(id).bind(id).bind(now).bind(now);
    query.bind(seat).bind(patient).execute(&world.pool).await.map(drop)
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
    let of_seat = async |seat: u8, from: u32, minutes: u32| {
        let (doctor, nobody) = (doctor.id.uuid(), PatientId::generate());
        insert(&world, doctor, seat, nobody, later(from), minutes).await
    };
    let of_patient = async |from: u32, minutes: u32| {
        insert(&world, Uuid::now_v7(), 0, patient.id, later(from), minutes).await
    };
    of_seat(0, 0, 30).await.expect("free");
    of_seat(0, 30, 30).await.expect("touching is no overlap");
    of_seat(1, 15, 30).await.expect("another seat");
    of_patient(0, 30).await.expect("free");
    of_patient(30, 30).await.expect("touching is no overlap");
    for (from, minutes) in [(0, 30), (15, 30), (5, 5), (45, 60), (0, 60)] {
        let (taken, busy) = (of_seat(0, from, minutes).await, of_patient(from, minutes).await);
        assert_eq!(
            (broken_key(taken).as_deref(), broken_key(busy).as_deref()),
            (Some("doctor_time_no_overlap"), Some("patient_time_no_overlap")),
            "{from} {minutes}"
        );
    }
    // What uses no time overlaps nothing, and cannot use it again while it is taken.
    let free = "UPDATE booking SET status = 'cancelled', seat_in_use = NULL, patient_in_use = NULL
         WHERE doctor_id = ? AND seat = 0 ORDER BY starts_at LIMIT 1";
    let doctor_id = doctor.id.uuid();
    sqlx::query(free).bind(doctor_id).execute(&world.pool).await.expect("freed");
    of_seat(0, 5, 10).await.expect("free again");
    let back = "UPDATE booking SET seat_in_use = 0 WHERE doctor_id = ? AND seat_in_use IS NULL";
    let back = sqlx::query(back).bind(doctor_id).execute(&world.pool).await.map(drop);
    assert_eq!(broken_key(back).as_deref(), Some("doctor_time_no_overlap"));
    // Bookings without their requests.
    world.finish_red(&["booking_has_request", "history_of_booking"]).await;
}
