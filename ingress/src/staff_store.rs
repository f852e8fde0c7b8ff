//! SQL of memberships, of the operators of the platform, and of whom a hospital's staff know.

use domain::ids::{AccountId, HospitalId, PatientId};
use domain::people::Role;
use platform::rows_store::named;
use sqlx::MySqlPool;
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

/// The account of a patient who had a booking or a ticket at the hospital. Such a row never goes, so this need not be asked again
/// when the command is decided.
pub(crate) async fn known_patient(
    database: &MySqlPool,
    hospital: HospitalId,
    patient: PatientId,
) -> sqlx::Result<Option<AccountId>> {
    let sql = "SELECT p.account_id FROM patient p WHERE p.id = ? AND p.account_id IS NOT NULL AND
        (EXISTS (SELECT 1 FROM booking b WHERE b.patient_id = p.id AND b.hospital_id = ?)
         OR EXISTS (SELECT 1 FROM ticket t WHERE t.patient_id = p.id AND t.hospital_id = ?))";
    let query = sqlx::query_scalar(sql).bind(patient.uuid());
    let query = query.bind(hospital.uuid()).bind(hospital.uuid());
    let found: Option<Uuid> = query.fetch_optional(database).await?;
    Ok(found.map(AccountId::from_uuid))
}
