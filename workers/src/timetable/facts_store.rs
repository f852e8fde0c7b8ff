//! SQL that reads who comes to doctors: what is booked ahead, who waits in their lines.

use chrono::TimeDelta;
use domain::ids::DoctorId;
use domain::time::Timestamp;
use domain::timetable::Ahead;
use platform::rows_store::{padded, padded_marks};
use platform::timetable::ahead_store;
use sqlx::{AssertSqlSafe, MySqlConnection, Row};

/// Bookings of these doctors that end after `now` and use their time.
pub async fn ahead(
    connection: &mut MySqlConnection,
    doctors: &[DoctorId],
    now: Timestamp,
) -> Result<Vec<(DoctorId, Ahead)>, sqlx::Error> {
    let found = ahead_store::ahead(connection, doctors, now).await?;
    let ahead = |found: ahead_store::Found| {
        let ahead_store::Found { doctor, booking_id, starts_at, ends_at, seat } = found;
        (doctor, Ahead { booking_id, starts_at, ends_at, seat })
    };
    Ok(found.into_iter().map(ahead).collect())
}

/// How many live tickets each has. A day's line ends with the day: older ones are not looked at.
pub async fn waiting(
    connection: &mut MySqlConnection,
    doctors: &[DoctorId],
    now: Timestamp,
) -> Result<Vec<(DoctorId, u64)>, sqlx::Error> {
    let marks = padded_marks(doctors.len());
    let sql = format!(
        "SELECT doctor_id, COUNT(*) AS waiting FROM ticket WHERE doctor_id IN ({marks}) AND day >= ? AND live = 1 GROUP BY doctor_id"
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(doctors) {
        query = query.bind(id.uuid());
    }
    let query = query.bind((now - TimeDelta::days(2)).date_naive());
    let rows = query.fetch_all(connection).await?;
    let read = |row: &sqlx::mysql::MySqlRow| {
        let waiting: i64 = row.try_get("waiting")?;
        Ok((DoctorId::from_uuid(row.try_get("doctor_id")?), u64::try_from(waiting).unwrap_or(0)))
    };
    rows.iter().map(read).collect()
}
