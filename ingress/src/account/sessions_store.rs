//! SQL of sessions and their refresh tokens.

use chrono::{NaiveDateTime, TimeDelta};
use domain::ids::{AccountId, SessionId};
use domain::time::Timestamp;
use platform::rows_store::timestamp;
use sqlx::{MySqlConnection, MySqlPool, Row};

use super::pair::{Pair, RefreshHash};

/// Why a session ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum EndReason {
    SignOut,
    SignOutEverywhere,
    Reuse,
    Password,
    Deleted,
}

impl EndReason {
    const fn as_str(self) -> &'static str {
        match self {
            EndReason::SignOut => "sign_out",
            EndReason::SignOutEverywhere => "sign_out_everywhere",
            EndReason::Reuse => "reuse",
            EndReason::Password => "password",
            EndReason::Deleted => "deleted",
        }
    }
}

/// The session of a refresh token.
pub(super) struct Family {
    pub account: AccountId,
    pub session: SessionId,
    pub opened_at: Timestamp,
    pub access_until: Timestamp,
    pub expires_at: Timestamp,
    pub ended: bool,
    /// The token was changed for the next one before.
    pub used: bool,
}

pub(super) async fn add(
    connection: &mut MySqlConnection,
    (account, session): (AccountId, SessionId),
    pair: &Pair,
    place: Option<Vec<u8>>,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO session (id, account_id, created_at, refreshed_at, access_until, expires_at, place_mac)
         VALUES (?, ?, ?, ?, ?, ?, ?)";
    let at = now.naive_utc();
    let query = sqlx::query(sql).bind(session.uuid()).bind(account.uuid()).bind(at).bind(at);
    let query = query.bind(pair.spans.access_until.naive_utc());
    let query = query.bind(pair.spans.expires_at.naive_utc()).bind(place);
    query.execute(&mut *connection).await?;
    add_token(connection, session, &pair.hash, now).await
}

async fn add_token(
    connection: &mut MySqlConnection,
    session: SessionId,
    hash: &RefreshHash,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO refresh_token (hash, session_id, issued_at) VALUES (?, ?, ?)";
    let query = sqlx::query(sql).bind(hash.as_slice()).bind(session.uuid()).bind(now.naive_utc());
    query.execute(connection).await?;
    Ok(())
}

/// The session of that token, locked: of two that show it at once, one is the first.
pub(super) async fn family(
    connection: &mut MySqlConnection,
    hash: &RefreshHash,
) -> sqlx::Result<Option<Family>> {
    let sql = "SELECT s.id, s.account_id, s.created_at, s.access_until, s.expires_at, s.ended_at, t.used_at
         FROM refresh_token t JOIN session s ON s.id = t.session_id WHERE t.hash = ? FOR UPDATE";
    let row = sqlx::query(sql).bind(hash.as_slice()).fetch_optional(connection).await?;
    row.map(|row| {
        Ok(Family {
            session: SessionId::from_uuid(row.try_get("id")?),
            account: AccountId::from_uuid(row.try_get("account_id")?),
            opened_at: timestamp(&row, "created_at")?,
            access_until: timestamp(&row, "access_until")?,
            expires_at: timestamp(&row, "expires_at")?,
            ended: row.try_get::<Option<NaiveDateTime>, _>("ended_at")?.is_some(),
            used: row.try_get::<Option<NaiveDateTime>, _>("used_at")?.is_some(),
        })
    })
    .transpose()
}

/// The next pair in place of the one before.
pub(super) async fn rotate(
    connection: &mut MySqlConnection,
    session: SessionId,
    used: &RefreshHash,
    pair: &Pair,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "UPDATE refresh_token SET used_at = ? WHERE hash = ?";
    let query = sqlx::query(sql).bind(now.naive_utc()).bind(used.as_slice());
    query.execute(&mut *connection).await?;
    let sql = "UPDATE session SET refreshed_at = ?, access_until = ?, expires_at = ? WHERE id = ?";
    let query = sqlx::query(sql).bind(now.naive_utc()).bind(pair.spans.access_until.naive_utc());
    let query = query.bind(pair.spans.expires_at.naive_utc()).bind(session.uuid());
    query.execute(&mut *connection).await?;
    add_token(connection, session, &pair.hash, now).await
}

/// Ends a session. One that has no row, of a token made by the command line before it wrote any, gets one.
pub(super) async fn end_one(
    connection: &mut MySqlConnection,
    (account, session): (AccountId, SessionId),
    until: Timestamp,
    reason: EndReason,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO session (id, account_id, created_at, refreshed_at, access_until, expires_at, ended_at, end_reason)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON DUPLICATE KEY UPDATE access_until = GREATEST(access_until, VALUES(access_until)),
           end_reason = COALESCE(end_reason, VALUES(end_reason)), ended_at = COALESCE(ended_at, VALUES(ended_at))";
    let (at, until) = (now.naive_utc(), until.naive_utc());
    let query = sqlx::query(sql).bind(session.uuid()).bind(account.uuid()).bind(at).bind(at);
    let query = query.bind(until).bind(until).bind(at).bind(reason.as_str());
    query.execute(connection).await?;
    Ok(())
}

/// Ends all sessions of an account, `own` among them; each with the end of its last access token.
pub(super) async fn end_all(
    connection: &mut MySqlConnection,
    own: (AccountId, SessionId),
    until: Timestamp,
    reason: EndReason,
    now: Timestamp,
) -> sqlx::Result<Vec<(SessionId, Timestamp)>> {
    let mut ended = end_all_of(connection, own.0, reason, now).await?;
    end_one(connection, own, until, reason, now).await?;
    if !ended.iter().any(|(session, _)| *session == own.1) {
        ended.push((own.1, until));
    }
    Ok(ended)
}

/// Ends all sessions of an account.
pub(super) async fn end_all_of(
    connection: &mut MySqlConnection,
    account: AccountId,
    reason: EndReason,
    now: Timestamp,
) -> sqlx::Result<Vec<(SessionId, Timestamp)>> {
    let sql =
        "SELECT id, access_until FROM session WHERE account_id = ? AND ended_at IS NULL FOR UPDATE";
    let rows = sqlx::query(sql).bind(account.uuid()).fetch_all(&mut *connection).await?;
    let sql =
        "UPDATE session SET ended_at = ?, end_reason = ? WHERE account_id = ? AND ended_at IS NULL";
    let query = sqlx::query(sql).bind(now.naive_utc()).bind(reason.as_str()).bind(account.uuid());
    query.execute(connection).await?;
    rows.iter()
        .map(|row| Ok((SessionId::from_uuid(row.try_get("id")?), timestamp(row, "access_until")?)))
        .collect()
}

/// How long a session is kept after its end: where its owner is known from.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Deletes sessions that are long over, with their refresh tokens.
pub(crate) async fn forget(database: &MySqlPool, now: Timestamp, most: u32) -> sqlx::Result<u64> {
    let before = (now - KEPT).naive_utc();
    let sql = "DELETE FROM session WHERE expires_at < ? LIMIT ?";
    let gone = sqlx::query(sql).bind(before).bind(most).execute(database).await?.rows_affected();
    if gone > 0 {
        let sql = "DELETE t FROM refresh_token t LEFT JOIN session s ON s.id = t.session_id WHERE s.id IS NULL";
        sqlx::query(sql).execute(database).await?;
    }
    Ok(gone)
}
