//! SQL of bookings, always together with the account that asks. A booking is the account's when its patient is; another's
//! is not there.

use domain::ids::{AccountId, BookingId};
use platform::booking::row_store::{self, ShownBooking};
use sqlx::mysql::MySql;
use sqlx::{MySqlPool, QueryBuilder};

/// The account's bookings, to which conditions can be added.
pub(super) fn of_account(account: AccountId) -> QueryBuilder<MySql> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS).push(row_store::SHOWN_COLUMNS);
    query.push(" FROM patient p JOIN booking b ON b.patient_id = p.id ");
    query.push(row_store::SHOWN_JOINS).push("WHERE p.account_id = ").push_bind(account.uuid());
    query
}

/// The account's booking.
pub(crate) async fn find(
    database: &MySqlPool,
    account: AccountId,
    id: BookingId,
) -> sqlx::Result<Option<ShownBooking>> {
    let mut query = of_account(account);
    query.push(" AND b.id = ").push_bind(id.uuid());
    query.build().fetch_optional(database).await?.as_ref().map(ShownBooking::of).transpose()
}
