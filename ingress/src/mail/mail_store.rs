//! SQL of mails: written with their cause, claimed by one sender, ended once.

use chrono::TimeDelta;
use domain::ids::MailId;
use domain::time::Timestamp;
use platform::rows_store::timestamp;
use sqlx::{MySqlConnection, MySqlPool, Row};
use uuid::Uuid;

use super::letter::Posting;

/// A mail whose turn it is.
pub(super) struct Due {
    pub id: MailId,
    pub recipient: String,
    pub sealed: String,
    pub expires_at: Timestamp,
    pub tries: u16,
}

/// How a mail ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    Sent,
    Refused,
    Expired,
}

impl End {
    const fn as_str(self) -> &'static str {
        match self {
            End::Sent => "sent",
            End::Refused => "refused",
            End::Expired => "expired",
        }
    }
}

/// Writes a mail. One of the same notice to the same recipient stays as it is.
pub(super) async fn add(
    connection: &mut MySqlConnection,
    id: MailId,
    posting: &Posting<'_>,
    sealed: &str,
) -> sqlx::Result<()> {
    let sql =
        "INSERT INTO mail (id, notice, recipient, sealed, created_at, due_at, expires_at, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE id = id";
    let now = posting.now.naive_utc();
    let state = if posting.held { "held" } else { "waiting" };
    let query = sqlx::query(sql).bind(id.uuid()).bind(posting.notice).bind(posting.recipient);
    let query = query.bind(sealed).bind(now).bind(now).bind(posting.expires_at.naive_utc());
    query.bind(state).execute(connection).await?;
    Ok(())
}

/// Claims up to `most` mails that are due and that nobody has in hand.
pub(super) async fn claim(
    database: &MySqlPool,
    claim: Uuid,
    (now, until): (Timestamp, Timestamp),
    most: u32,
) -> sqlx::Result<Vec<Due>> {
    let sql = "UPDATE mail SET claim = ?, claimed_until = ? WHERE state = 'waiting' AND due_at <= ?
         AND (claimed_until IS NULL OR claimed_until <= ?) ORDER BY due_at LIMIT ?";
    let at = now.naive_utc();
    let query = sqlx::query(sql).bind(claim).bind(until.naive_utc()).bind(at).bind(at).bind(most);
    if query.execute(database).await?.rows_affected() == 0 {
        return Ok(Vec::new());
    }
    let sql = "SELECT id, recipient, sealed, expires_at, tries FROM mail WHERE claim = ? AND state = 'waiting'";
    let rows = sqlx::query(sql).bind(claim).fetch_all(database).await?;
    rows.iter()
        .map(|row| {
            Ok(Due {
                id: MailId::from_uuid(row.try_get("id")?),
                recipient: row.try_get("recipient")?,
                sealed: row.try_get::<Option<String>, _>("sealed")?.unwrap_or_default(),
                expires_at: timestamp(row, "expires_at")?,
                tries: row.try_get("tries")?,
            })
        })
        .collect()
}

/// The mail is done with; what it said is no longer kept.
pub(super) async fn end(
    database: &MySqlPool,
    id: MailId,
    end: End,
    error: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "UPDATE mail SET state = ?, error = ?, sealed = NULL, ended_at = ?, claim = NULL, claimed_until = NULL,
         tries = tries + 1 WHERE id = ? AND state = 'waiting'";
    let query = sqlx::query(sql).bind(end.as_str()).bind(error).bind(now.naive_utc());
    query.bind(id.uuid()).execute(database).await?;
    Ok(())
}

/// It is tried again then.
pub(super) async fn later(
    database: &MySqlPool,
    id: MailId,
    due_at: Timestamp,
    error: &str,
) -> sqlx::Result<()> {
    let sql = "UPDATE mail SET due_at = ?, error = ?, tries = tries + 1, claim = NULL, claimed_until = NULL
         WHERE id = ? AND state = 'waiting'";
    let query = sqlx::query(sql).bind(due_at.naive_utc()).bind(error).bind(id.uuid());
    query.execute(database).await?;
    Ok(())
}

/// How long it is known that a mail was sent.
const KEPT: TimeDelta = TimeDelta::days(7);

/// Deletes mails that ended long ago, and those that were only written.
pub(crate) async fn forget(database: &MySqlPool, now: Timestamp, most: u32) -> sqlx::Result<u64> {
    let before = (now - KEPT).naive_utc();
    let sql = "DELETE FROM mail WHERE ended_at < ? LIMIT ?";
    let ended = sqlx::query(sql).bind(before).bind(most).execute(database).await?;
    let sql = "DELETE FROM mail WHERE state = 'held' AND due_at < ? LIMIT ?";
    let held = sqlx::query(sql).bind(now.naive_utc()).bind(most).execute(database).await?;
    Ok(ended.rows_affected() + held.rows_affected())
}
