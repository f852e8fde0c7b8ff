//! SQL of doctors' time in use, for the worker that decides and for ingress, which warms the cache and shows slots.

use chrono::{NaiveDate, TimeDelta};
use domain::booking::Taken;
use domain::directory::Doctor;
use domain::ids::{DoctorId, RequestId};
use domain::time::Timestamp;
use sqlx::mysql::MySqlRow;
use sqlx::{MySql, MySqlConnection, QueryBuilder, Row};

use crate::rows_store::{padded, timestamp, timestamp_or_none};

/// Longer than any visit (the schedules' own check allows 480 minutes).
const LONGEST_VISIT: TimeDelta = TimeDelta::days(1);

/// A span of a doctor's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeRange {
    pub doctor: DoctorId,
    pub seats: u8,
    pub from: Timestamp,
    pub until: Timestamp,
}

impl TimeRange {
    /// The doctor's local day.
    pub fn of_day(doctor: &Doctor, day: NaiveDate) -> Option<Self> {
        let (from, until) = doctor.schedule.span_of(day)?;
        Some(Self { doctor: doctor.id, seats: doctor.schedule.most_seats(), from, until })
    }
}

/// Time in use that overlaps these ranges. Seats are named one by one and both ends are bounded, because the key that
/// finds the rows is (doctor, seat, end, start): so a day is a short range of it, whatever lies years away.
pub async fn taken(
    connection: &mut MySqlConnection,
    ranges: &[TimeRange],
) -> Result<Vec<(DoctorId, Taken)>, sqlx::Error> {
    if ranges.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::new(
        "SELECT doctor_id, seat_in_use, starts_at, ends_at, changed_by, held_until FROM booking FORCE INDEX (doctor_time_no_overlap) WHERE ",
    );
    push_ranges(&mut query, ranges);
    query.build().fetch_all(connection).await?.iter().map(taken_of).collect()
}

/// The condition on `booking` for time in use within these ranges; there is at least one.
pub fn push_ranges(query: &mut QueryBuilder<MySql>, ranges: &[TimeRange]) {
    for (index, range) in padded(ranges).enumerate() {
        query.push(if index == 0 { "(doctor_id = " } else { " OR (doctor_id = " });
        query.push_bind(range.doctor.uuid()).push(" AND seat_in_use IN (");
        let mut seats = query.separated(", ");
        for seat in 0..range.seats.max(1) {
            seats.push_bind(seat);
        }
        query.push(") AND ends_at > ").push_bind(range.from.naive_utc());
        query.push(" AND ends_at < ").push_bind((range.until + LONGEST_VISIT).naive_utc());
        query.push(" AND starts_at < ").push_bind(range.until.naive_utc()).push(")");
    }
}

fn taken_of(row: &MySqlRow) -> Result<(DoctorId, Taken), sqlx::Error> {
    let taken = Taken {
        seat: row.try_get("seat_in_use")?,
        starts_at: timestamp(row, "starts_at")?,
        ends_at: timestamp(row, "ends_at")?,
        request_id: RequestId::from_uuid(row.try_get("changed_by")?),
        held_until: timestamp_or_none(row, "held_until")?,
    };
    Ok((DoctorId::from_uuid(row.try_get("doctor_id")?), taken))
}
