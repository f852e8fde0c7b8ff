//! SQL of accounts that end. Locks are taken in the order account, patient.

use domain::ids::{AccountId, DoctorId, HospitalId};
use domain::time::{Timestamp, Zone};
use platform::rows_store::{named, timestamp};
use sqlx::{MySqlConnection, MySqlPool, Row};
use uuid::Uuid;

/// Locks the account; whether it is there.
pub(super) async fn lock(
    connection: &mut MySqlConnection,
    account: AccountId,
) -> sqlx::Result<bool> {
    let sql = "SELECT 1 FROM account WHERE id = ? AND deleted_at IS NULL FOR UPDATE";
    let query = sqlx::query_scalar::<_, i64>(sql).bind(account.uuid());
    Ok(query.fetch_optional(connection).await?.is_some())
}

/// Whether a hospital has no other director. Its directors' rows are locked: of two who go at once, one is the last.
pub(super) async fn is_last_director(
    connection: &mut MySqlConnection,
    account: AccountId,
) -> sqlx::Result<bool> {
    let sql = "SELECT own.hospital_id FROM membership own JOIN membership m ON m.hospital_id = own.hospital_id AND m.role = 'director'
         WHERE own.account_id = ? AND own.role = 'director' FOR UPDATE";
    let rows = sqlx::query_scalar::<_, Uuid>(sql).bind(account.uuid());
    let rows = rows.fetch_all(connection).await?;
    let directors = |hospital: &Uuid| rows.iter().filter(|other| *other == hospital).count();
    Ok(rows.iter().any(|hospital| directors(hospital) < 2))
}

/// Takes away who the account was, and whom it booked for. The rows of patients stay for their visits, without a name; workers
/// refuse what is still queued for them.
pub(super) async fn anonymise(
    connection: &mut MySqlConnection,
    account: AccountId,
    now: Timestamp,
) -> sqlx::Result<()> {
    let at = now.naive_utc();
    let sql =
        "UPDATE account SET email = NULL, password = NULL, name = NULL, phone = NULL, operator = 0,
         revision = revision + 1, deleted_at = ? WHERE id = ?";
    sqlx::query(sql).bind(at).bind(account.uuid()).execute(&mut *connection).await?;
    let sql = "UPDATE patient SET name = '', birth_date = NULL, phone = NULL, ended_at = ?, end_reason = 'account_deleted' WHERE account_id = ?";
    sqlx::query(sql).bind(at).bind(account.uuid()).execute(&mut *connection).await?;
    let sql = "INSERT INTO membership_change (at, actor, account_id, hospital_id, role_before, cause)
         SELECT ?, account_id, account_id, hospital_id, CAST(role AS CHAR), 'left' FROM membership WHERE account_id = ? ORDER BY hospital_id, role";
    sqlx::query(sql).bind(at).bind(account.uuid()).execute(&mut *connection).await?;
    for sql in [
        "DELETE FROM patient_move WHERE account_id = ?",
        "DELETE FROM membership WHERE account_id = ?",
        "UPDATE session SET place_mac = NULL WHERE account_id = ?",
    ] {
        sqlx::query(sql).bind(account.uuid()).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Mails to the address, sent and to be sent.
pub(super) async fn forget_mails(
    connection: &mut MySqlConnection,
    email: &str,
) -> sqlx::Result<()> {
    let sql = "DELETE FROM mail WHERE recipient = ?";
    sqlx::query(sql).bind(email).execute(connection).await?;
    Ok(())
}

/// Notes that what the account has is to be given back.
pub(super) async fn mark(
    connection: &mut MySqlConnection,
    account: AccountId,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO account_deletion (account_id, at, next_at) VALUES (?, ?, ?)";
    let at = now.naive_utc();
    sqlx::query(sql).bind(account.uuid()).bind(at).bind(at).execute(connection).await?;
    Ok(())
}

/// A deleted account whose turn it is.
pub(super) struct Due {
    pub account: AccountId,
    pub at: Timestamp,
    pub looks: u32,
    next_at: Timestamp,
}

pub(super) async fn due(database: &MySqlPool, now: Timestamp, most: u32) -> sqlx::Result<Vec<Due>> {
    let sql = "SELECT account_id, at, looks, next_at FROM account_deletion
         WHERE done_at IS NULL AND next_at <= ? ORDER BY next_at LIMIT ?";
    let rows = sqlx::query(sql).bind(now.naive_utc()).bind(most).fetch_all(database).await?;
    let due = |row: &sqlx::mysql::MySqlRow| {
        Ok(Due {
            account: AccountId::from_uuid(row.try_get("account_id")?),
            at: timestamp(row, "at")?,
            looks: row.try_get("looks")?,
            next_at: timestamp(row, "next_at")?,
        })
    };
    rows.iter().map(due).collect()
}

/// Takes the turn: of several ingresses one does. The next look is then.
pub(super) async fn claim(
    database: &MySqlPool,
    due: &Due,
    next_at: Timestamp,
) -> sqlx::Result<bool> {
    let sql = "UPDATE account_deletion SET looks = looks + 1, next_at = ? WHERE account_id = ? AND next_at = ? AND done_at IS NULL";
    let query = sqlx::query(sql).bind(next_at.naive_utc()).bind(due.account.uuid());
    let claimed = query.bind(due.next_at.naive_utc()).execute(database).await?;
    Ok(claimed.rows_affected() == 1)
}

pub(super) async fn done(
    database: &MySqlPool,
    account: AccountId,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "UPDATE account_deletion SET done_at = ? WHERE account_id = ?";
    sqlx::query(sql).bind(now.naive_utc()).bind(account.uuid()).execute(database).await?;
    Ok(())
}

/// A booking or a ticket that the account still has.
pub(super) struct Left {
    pub is_ticket: bool,
    pub id: Uuid,
    pub revision: u32,
    pub hospital: HospitalId,
    pub doctor: DoctorId,
    pub zone: Zone,
}

/// More than any account has.
pub(super) const ALL: u32 = 10_000;

/// Bookings to come, and tickets of who still waits, in the order in which they were made. Whoever is with a doctor is seen.
pub(super) async fn left(
    connection: &mut MySqlConnection,
    account: AccountId,
    now: Timestamp,
    most: u32,
) -> sqlx::Result<Vec<Left>> {
    let sql = "SELECT 1 AS ticket, t.id, t.revision, t.hospital_id, t.doctor_id, h.zone FROM patient p
           JOIN ticket t ON t.patient_id = p.id AND t.live = 1 AND t.status <> 'checked_in'
           JOIN hospital h ON h.id = t.hospital_id WHERE p.account_id = ?
         UNION ALL SELECT 0, b.id, b.revision, b.hospital_id, b.doctor_id, h.zone FROM patient p
           JOIN booking b ON b.patient_id = p.id AND b.status IN ('proposed', 'pending', 'booked') AND b.ends_at > ?
           JOIN hospital h ON h.id = b.hospital_id WHERE p.account_id = ? ORDER BY ticket DESC, id LIMIT ?";
    let query = sqlx::query(sql).bind(account.uuid()).bind(now.naive_utc());
    let rows = query.bind(account.uuid()).bind(most).fetch_all(connection).await?;
    let left = |row: &sqlx::mysql::MySqlRow| {
        Ok(Left {
            is_ticket: row.try_get::<i64, _>("ticket")? != 0,
            id: row.try_get("id")?,
            revision: row.try_get("revision")?,
            hospital: HospitalId::from_uuid(row.try_get("hospital_id")?),
            doctor: DoctorId::from_uuid(row.try_get("doctor_id")?),
            zone: named(row, "zone")?,
        })
    };
    rows.iter().map(left).collect()
}
