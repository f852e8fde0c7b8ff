//! SQL of what staff have read: a row before each answer that shows a name, a phone or a reason. Nothing changes a
//! row; one goes when it has been kept for as long as it has to be.

use domain::ids::{AccountId, HospitalId, PatientId};
use domain::time::Timestamp;
use platform::rows_store::timestamp;
use sqlx::mysql::MySqlRow;
use sqlx::{MySql, MySqlExecutor, MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

/// One read.
pub(crate) struct Access {
    pub at: Timestamp,
    pub actor: AccountId,
    /// Where the actor works.
    pub hospital: HospitalId,
    /// `None`: a walk-in whom no row knows.
    pub patient: Option<PatientId>,
    /// Of what is read.
    pub subject: Uuid,
    pub route: &'static str,
}

/// Writes it. What is read may be shown only after that.
pub(crate) async fn record(database: &MySqlPool, access: &Access) -> sqlx::Result<()> {
    record_all(database, std::slice::from_ref(access)).await
}

/// Writes them, of a list, in one statement.
pub(crate) async fn record_all(
    database: impl MySqlExecutor<'_>,
    reads: &[Access],
) -> sqlx::Result<()> {
    if reads.is_empty() {
        return Ok(());
    }
    let head = "INSERT INTO access_log (at, actor, hospital_id, patient_id, subject_id, route) ";
    let mut query = QueryBuilder::<MySql>::new(head);
    query.push_values(reads, |mut row, access| {
        row.push_bind(access.at.naive_utc()).push_bind(access.actor.uuid());
        row.push_bind(access.hospital.uuid()).push_bind(access.patient.map(PatientId::uuid));
        row.push_bind(access.subject).push_bind(access.route);
    });
    query.build().execute(database).await?;
    Ok(())
}

/// Which reads are looked for.
pub(crate) struct Wanted {
    pub hospital: HospitalId,
    pub patient: Option<PatientId>,
    pub actor: Option<AccountId>,
    pub from: Option<Timestamp>,
    /// Excluded.
    pub to: Option<Timestamp>,
    /// The number of the last one of the page before.
    pub before: Option<u64>,
}

/// A read as it was written down.
pub(crate) struct Logged {
    pub number: u64,
    pub at: Timestamp,
    pub actor: Uuid,
    pub actor_name: Option<String>,
    pub patient: Option<Uuid>,
    pub subject: Uuid,
    pub route: String,
}

/// Reads at a hospital, newest first.
pub(crate) async fn page(
    database: &MySqlPool,
    wanted: &Wanted,
    limit: u32,
) -> sqlx::Result<Vec<Logged>> {
    let mut query = QueryBuilder::new(
        "SELECT l.id, l.at, l.actor, a.name AS actor_name, l.patient_id, l.subject_id, l.route FROM access_log l
         LEFT JOIN account a ON a.id = l.actor WHERE l.hospital_id = ",
    );
    query.push_bind(wanted.hospital.uuid());
    query.push(" AND l.id < ").push_bind(wanted.before.unwrap_or(u64::MAX));
    if let Some(patient) = wanted.patient {
        query.push(" AND l.patient_id = ").push_bind(patient.uuid());
    }
    if let Some(actor) = wanted.actor {
        query.push(" AND l.actor = ").push_bind(actor.uuid());
    }
    if let Some(from) = wanted.from {
        query.push(" AND l.at >= ").push_bind(from.naive_utc());
    }
    if let Some(to) = wanted.to {
        query.push(" AND l.at < ").push_bind(to.naive_utc());
    }
    query.push(" ORDER BY l.id DESC LIMIT ").push_bind(limit);
    let rows = query.build().fetch_all(database).await?;
    let logged = |row: &MySqlRow| {
        Ok(Logged {
            number: row.try_get("id")?,
            at: timestamp(row, "at")?,
            actor: row.try_get("actor")?,
            actor_name: row.try_get("actor_name")?,
            patient: row.try_get("patient_id")?,
            subject: row.try_get("subject_id")?,
            route: row.try_get("route")?,
        })
    };
    rows.iter().map(logged).collect()
}

/// A read of somebody of an account, as the account is told of it: at which hospital, not by whom.
pub(crate) struct Told {
    pub number: u64,
    pub at: Timestamp,
    pub hospital: Uuid,
    pub hospital_name: Option<String>,
    pub patient: Uuid,
    pub route: String,
}

/// Reads of the account's people, newest first, before that number.
pub(crate) async fn of_account(
    database: &MySqlPool,
    account: AccountId,
    before: Option<u64>,
    limit: u32,
) -> sqlx::Result<Vec<Told>> {
    let sql = "SELECT l.id, l.at, l.hospital_id, h.name AS hospital_name, l.patient_id, l.route
         FROM patient p JOIN access_log l ON l.patient_id = p.id LEFT JOIN hospital h ON h.id = l.hospital_id
         WHERE p.account_id = ? AND l.id < ? ORDER BY l.id DESC LIMIT ?";
    let query = sqlx::query(sql).bind(account.uuid()).bind(before.unwrap_or(u64::MAX)).bind(limit);
    let told = |row: &MySqlRow| {
        Ok(Told {
            number: row.try_get("id")?,
            at: timestamp(row, "at")?,
            hospital: row.try_get("hospital_id")?,
            hospital_name: row.try_get("hospital_name")?,
            patient: row.try_get("patient_id")?,
            route: row.try_get("route")?,
        })
    };
    query.fetch_all(database).await?.iter().map(told).collect()
}

/// Deletes reads that are older.
pub(crate) async fn forget(
    database: &MySqlPool,
    before: Timestamp,
    most: u32,
) -> sqlx::Result<u64> {
    let sql = "DELETE FROM access_log WHERE at < ? ORDER BY at LIMIT ?";
    let query = sqlx::query(sql).bind(before.naive_utc()).bind(most);
    Ok(query.execute(database).await?.rows_affected())
}
