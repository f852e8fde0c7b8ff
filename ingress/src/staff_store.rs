//! SQL of who works where, and who operates the platform.

use domain::ids::{AccountId, HospitalId};
use domain::people::Role;
use platform::rows_store::named;
use sqlx::MySqlPool;

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
