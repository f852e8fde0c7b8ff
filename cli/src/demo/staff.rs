//! Demonstration staff: an account with its membership at a hospital, new each time.

use domain::ids::{AccountId, HospitalId};
use domain::people::Role;
use domain::time::Timestamp;
use platform::seed::store::add_accounts;
use sqlx::MySqlPool;

use super::store;
use crate::failure::CliError;

/// A new account that works at the hospital; a hospital that does not exist is refused.
pub async fn employ(
    pool: &MySqlPool,
    hospital: HospitalId,
    role: Role,
    now: Timestamp,
) -> Result<AccountId, CliError> {
    let account = AccountId::generate();
    let mut transaction = pool.begin().await?;
    if !store::is_hospital(&mut transaction, hospital).await? {
        return Err(CliError::refused(format!("there is no hospital {hospital}")));
    }
    add_accounts(&mut transaction, &[account], now).await?;
    store::add_staff(&mut transaction, &[(account, hospital)], role, now).await?;
    transaction.commit().await?;
    Ok(account)
}
