//! SQL of an account's tickets. A ticket is the account's when its patient is.

use domain::ids::AccountId;
use platform::line::row_store::{self, ShownTicket};
use serde_json::Value;
use sqlx::{MySqlPool, QueryBuilder};

/// Tickets shown in a snapshot. An account has fewer live ones.
const MAX_SHOWN: u32 = 100;

/// The live tickets of the account's patients, newest first, as clients see them.
pub async fn live(pool: &MySqlPool, account: AccountId) -> Result<Value, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS).push(row_store::SHOWN_COLUMNS);
    query.push(" FROM patient p JOIN ticket t ON t.patient_id = p.id ");
    query.push(row_store::SHOWN_JOINS).push("WHERE p.account_id = ").push_bind(account.uuid());
    query.push(" AND t.live = 1 ORDER BY t.id DESC LIMIT ").push_bind(MAX_SHOWN);
    let rows = query.build().fetch_all(pool).await?;
    rows.iter().map(|row| Ok(ShownTicket::of(row)?.view())).collect()
}
