//! SQL of an account's bookings. A booking is the account's when its patient is.

use domain::booking::Status;
use domain::ids::AccountId;
use platform::booking::row_store::{self, ShownBooking};
use serde_json::Value;
use sqlx::{MySqlPool, QueryBuilder};

/// Bookings shown in a snapshot.
const MAX_SHOWN: u32 = 100;

/// The bookings of the account's patients that may still change, newest first, as clients see them.
pub async fn open(pool: &MySqlPool, account: AccountId) -> Result<Value, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS).push(row_store::SHOWN_COLUMNS);
    query.push(" FROM patient p JOIN booking b ON b.patient_id = p.id ");
    query
        .push(row_store::SHOWN_JOINS)
        .push("WHERE p.account_id = ")
        .push_bind(account.uuid())
        .push(" AND b.status IN (");
    let mut statuses = query.separated(", ");
    for status in Status::ALL.iter().filter(|status| status.may_change()) {
        statuses.push_bind(status.as_str());
    }
    query.push(") ORDER BY b.id DESC LIMIT ").push_bind(MAX_SHOWN);
    let rows = query.build().fetch_all(pool).await?;
    rows.iter().map(|row| Ok(ShownBooking::of(row)?.view())).collect()
}
