//! SQL of an account's list of bookings.

use domain::booking::Status;
use domain::ids::{AccountId, PatientId};
use domain::time::Timestamp;
use platform::booking::row_store::{self, ShownBooking};
use sqlx::{MySqlPool, QueryBuilder};
use uuid::Uuid;

use super::bookings_store::of_account;

/// Which of them.
pub(super) struct Wanted {
    /// In one of these states; none named: in any.
    pub statuses: Vec<Status>,
    pub patient: Option<PatientId>,
    /// That start then or later.
    pub from: Option<Timestamp>,
    /// That start before.
    pub to: Option<Timestamp>,
}

/// The newest first (ids rise with time), beyond `after`.
pub(super) async fn list(
    database: &MySqlPool,
    account: AccountId,
    wanted: &Wanted,
    (after, limit): (Option<Uuid>, u32),
) -> sqlx::Result<Vec<ShownBooking>> {
    let mut query = of_account(account);
    // A hold that was not booked is none.
    query.push(" AND b.held_until IS NULL AND b.id < ").push_bind(after.unwrap_or(Uuid::max()));
    if let Some(patient) = wanted.patient {
        query.push(" AND (p.id = ").push_bind(patient.uuid());
        query.push(" OR p.merged_into = ").push_bind(patient.uuid()).push(")");
    }
    if let Some(from) = wanted.from {
        query.push(" AND b.starts_at >= ").push_bind(from.naive_utc());
    }
    if let Some(to) = wanted.to {
        query.push(" AND b.starts_at < ").push_bind(to.naive_utc());
    }
    if !wanted.statuses.is_empty() {
        query.push(" AND b.status IN (");
        let mut names = query.separated(", ");
        for status in &wanted.statuses {
            names.push_bind(status.as_str());
        }
        query.push(")");
    }
    query.push(" ORDER BY b.id DESC LIMIT ").push_bind(limit);
    query.build().fetch_all(database).await?.iter().map(ShownBooking::of).collect()
}

/// The times that the account holds at `now`.
pub(super) async fn held(
    database: &MySqlPool,
    account: AccountId,
    now: Timestamp,
) -> sqlx::Result<Vec<ShownBooking>> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS).push(row_store::SHOWN_COLUMNS);
    query.push(" FROM hold o JOIN booking b ON b.id = o.booking_id ").push(row_store::SHOWN_JOINS);
    query.push("WHERE o.number IS NOT NULL AND o.account_id = ").push_bind(account.uuid());
    query.push(" AND o.held_until > ").push_bind(now.naive_utc()).push(" ORDER BY b.id DESC");
    query.build().fetch_all(database).await?.iter().map(ShownBooking::of).collect()
}
