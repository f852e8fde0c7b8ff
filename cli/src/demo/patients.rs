//! Demonstration patients by number: an account and its own person. Thousands are made at once for
//! loads, a few by the seed; both are the same series.

use domain::time::Timestamp;
use sqlx::MySqlPool;
use std::ops::Range;
use uuid::Uuid;

use super::{id, name, store};
use crate::failure::CliError;

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DemoPatient {
    pub account_id: Uuid,
    pub patient_id: Uuid,
    pub name: String,
}

/// Rows of one statement.
const CHUNK: usize = 1_000;

/// The account with this number.
pub fn account_id(number: u32) -> Uuid {
    id("account", number)
}

fn patient(number: u32) -> DemoPatient {
    DemoPatient {
        account_id: account_id(number),
        patient_id: id("patient", number),
        name: name(number as usize),
    }
}

/// Makes those that are missing and returns them all.
pub async fn ensure(
    pool: &MySqlPool,
    numbers: Range<u32>,
    now: Timestamp,
) -> Result<Vec<DemoPatient>, CliError> {
    let all: Vec<_> = numbers.map(patient).collect();
    for chunk in all.chunks(CHUNK) {
        let mut transaction = pool.begin().await?;
        store::add_patients(&mut transaction, chunk, now).await?;
        transaction.commit().await?;
    }
    Ok(all)
}

/// The account's own person; an account that does not exist is refused.
pub async fn own_person(pool: &MySqlPool, account: Uuid) -> Result<Option<Uuid>, CliError> {
    let found = store::own_person(pool, account).await?;
    found.ok_or_else(|| CliError::refused(format!("there is no account {account}")))
}
