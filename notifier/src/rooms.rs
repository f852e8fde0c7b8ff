//! The joint of the notifier: what each room shows in a snapshot. Frames and hub know no room.

use domain::ids::AccountId;
use serde_json::Value;
use sqlx::MySqlPool;

use crate::{booking, line};

/// Members of a snapshot: how the account's things stand.
pub async fn snapshot(
    pool: &MySqlPool,
    account: AccountId,
) -> Result<Vec<(&'static str, Value)>, sqlx::Error> {
    let mut members = Vec::new();
    members.push(("bookings", booking::store::open(pool, account).await?));
    members.push(("tickets", line::store::live(pool, account).await?));
    Ok(members)
}
