//! SQL of merges. Locks are taken in the order account, patient; a worker that decides for a patient holds their row meanwhile.

use domain::account::{MergeProof, MergeSide};
use domain::ids::{AccountId, HospitalId, PatientId};
use domain::time::Timestamp;
use platform::rows_store::timestamp;
use sqlx::mysql::{MySql, MySqlRow};
use sqlx::{MySqlConnection, QueryBuilder, Row};
use uuid::Uuid;

use crate::staff_store::push_known;

/// An account, locked.
pub(super) struct Account {
    pub id: AccountId,
    pub address: Option<String>,
}

/// Locks the account that the patient belongs to, if there is one.
pub(super) async fn lock_account_of(
    connection: &mut MySqlConnection,
    patient: PatientId,
) -> sqlx::Result<Option<Account>> {
    let sql = "SELECT account_id FROM patient WHERE id = ? AND account_id IS NOT NULL";
    let query = sqlx::query_scalar(sql).bind(patient.uuid());
    let Some(id): Option<Uuid> = query.fetch_optional(&mut *connection).await? else {
        return Ok(None);
    };
    let sql = "SELECT email FROM account WHERE id = ? AND deleted_at IS NULL FOR UPDATE";
    let row = sqlx::query(sql).bind(id).fetch_optional(connection).await?;
    let account = |row: MySqlRow| {
        Ok(Account { id: AccountId::from_uuid(id), address: row.try_get("email")? })
    };
    row.map(account).transpose()
}

/// One of the two, locked.
pub(super) struct Locked {
    pub side: MergeSide,
    pub account: Option<AccountId>,
}

/// Locks both, in the order of their ids. Who has ended is not there.
pub(super) async fn lock(
    connection: &mut MySqlConnection,
    two: [PatientId; 2],
) -> sqlx::Result<[Option<Locked>; 2]> {
    let sql =
        "SELECT id, name, birth_date, account_id, merged_into IS NOT NULL AS merged FROM patient
         WHERE id IN (?, ?) AND end_reason IS NULL ORDER BY id FOR UPDATE";
    let query = sqlx::query(sql).bind(two[0].uuid()).bind(two[1].uuid());
    let rows = query.fetch_all(connection).await?;
    let of = |id: PatientId| {
        let is = |row: &&MySqlRow| row.try_get::<Uuid, _>("id").is_ok_and(|row| row == id.uuid());
        rows.iter().find(is).map(locked).transpose()
    };
    Ok([of(two[0])?, of(two[1])?])
}

fn locked(row: &MySqlRow) -> sqlx::Result<Locked> {
    let account: Option<Uuid> = row.try_get("account_id")?;
    let side = MergeSide {
        name: row.try_get("name")?,
        born: row.try_get("birth_date")?,
        has_account: account.is_some(),
        merged: row.try_get("merged")?,
    };
    Ok(Locked { side, account: account.map(AccountId::from_uuid) })
}

/// Which of them the hospital knows.
pub(super) async fn known(
    connection: &mut MySqlConnection,
    (hospital, now): (HospitalId, Timestamp),
    two: [PatientId; 2],
) -> sqlx::Result<Vec<PatientId>> {
    let mut query = QueryBuilder::<MySql>::new("SELECT p.id FROM patient p WHERE p.id IN (");
    query.push_bind(two[0].uuid()).push(", ").push_bind(two[1].uuid()).push(") AND ");
    push_known(&mut query, hospital, now);
    let found: Vec<Uuid> = query.build_query_scalar().fetch_all(connection).await?;
    Ok(found.into_iter().map(PatientId::from_uuid).collect())
}

/// What shows that the two are one: the account's code, which the hospital was told a moment ago; or that the desk has checked who the
/// person is, when a booking of theirs arrived there.
pub(super) async fn proof(
    connection: &mut MySqlConnection,
    (hospital, now): (HospitalId, Timestamp),
    (patient, into): (PatientId, PatientId),
) -> sqlx::Result<Option<MergeProof>> {
    let sql = "SELECT EXISTS (SELECT 1 FROM known_patient WHERE patient_id = ? AND hospital_id = ? AND how = 'code' AND until > ?) AS code,
         EXISTS (SELECT 1 FROM ticket WHERE patient_id = ? AND hospital_id = ? AND identity_checked = 1
           AND status NOT IN ('cancelled', 'entered_in_error')) AS identity";
    let query = sqlx::query(sql).bind(into.uuid()).bind(hospital.uuid()).bind(now.naive_utc());
    let query = query.bind(patient.uuid()).bind(hospital.uuid());
    let row = query.fetch_one(connection).await?;
    let is = |column| row.try_get::<i64, _>(column).map(|found| found != 0);
    Ok(match (is("code")?, is("identity")?) {
        (true, _) => Some(MergeProof::Code),
        (false, true) => Some(MergeProof::Identity),
        (false, false) => None,
    })
}

/// What is written down of a merge.
pub(super) struct NewMerge {
    pub id: Uuid,
    pub patient: PatientId,
    pub into: PatientId,
    pub account: AccountId,
    pub hospital: HospitalId,
    pub how: MergeProof,
    pub at: Timestamp,
    pub actor: AccountId,
}

/// The person's row is the account's from now on.
pub(super) async fn merge(connection: &mut MySqlConnection, new: &NewMerge) -> sqlx::Result<()> {
    let sql = "UPDATE patient SET account_id = ?, merged_into = ? WHERE id = ?";
    let query = sqlx::query(sql).bind(new.account.uuid()).bind(new.into.uuid());
    query.bind(new.patient.uuid()).execute(&mut *connection).await?;
    let sql = "INSERT INTO patient_merge (id, patient_id, into_id, account_id, hospital_id, how, at, actor, holds)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)";
    let query = sqlx::query(sql).bind(new.id).bind(new.patient.uuid()).bind(new.into.uuid());
    let query = query.bind(new.account.uuid()).bind(new.hospital.uuid()).bind(new.how.as_str());
    query.bind(new.at.naive_utc()).bind(new.actor.uuid()).execute(connection).await?;
    Ok(())
}

/// A merge that holds.
pub(super) struct Holding {
    pub id: Uuid,
    pub into: Uuid,
    pub at: Timestamp,
}

/// The hospital's merge of the person, if it holds; locked.
pub(super) async fn holding(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
    patient: PatientId,
) -> sqlx::Result<Option<Holding>> {
    let sql = "SELECT id, into_id, at FROM patient_merge WHERE patient_id = ? AND holds = 1 AND hospital_id = ? FOR UPDATE";
    let query = sqlx::query(sql).bind(patient.uuid()).bind(hospital.uuid());
    let row = query.fetch_optional(connection).await?;
    row.map(|row| {
        let (id, into) = (row.try_get("id")?, row.try_get("into_id")?);
        Ok(Holding { id, into, at: timestamp(&row, "at")? })
    })
    .transpose()
}

/// Whether the person is in a line, or at a hospital for a booking.
pub(super) async fn is_present(
    connection: &mut MySqlConnection,
    patient: PatientId,
) -> sqlx::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM ticket WHERE patient_id = ? AND live = 1)
           OR EXISTS (SELECT 1 FROM booking WHERE patient_id = ? AND status IN ('arrived', 'checked_in'))";
    let query = sqlx::query_scalar::<_, i64>(sql).bind(patient.uuid()).bind(patient.uuid());
    Ok(query.fetch_one(connection).await? != 0)
}

/// Locks the person, unless the account is deleted and its people are gone with it.
pub(super) async fn lock_merged(
    connection: &mut MySqlConnection,
    patient: PatientId,
) -> sqlx::Result<bool> {
    let sql =
        "SELECT 1 FROM patient WHERE id = ? AND NOT (end_reason <=> 'account_deleted') FOR UPDATE";
    let query = sqlx::query_scalar::<_, i64>(sql).bind(patient.uuid());
    Ok(query.fetch_optional(connection).await?.is_some())
}

/// The person's row has no account again. Where the patient of the account has left its family since, the person has not.
pub(super) async fn unmerge(
    connection: &mut MySqlConnection,
    (merge, patient): (Uuid, PatientId),
    (now, actor): (Timestamp, AccountId),
) -> sqlx::Result<()> {
    let sql = "UPDATE patient SET account_id = NULL, merged_into = NULL, ended_at = NULL, end_reason = NULL WHERE id = ?";
    sqlx::query(sql).bind(patient.uuid()).execute(&mut *connection).await?;
    let sql = "UPDATE patient_merge SET holds = NULL, undone_at = ?, undone_by = ? WHERE id = ?";
    let query = sqlx::query(sql).bind(now.naive_utc()).bind(actor.uuid()).bind(merge);
    query.execute(connection).await?;
    Ok(())
}
