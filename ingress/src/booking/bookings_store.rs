//! SQL of bookings, always together with the account that asks. A booking is the account's when its patient is; another's
//! is not there.

use chrono_tz::Tz;
use domain::booking::Booking;
use domain::ids::{AccountId, BookingId};
use platform::booking::row_store;
use platform::rows_store::named;
use sqlx::mysql::{MySql, MySqlRow};
use sqlx::{MySqlPool, QueryBuilder};
use uuid::Uuid;

/// A booking and the zone of its hospital.
pub(crate) struct FoundBooking {
    pub booking: Booking,
    pub zone: Tz,
}

fn of_account(account: AccountId) -> QueryBuilder<MySql> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS).push(
        ", h.zone FROM patient p JOIN booking b ON b.patient_id = p.id JOIN hospital h ON h.id = b.hospital_id
         WHERE p.account_id = ",
    );
    query.push_bind(account.uuid());
    query
}

/// The account's booking.
pub(crate) async fn find(
    database: &MySqlPool,
    account: AccountId,
    id: BookingId,
) -> sqlx::Result<Option<FoundBooking>> {
    let mut query = of_account(account);
    query.push(" AND b.id = ").push_bind(id.uuid());
    query.build().fetch_optional(database).await?.as_ref().map(found).transpose()
}

/// The account's bookings, newest first (ids rise with time), beyond `after`.
pub(crate) async fn list(
    database: &MySqlPool,
    account: AccountId,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<FoundBooking>> {
    let mut query = of_account(account);
    query.push(" AND b.id < ").push_bind(after.unwrap_or(Uuid::max()));
    query.push(" ORDER BY b.id DESC LIMIT ").push_bind(limit);
    query.build().fetch_all(database).await?.iter().map(found).collect()
}

fn found(row: &MySqlRow) -> sqlx::Result<FoundBooking> {
    Ok(FoundBooking { booking: row_store::booking(row)?, zone: named(row, "zone")? })
}
