//! SQL of the baseline's tickets: the doctor's day has a row that counts, taken with `SELECT .. FOR UPDATE`; idempotency
//! row, ticket and counter are one transaction. It looks at no schedule and at no other ticket of the account.

use chrono::NaiveDate;
use sqlx::{Connection, MySqlConnection, MySqlPool, QueryBuilder};
use uuid::Uuid;

use domain::ids::DoctorId;
use domain::time::Timestamp;
use platform::database;

use super::connections::Connections;

/// Times that a transaction is tried before the client is told of an error.
const TRIES: u32 = 4;

/// What a client asks for.
#[derive(Clone, Debug)]
pub struct Taking {
    pub request_id: Uuid,
    pub ticket_id: Uuid,
    pub account_id: Uuid,
    pub doctor_id: Uuid,
    pub day: NaiveDate,
    pub body_hash: [u8; 8],
    pub now: Timestamp,
}

/// How it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Taken {
    /// With this document.
    Made(String),
    /// The same key was decided before.
    Before { body_hash: Vec<u8>, document: String },
}

/// Takes a number. Deadlocks are tried again.
pub async fn take(
    connections: &Connections,
    taking: &Taking,
    document: impl Fn(u32) -> String + Send + Sync,
) -> Result<Taken, sqlx::Error> {
    let mut lent = connections.lend().await?;
    let mut tries = 0;
    let end = loop {
        tries += 1;
        match attempt(lent.get()?, taking, &document).await {
            Err(error) if database::is_retryable(&error) && tries < TRIES => {}
            Err(error) if database::broken_key(&error).as_deref() == Some("PRIMARY") => {
                break recorded(lent.get()?, taking).await;
            }
            end => break end,
        }
    };
    if end.as_ref().is_err_and(database::is_unavailable) {
        lent.discard().await;
    }
    end
}

async fn attempt(
    connection: &mut MySqlConnection,
    taking: &Taking,
    document: &(impl Fn(u32) -> String + Sync),
) -> Result<Taken, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    match write(&mut transaction, taking, document).await {
        Ok(document) => {
            transaction.commit().await?;
            Ok(Taken::Made(document))
        }
        Err(error) => {
            transaction.rollback().await?;
            Err(error)
        }
    }
}

async fn write(
    connection: &mut MySqlConnection,
    taking: &Taking,
    document: &(impl Fn(u32) -> String + Sync),
) -> Result<String, sqlx::Error> {
    let number: u32 = sqlx::query_scalar(
        "SELECT next_number FROM baseline_line_day WHERE doctor_id = ? AND day = ? FOR UPDATE",
    )
    .bind(taking.doctor_id)
    .bind(taking.day)
    .fetch_one(&mut *connection)
    .await?;
    let document = document(number);
    sqlx::query(
        "INSERT INTO baseline_request (id, account_id, body_hash, state, accepted_at, document) VALUES (?, ?, ?, 'confirmed', ?, ?)",
    )
    .bind(taking.request_id)
    .bind(taking.account_id)
    .bind(taking.body_hash.as_slice())
    .bind(taking.now.naive_utc())
    .bind(&document)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO baseline_ticket (id, account_id, doctor_id, day, number, status, request_id, created_at)
         VALUES (?, ?, ?, ?, ?, 'booked', ?, ?)",
    )
    .bind(taking.ticket_id)
    .bind(taking.account_id)
    .bind(taking.doctor_id)
    .bind(taking.day)
    .bind(number)
    .bind(taking.request_id)
    .bind(taking.now.naive_utc())
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE baseline_line_day SET next_number = ? WHERE doctor_id = ? AND day = ?")
        .bind(number + 1)
        .bind(taking.doctor_id)
        .bind(taking.day)
        .execute(connection)
        .await?;
    Ok(document)
}

async fn recorded(connection: &mut MySqlConnection, taking: &Taking) -> Result<Taken, sqlx::Error> {
    let (body_hash, document) =
        sqlx::query_as("SELECT body_hash, document FROM baseline_request WHERE id = ?")
            .bind(taking.request_id)
            .fetch_one(connection)
            .await?;
    Ok(Taken::Before { body_hash, document })
}

/// Counting rows of these doctors' day and the next, should midnight pass.
pub async fn open_lines(
    pool: &MySqlPool,
    doctors: &[DoctorId],
    today: NaiveDate,
) -> Result<(), sqlx::Error> {
    for day in [Some(today), today.succ_opt()].into_iter().flatten() {
        let mut insert =
            QueryBuilder::new("INSERT INTO baseline_line_day (doctor_id, day, next_number) ");
        insert.push_values(doctors, |mut row, doctor| {
            row.push_bind(doctor.uuid()).push_bind(day).push_bind(1_u32);
        });
        insert.build().execute(pool).await?;
    }
    Ok(())
}
