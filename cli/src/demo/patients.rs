//! Demonstration patients by number: an account and its own person. Thousands are made at once for
//! loads, a few by the seed; both are the same series.

use domain::ids::{AccountId, PatientId};
use domain::time::Timestamp;
use platform::seed::PatientSeed;
use platform::seed::store::{add_accounts, add_patients};
use sqlx::MySqlPool;
use std::ops::Range;
use uuid::Uuid;

use super::{id, name, store};
use crate::failure::CliError;

/// Patients of one transaction.
const CHUNK: usize = 1_000;

/// The account with this number.
pub fn account_id(number: u32) -> AccountId {
    AccountId::from_uuid(id("account", number))
}

fn patient(number: u32) -> PatientSeed {
    PatientSeed {
        id: PatientId::from_uuid(id("patient", number)),
        account_id: account_id(number),
        own_person: true,
        name: name(number as usize),
        birth_date: None,
    }
}

/// Makes those that are missing and returns them all.
pub async fn ensure(
    pool: &MySqlPool,
    numbers: Range<u32>,
    now: Timestamp,
) -> Result<Vec<PatientSeed>, CliError> {
    let all: Vec<_> = numbers.map(patient).collect();
    for chunk in all.chunks(CHUNK) {
        let accounts: Vec<_> = chunk.iter().map(|patient| patient.account_id).collect();
        let mut transaction = pool.begin().await?;
        add_accounts(&mut transaction, &accounts, now).await?;
        add_patients(&mut transaction, chunk).await?;
        transaction.commit().await?;
    }
    Ok(all)
}

/// The account's own person; an account that does not exist is refused.
pub async fn own_person(pool: &MySqlPool, account: Uuid) -> Result<Option<Uuid>, CliError> {
    let found = store::own_person(pool, account).await?;
    found.ok_or_else(|| CliError::refused(format!("there is no account {account}")))
}
