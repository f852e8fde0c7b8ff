//! SQL of an account's bookings. A booking is the account's when its patient is.

use domain::booking::Status;
use domain::ids::AccountId;
use platform::booking::row_store;
use platform::rows_store::named;
use serde_json::Value;
use sqlx::{MySqlPool, QueryBuilder};

/// Bookings shown in a snapshot.
const MAX_SHOWN: u32 = 100;

/// The bookings of the account's patients that may still change, newest first, as clients see them.
pub async fn open(pool: &MySqlPool, account: AccountId) -> Result<Value, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS).push(
        ", h.zone FROM patient p JOIN booking b ON b.patient_id = p.id JOIN hospital h ON h.id = b.hospital_id
         WHERE p.account_id = ",
    );
    query.push_bind(account.uuid()).push(" AND b.status IN (");
    let mut statuses = query.separated(", ");
    for status in Status::ALL.iter().filter(|status| status.may_change()) {
        statuses.push_bind(status.as_str());
    }
    query.push(") ORDER BY b.id DESC LIMIT ").push_bind(MAX_SHOWN);
    let rows = query.build().fetch_all(pool).await?;
    let shown = rows.iter().map(|row| {
        let booking = row_store::booking(row)?;
        serde_json::to_value(booking.view(named(row, "zone")?))
            .map_err(|error| sqlx::Error::Decode(error.into()))
    });
    shown.collect::<Result<Vec<_>, _>>().map(Value::Array)
}
