//! SQL of the baseline's bookings: idempotency row, booking, the doctor's time, the patient's time, one
//! transaction, prepared statements.

use sqlx::{Connection, MySqlConnection};
use uuid::Uuid;

use domain::time::Timestamp;
use platform::database;

use super::Variant;
use super::connections::Connections;

/// Times that a transaction is tried before the client is told of an error.
const TRIES: u32 = 4;

/// What a client asks for.
#[derive(Clone, Debug)]
pub struct Booking {
    pub request_id: Uuid,
    pub booking_id: Uuid,
    pub account_id: Uuid,
    pub patient_id: Uuid,
    pub doctor_id: Uuid,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub body_hash: [u8; 8],
    pub now: Timestamp,
    pub document: String,
}

/// How it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    Made,
    /// The same key was decided before: the body's hash and the recorded document.
    Before {
        body_hash: Vec<u8>,
        document: String,
    },
    SlotTaken,
    PatientBusy,
}

/// Books, the variant's way. Deadlocks are tried again.
pub async fn book(
    connections: &Connections,
    variant: Variant,
    booking: &Booking,
) -> Result<End, sqlx::Error> {
    let mut lent = connections.lend().await?;
    let end = book_on(lent.get()?, variant, booking).await;
    if end.as_ref().is_err_and(database::is_unavailable) {
        lent.discard().await;
    }
    end
}

async fn book_on(
    connection: &mut MySqlConnection,
    variant: Variant,
    booking: &Booking,
) -> Result<End, sqlx::Error> {
    if variant == Variant::ReadFirst
        && let Some(by) = taken(connection, booking).await?
    {
        return if by == booking.request_id {
            recorded(connection, booking).await
        } else {
            Ok(End::SlotTaken)
        };
    }
    let mut tries = 0;
    loop {
        tries += 1;
        match attempt(connection, variant, booking).await {
            Err(error) if database::is_retryable(&error) && tries < TRIES => {}
            Err(error) => return refusal(connection, booking, error).await,
            Ok(end) => return Ok(end),
        }
    }
}

async fn attempt(
    connection: &mut MySqlConnection,
    variant: Variant,
    booking: &Booking,
) -> Result<End, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    if variant == Variant::Serializable
        && let Some(by) = taken(&mut transaction, booking).await?
    {
        let end = if by == booking.request_id {
            recorded(&mut transaction, booking).await?
        } else {
            End::SlotTaken
        };
        transaction.rollback().await?;
        return Ok(end);
    }
    if let Err(error) = insert(&mut transaction, booking).await {
        transaction.rollback().await?;
        return Err(error);
    }
    transaction.commit().await?;
    Ok(End::Made)
}

/// What the broken constraint means.
async fn refusal(
    connection: &mut MySqlConnection,
    booking: &Booking,
    error: sqlx::Error,
) -> Result<End, sqlx::Error> {
    match database::broken_key(&error).as_deref() {
        Some("doctor_no_overlap") => Ok(End::SlotTaken),
        Some("patient_no_overlap") => Ok(End::PatientBusy),
        Some("PRIMARY") => recorded(connection, booking).await,
        _ => Err(error),
    }
}

async fn insert(connection: &mut MySqlConnection, booking: &Booking) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO baseline_request (id, account_id, body_hash, state, accepted_at, document) VALUES (?, ?, ?, 'confirmed', ?, ?)",
    )
    .bind(booking.request_id)
    .bind(booking.account_id)
    .bind(booking.body_hash.as_slice())
    .bind(booking.now.naive_utc())
    .bind(&booking.document)
    .execute(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO baseline_booked_time (booking_id, doctor_id, seat, starts_at, ends_at, request_id) VALUES (?, ?, 0, ?, ?, ?)")
        .bind(booking.booking_id)
        .bind(booking.doctor_id)
        .bind(booking.starts_at.naive_utc())
        .bind(booking.ends_at.naive_utc())
        .bind(booking.request_id)
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO baseline_patient_time (booking_id, patient_id, starts_at, ends_at) VALUES (?, ?, ?, ?)")
        .bind(booking.booking_id)
        .bind(booking.patient_id)
        .bind(booking.starts_at.naive_utc())
        .bind(booking.ends_at.naive_utc())
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO baseline_booking (id, account_id, patient_id, doctor_id, seat, starts_at, ends_at, status, request_id, created_at)
         VALUES (?, ?, ?, ?, 0, ?, ?, 'booked', ?, ?)",
    )
    .bind(booking.booking_id)
    .bind(booking.account_id)
    .bind(booking.patient_id)
    .bind(booking.doctor_id)
    .bind(booking.starts_at.naive_utc())
    .bind(booking.ends_at.naive_utc())
    .bind(booking.request_id)
    .bind(booking.now.naive_utc())
    .execute(connection)
    .await?;
    Ok(())
}

/// By which request the time is taken, if it is. No visit lasts more than eight hours, so the range read is short.
async fn taken(
    connection: &mut MySqlConnection,
    booking: &Booking,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT request_id FROM baseline_booked_time
         WHERE doctor_id = ? AND seat = 0 AND ends_at > ? AND ends_at <= ? AND starts_at < ? LIMIT 1",
    )
    .bind(booking.doctor_id)
    .bind(booking.starts_at.naive_utc())
    .bind((booking.ends_at + chrono::TimeDelta::hours(8)).naive_utc())
    .bind(booking.ends_at.naive_utc())
    .fetch_optional(connection)
    .await
}

async fn recorded(connection: &mut MySqlConnection, booking: &Booking) -> Result<End, sqlx::Error> {
    let row: (Vec<u8>, String) =
        sqlx::query_as("SELECT body_hash, document FROM baseline_request WHERE id = ?")
            .bind(booking.request_id)
            .fetch_one(connection)
            .await?;
    Ok(End::Before { body_hash: row.0, document: row.1 })
}
