//! SQL of answers that are kept so that a request is done once.

use chrono::TimeDelta;
use domain::command::BodyHash;
use domain::ids::RequestId;
use domain::time::Timestamp;
use platform::rows_store::body_hash;
use sqlx::{MySqlConnection, MySqlPool, Row};

/// An answer that was given.
pub(crate) struct Stored {
    pub body_hash: BodyHash,
    pub status: u16,
    pub sealed: String,
}

pub(crate) async fn find(database: &MySqlPool, id: RequestId) -> sqlx::Result<Option<Stored>> {
    let sql = "SELECT body_hash, status, sealed FROM answer WHERE id = ? AND status > 0";
    let row = sqlx::query(sql).bind(id.uuid()).fetch_optional(database).await?;
    row.map(|row| {
        Ok(Stored {
            body_hash: body_hash(&row)?,
            status: row.try_get("status")?,
            sealed: row.try_get("sealed")?,
        })
    })
    .transpose()
}

pub(crate) async fn begin(
    connection: &mut MySqlConnection,
    id: RequestId,
    body_hash: BodyHash,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO answer (id, body_hash, at, status, sealed) VALUES (?, ?, ?, 0, '')";
    let query = sqlx::query(sql).bind(id.uuid()).bind(body_hash.bytes().to_vec());
    query.bind(now.naive_utc()).execute(connection).await?;
    Ok(())
}

pub(crate) async fn end(
    connection: &mut MySqlConnection,
    id: RequestId,
    status: u16,
    sealed: &str,
) -> sqlx::Result<()> {
    let sql = "UPDATE answer SET status = ?, sealed = ? WHERE id = ?";
    let query = sqlx::query(sql).bind(status).bind(sealed).bind(id.uuid());
    query.execute(connection).await?;
    Ok(())
}

pub(crate) async fn forget_one(
    connection: &mut MySqlConnection,
    id: RequestId,
) -> sqlx::Result<()> {
    let query = sqlx::query("DELETE FROM answer WHERE id = ?").bind(id.uuid());
    query.execute(connection).await?;
    Ok(())
}

/// How long a retry gets the same answer (CONTRACT, What is a command).
const KEPT: TimeDelta = TimeDelta::hours(24);

/// Deletes answers that are older.
pub(crate) async fn forget(database: &MySqlPool, now: Timestamp, most: u32) -> sqlx::Result<u64> {
    let sql = "DELETE FROM answer WHERE at < ? LIMIT ?";
    let query = sqlx::query(sql).bind((now - KEPT).naive_utc()).bind(most);
    Ok(query.execute(database).await?.rows_affected())
}
