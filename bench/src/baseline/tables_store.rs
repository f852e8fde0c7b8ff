//! The baseline's own tables, in a database of its own on the same server. Where the user may not make that
//! database, they lie beside the system's under their own names, which costs them nothing.

use chrono::TimeDelta;
use sqlx::MySqlPool;
use sqlx::mysql::MySqlPoolOptions;

use domain::time::{self, Timestamp};
use platform::Failure;
use platform::config::Env;

use crate::slot_picker::{TakenSlots, start_of};
use crate::world::World;

/// The database's name; `DOCDE_BASELINE_DATABASE_URL` names another place.
const DATABASE: &str = "docde_baseline";

const TABLES: [&str; 6] = [
    "CREATE TABLE IF NOT EXISTS baseline_request (
        id BINARY(16) NOT NULL PRIMARY KEY, account_id BINARY(16) NOT NULL, body_hash BINARY(8) NOT NULL,
        state ENUM ('confirmed', 'rejected') NOT NULL, accepted_at DATETIME(3) NOT NULL, document TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS baseline_booking (
        id BINARY(16) NOT NULL PRIMARY KEY, account_id BINARY(16) NOT NULL, patient_id BINARY(16) NOT NULL,
        doctor_id BINARY(16) NOT NULL, seat TINYINT UNSIGNED NOT NULL, starts_at DATETIME(3) NOT NULL,
        ends_at DATETIME(3) NOT NULL, status ENUM ('booked', 'cancelled') NOT NULL, request_id BINARY(16) NOT NULL,
        created_at DATETIME(3) NOT NULL, KEY booking_account (account_id, id))",
    "CREATE TABLE IF NOT EXISTS baseline_booked_time (
        booking_id BINARY(16) NOT NULL, doctor_id BINARY(16) NOT NULL, seat TINYINT UNSIGNED NOT NULL,
        starts_at DATETIME(3) NOT NULL, ends_at DATETIME(3) NOT NULL, request_id BINARY(16) NOT NULL,
        PERIOD FOR during (starts_at, ends_at),
        UNIQUE KEY doctor_no_overlap (doctor_id, seat, during WITHOUT OVERLAPS))",
    "CREATE TABLE IF NOT EXISTS baseline_patient_time (
        booking_id BINARY(16) NOT NULL, patient_id BINARY(16) NOT NULL,
        starts_at DATETIME(3) NOT NULL, ends_at DATETIME(3) NOT NULL,
        PERIOD FOR during (starts_at, ends_at),
        UNIQUE KEY patient_no_overlap (patient_id, during WITHOUT OVERLAPS))",
    "CREATE TABLE IF NOT EXISTS baseline_line_day (
        doctor_id BINARY(16) NOT NULL, day DATE NOT NULL, next_number INT UNSIGNED NOT NULL, PRIMARY KEY (doctor_id, day))",
    "CREATE TABLE IF NOT EXISTS baseline_ticket (
        id BINARY(16) NOT NULL PRIMARY KEY, account_id BINARY(16) NOT NULL, doctor_id BINARY(16) NOT NULL, day DATE NOT NULL,
        number INT UNSIGNED NOT NULL, status ENUM ('booked', 'arrived', 'checked_in', 'fulfilled', 'cancelled') NOT NULL,
        request_id BINARY(16) NOT NULL, created_at DATETIME(3) NOT NULL,
        UNIQUE KEY ticket_number (doctor_id, day, number), KEY ticket_account (account_id, id))",
];

/// The URL of the database that holds the baseline, its tables made.
pub async fn prepare(env: &Env) -> Result<String, Failure> {
    let shared = env.required("DATABASE_URL")?;
    let url = match env.optional("DOCDE_BASELINE_DATABASE_URL") {
        Some(url) => url.to_owned(),
        None => own_database(shared).await.unwrap_or_else(|| shared.to_owned()),
    };
    let pool = MySqlPoolOptions::new().max_connections(1).connect(&url).await?;
    for table in TABLES {
        sqlx::query(table).execute(&pool).await?;
    }
    pool.close().await;
    Ok(url)
}

/// The shared URL with the baseline's database instead, if that may be made and used.
async fn own_database(shared: &str) -> Option<String> {
    let pool = MySqlPoolOptions::new().max_connections(1).connect(shared).await.ok()?;
    // May fail where the database exists and the right to make one is missing.
    let _ = sqlx::query("CREATE DATABASE IF NOT EXISTS docde_baseline").execute(&pool).await;
    pool.close().await;
    let mut url = url::Url::parse(shared).ok()?;
    url.set_path(DATABASE);
    let url = url.to_string();
    let pool = MySqlPoolOptions::new().max_connections(1).connect(&url).await.ok()?;
    pool.close().await;
    Some(url)
}

/// Empties all of it.
pub async fn empty(pool: &MySqlPool) -> Result<(), sqlx::Error> {
    for statement in [
        "TRUNCATE TABLE baseline_request",
        "TRUNCATE TABLE baseline_booking",
        "TRUNCATE TABLE baseline_booked_time",
        "TRUNCATE TABLE baseline_patient_time",
        "TRUNCATE TABLE baseline_line_day",
        "TRUNCATE TABLE baseline_ticket",
    ] {
        sqlx::query(statement).execute(pool).await?;
    }
    Ok(())
}

/// Bookings that were committed.
pub async fn committed(pool: &MySqlPool) -> Result<u64, sqlx::Error> {
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM baseline_booked_time").fetch_one(pool).await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Takes the times that a sold-out load will ask for.
pub async fn fill(pool: &MySqlPool, world: &World, taken: &TakenSlots) -> Result<(), sqlx::Error> {
    let times =
        taken.first.iter().zip(&world.doctors).flat_map(|(first, doctor)| {
            (*first..*first + taken.count).map(move |slot| (doctor, slot))
        });
    let times: Vec<_> = times.collect();
    for chunk in times.chunks(1_000) {
        let mut insert = sqlx::QueryBuilder::new(
            "INSERT INTO baseline_booked_time (booking_id, doctor_id, seat, starts_at, ends_at, request_id) ",
        );
        insert.push_values(chunk, |mut row, (doctor, slot)| {
            let (starts_at, ends_at) = period(world, *slot);
            row.push_bind(uuid::Uuid::now_v7()).push_bind(doctor.uuid()).push_bind(0_u8);
            row.push_bind(starts_at.naive_utc())
                .push_bind(ends_at.naive_utc())
                .push_bind(uuid::Uuid::now_v7());
        });
        insert.build().execute(pool).await?;
    }
    Ok(())
}

fn period(world: &World, slot: u32) -> (Timestamp, Timestamp) {
    let starts_at = time::parse(&start_of(world.first_day, slot)).unwrap_or_default();
    (starts_at, starts_at + TimeDelta::minutes(15))
}
