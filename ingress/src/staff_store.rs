//! SQL of memberships.

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
