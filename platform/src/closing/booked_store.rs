//! SQL that finds the bookings in a time that is closed or to be closed. The index is named: by its estimates the server may read
//! all that a doctor ever had.

use chrono::TimeDelta;
use chrono_tz::Tz;
use domain::closed_time::{ClosedTime, ENDED_STATUSES};
use domain::ids::BookingId;
use sqlx::mysql::MySql;
use sqlx::{MySqlConnection, QueryBuilder};
use uuid::Uuid;

/// Longer than any visit (the schedules' own check allows 480 minutes).
const LONGEST_VISIT: TimeDelta = TimeDelta::days(1);

/// Pushes `FROM booking b .. WHERE` with the condition that a booking overlaps the time.
pub fn push_overlapping(query: &mut QueryBuilder<MySql>, time: &ClosedTime, zone: Tz, joins: &str) {
    query.push(" FROM booking b FORCE INDEX (booking_hospital_start) ").push(joins);
    query.push(" WHERE b.hospital_id = ").push_bind(time.hospital_id.uuid());
    if let Some(doctor) = time.doctor_id {
        query.push(" AND b.doctor_id = ").push_bind(doctor.uuid());
    }
    query.push(" AND (FALSE");
    for (from, until) in time.spans(zone) {
        query.push(" OR (b.starts_at > ").push_bind((from - LONGEST_VISIT).naive_utc());
        query.push(" AND b.starts_at < ").push_bind(until.naive_utc());
        query.push(" AND b.ends_at > ").push_bind(from.naive_utc()).push(")");
    }
    query.push(")");
}

/// Pushes the condition that a closing ends the booking.
pub fn push_ending(query: &mut QueryBuilder<MySql>) {
    query.push(" AND b.status IN (");
    let mut statuses = query.separated(", ");
    for status in ENDED_STATUSES {
        statuses.push_bind(status);
    }
    query.push(")");
}

/// The first of those that a closing of the time ends.
pub async fn to_end(
    connection: &mut MySqlConnection,
    (time, zone): (&ClosedTime, Tz),
    limit: usize,
) -> Result<Vec<BookingId>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT b.id");
    push_overlapping(&mut query, time, zone, "");
    push_ending(&mut query);
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    query.push(" ORDER BY b.starts_at, b.id LIMIT ").push_bind(limit);
    let ids: Vec<Uuid> = query.build_query_scalar().fetch_all(connection).await?;
    Ok(ids.into_iter().map(BookingId::from_uuid).collect())
}
