//! SQL of memberships, of the operators of the platform, and of whom a hospital's staff know.

use domain::ids::{AccountId, HospitalId, PatientId};
use domain::people::Role;
use domain::time::Timestamp;
use platform::rows_store::named;
use sqlx::{MySql, MySqlPool, QueryBuilder};
use uuid::Uuid;

/// Roles of the account at the hospital.
pub(crate) async fn roles(
    database: &MySqlPool,
    account: AccountId,
    hospital: HospitalId,
) -> sqlx::Result<Vec<Role>> {
    let sql = "SELECT CAST(role AS CHAR) AS role FROM membership WHERE account_id = ? AND hospital_id = ?";
    let query = sqlx::query(sql).bind(account.uuid()).bind(hospital.uuid());
    query.fetch_all(database).await?.iter().map(|row| named(row, "role")).collect()
}

/// Whether the account operates the platform.
pub(crate) async fn is_operator(database: &MySqlPool, account: AccountId) -> sqlx::Result<bool> {
    let sql =
        "SELECT COUNT(*) > 0 FROM account WHERE id = ? AND operator = 1 AND deleted_at IS NULL";
    let found: i64 = sqlx::query_scalar(sql).bind(account.uuid()).fetch_one(database).await?;
    Ok(found > 0)
}

/// That the patient `p` is known at the hospital: had a booking or a ticket there, was entered by its desk, or told it a code a
/// moment ago.
pub(crate) fn push_known(query: &mut QueryBuilder<MySql>, hospital: HospitalId, now: Timestamp) {
    for (before, table) in [("(", "booking"), (" OR ", "ticket"), (" OR ", "known_patient")] {
        query.push(before).push("EXISTS (SELECT 1 FROM ").push(table);
        query.push(" k WHERE k.patient_id = p.id AND k.hospital_id = ").push_bind(hospital.uuid());
        if table == "known_patient" {
            query.push(" AND (k.until IS NULL OR k.until > ").push_bind(now.naive_utc()).push(")");
        }
        query.push(")");
    }
    query.push(")");
}

/// The account, if any, of a patient who is known at the hospital. What is known need not be asked again when the command is decided:
/// a row of a visit never goes, and whoever was known a moment ago may be booked for.
pub(crate) async fn known_patient(
    database: &MySqlPool,
    (hospital, now): (HospitalId, Timestamp),
    patient: PatientId,
) -> sqlx::Result<Option<Option<AccountId>>> {
    let mut query = QueryBuilder::new("SELECT p.account_id FROM patient p WHERE p.id = ");
    query.push_bind(patient.uuid()).push(" AND ");
    push_known(&mut query, hospital, now);
    let found: Option<Option<Uuid>> = query.build_query_scalar().fetch_optional(database).await?;
    Ok(found.map(|account| account.map(AccountId::from_uuid)))
}
