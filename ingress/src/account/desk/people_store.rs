//! SQL of whom a desk finds and enters. A patient is found where the hospital knows them; the account's phone is that of all its
//! people.

use domain::command::BodyHash;
use domain::ids::{AccountId, HospitalId, PatientId, RequestId};
use domain::time::Timestamp;
use platform::rows_store::{body_hash, timestamp};
use sqlx::mysql::{MySql, MySqlRow};
use sqlx::{MySqlConnection, MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

use super::body::{Entered, Wanted};
use super::clerk::WITHIN;
use super::schema::DeskPatient;
use crate::staff_store::push_known;

/// A patient who was found, and the address of the account.
pub(super) struct Found {
    pub person: DeskPatient,
    pub address: Option<String>,
}

const FOUND: &str = "SELECT p.id, p.name, p.birth_date, COALESCE(p.phone, a.phone) AS phone, p.merged_into,
     p.account_id IS NOT NULL AS has_account, a.email FROM patient p LEFT JOIN account a ON a.id = p.account_id";

fn found(row: &MySqlRow) -> sqlx::Result<Found> {
    let person = DeskPatient {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        birth_date: row.try_get("birth_date")?,
        phone: row.try_get("phone")?,
        has_account: row.try_get("has_account")?,
        merged_into: row.try_get("merged_into")?,
    };
    Ok(Found { person, address: row.try_get("email")? })
}

/// Those whom the hospital knows. By a code nobody is found here.
pub(super) async fn find(
    database: &MySqlPool,
    (hospital, now): (HospitalId, Timestamp),
    wanted: &Wanted,
    most: usize,
) -> sqlx::Result<Vec<Found>> {
    let mut query = QueryBuilder::<MySql>::new(FOUND);
    let born = match wanted {
        Wanted::Phone { phone, birth_date } => {
            query.push(" JOIN (SELECT id FROM patient WHERE phone = ").push_bind(phone);
            query.push(" UNION SELECT q.id FROM account b JOIN patient q ON q.account_id = b.id");
            query.push(" WHERE b.deleted_at IS NULL AND b.phone = ").push_bind(phone);
            query.push(") same ON same.id = p.id WHERE TRUE");
            *birth_date
        }
        Wanted::Name { name, birth_date } => {
            // The index knows names without regard to case; it is the same name only letter by letter.
            query.push(" WHERE p.name = ").push_bind(name);
            query.push(" AND BINARY p.name = BINARY ").push_bind(name);
            Some(*birth_date)
        }
        Wanted::Code(_) => return Ok(Vec::new()),
    };
    if let Some(born) = born {
        query.push(" AND p.birth_date = ").push_bind(born);
    }
    query.push(" AND p.end_reason IS NULL AND ");
    push_known(&mut query, hospital, now);
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    query.push(" ORDER BY p.id LIMIT ").push_bind(most);
    query.build().fetch_all(database).await?.iter().map(found).collect()
}

/// A patient of an account, wherever they are known.
pub(super) async fn of_an_account(
    database: &MySqlPool,
    patient: PatientId,
) -> sqlx::Result<Option<Found>> {
    let mut query = QueryBuilder::<MySql>::new(FOUND);
    query.push(" WHERE p.end_reason IS NULL AND p.account_id IS NOT NULL AND p.id = ");
    let row = query.push_bind(patient.uuid()).build().fetch_optional(database).await?;
    row.as_ref().map(found).transpose()
}

/// Whether the patient is somebody of the account.
pub(super) async fn is_of_account(
    connection: &mut MySqlConnection,
    account: AccountId,
    patient: PatientId,
) -> sqlx::Result<bool> {
    let sql = "SELECT 1 FROM patient WHERE id = ? AND account_id = ? AND end_reason IS NULL AND merged_into IS NULL";
    let query = sqlx::query_scalar::<_, i64>(sql).bind(patient.uuid()).bind(account.uuid());
    Ok(query.fetch_optional(connection).await?.is_some())
}

/// Until the commit nothing else of the clerk is counted.
pub(super) async fn lock_clerk(
    connection: &mut MySqlConnection,
    actor: AccountId,
) -> sqlx::Result<()> {
    let sql = "SELECT 1 FROM account WHERE id = ? FOR UPDATE";
    sqlx::query(sql).bind(actor.uuid()).fetch_optional(connection).await?;
    Ok(())
}

/// A look-up that is counted.
pub(super) struct LookUp {
    pub id: RequestId,
    pub body_hash: BodyHash,
    pub actor: AccountId,
    pub at: Timestamp,
}

/// What was looked up under this id, if anything was.
pub(super) async fn look_up(
    connection: &mut MySqlConnection,
    id: RequestId,
) -> sqlx::Result<Option<BodyHash>> {
    let sql = "SELECT body_hash FROM look_up WHERE id = ?";
    let row = sqlx::query(sql).bind(id.uuid()).fetch_optional(connection).await?;
    row.as_ref().map(body_hash).transpose()
}

pub(super) async fn add_look_up(
    connection: &mut MySqlConnection,
    look_up: &LookUp,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO look_up (id, body_hash, actor, at) VALUES (?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(look_up.id.uuid()).bind(look_up.body_hash.bytes().to_vec());
    let query = query.bind(look_up.actor.uuid()).bind(look_up.at.naive_utc());
    query.execute(connection).await?;
    Ok(())
}

/// When the first of the clerk's last `most` look-ups was, if there were as many since then.
pub(super) async fn full_of_look_ups(
    connection: &mut MySqlConnection,
    (actor, since): (AccountId, Timestamp),
    most: u32,
) -> sqlx::Result<Option<Timestamp>> {
    let sql = "SELECT at FROM look_up WHERE actor = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?";
    let query = sqlx::query(sql).bind(actor.uuid()).bind(since.naive_utc()).bind(most - 1);
    query.fetch_optional(connection).await?.map(|row| timestamp(&row, "at")).transpose()
}

/// The same of people whom the clerk has entered.
pub(super) async fn full_of_entered(
    connection: &mut MySqlConnection,
    (actor, since): (AccountId, Timestamp),
    most: u32,
) -> sqlx::Result<Option<Timestamp>> {
    let sql = "SELECT at FROM known_patient WHERE actor = ? AND how = 'entered' AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?";
    let query = sqlx::query(sql).bind(actor.uuid()).bind(since.naive_utc()).bind(most - 1);
    query.fetch_optional(connection).await?.map(|row| timestamp(&row, "at")).transpose()
}

/// Somebody without an account whom the hospital has entered as the same person.
pub(super) async fn entered_before(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
    entered: &Entered,
) -> sqlx::Result<Option<Uuid>> {
    let sql = "SELECT p.id FROM patient p JOIN known_patient k ON k.patient_id = p.id AND k.how = 'entered' AND k.hospital_id = ?
         WHERE p.phone = ? AND p.birth_date = ? AND BINARY p.name = BINARY ? AND p.account_id IS NULL AND p.end_reason IS NULL
         ORDER BY p.id LIMIT 1";
    let query = sqlx::query_scalar(sql).bind(hospital.uuid()).bind(&entered.phone);
    query.bind(entered.birth_date).bind(&entered.name).fetch_optional(connection).await
}

/// Enters a person without an account, whom the hospital knows from then on.
pub(super) async fn enter(
    connection: &mut MySqlConnection,
    id: Uuid,
    entered: &Entered,
    (hospital, actor, now): (HospitalId, AccountId, Timestamp),
) -> sqlx::Result<()> {
    let sql = "INSERT INTO patient (id, name, birth_date, phone) VALUES (?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(id).bind(&entered.name).bind(entered.birth_date);
    query.bind(&entered.phone).execute(&mut *connection).await?;
    let sql = "INSERT INTO known_patient (patient_id, hospital_id, how, at, actor) VALUES (?, ?, 'entered', ?, ?)";
    let query = sqlx::query(sql).bind(id).bind(hospital.uuid()).bind(now.naive_utc());
    query.bind(actor.uuid()).execute(connection).await?;
    Ok(())
}

/// The hospital knows for a time whose code it was told.
pub(super) async fn know_by_code(
    connection: &mut MySqlConnection,
    (patient, hospital, actor): (PatientId, HospitalId, AccountId),
    (now, until): (Timestamp, Timestamp),
) -> sqlx::Result<()> {
    let sql = "INSERT INTO known_patient (patient_id, hospital_id, how, at, actor, until) VALUES (?, ?, 'code', ?, ?, ?)
         ON DUPLICATE KEY UPDATE at = VALUES(at), actor = VALUES(actor), until = VALUES(until)";
    let query = sqlx::query(sql).bind(patient.uuid()).bind(hospital.uuid());
    let query = query.bind(now.naive_utc()).bind(actor.uuid()).bind(until.naive_utc());
    query.execute(connection).await?;
    Ok(())
}

pub(super) async fn hospital_name(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
) -> sqlx::Result<String> {
    let query = sqlx::query_scalar("SELECT name FROM hospital WHERE id = ?").bind(hospital.uuid());
    query.fetch_one(connection).await
}

/// Deletes look-ups that count no more, and what is over of what hospitals know.
pub(super) async fn forget(database: &MySqlPool, now: Timestamp, most: u32) -> sqlx::Result<u64> {
    // A retry is known for a day, as everywhere.
    let kept = (now - WITHIN * 24).naive_utc();
    let sql = "DELETE FROM look_up WHERE at < ? LIMIT ?";
    let looked = sqlx::query(sql).bind(kept).bind(most).execute(database).await?;
    let sql = "DELETE FROM known_patient WHERE until < ? LIMIT ?";
    let known = sqlx::query(sql).bind(now.naive_utc()).bind(most).execute(database).await?;
    Ok(looked.rows_affected().max(known.rows_affected()))
}
