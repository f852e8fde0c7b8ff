//! SQL of what is booked ahead with doctors, for whoever changes or shows their schedules.

use domain::ids::{BookingId, DoctorId};
use domain::time::Timestamp;
use sqlx::{MySql, MySqlConnection, QueryBuilder, Row};

use crate::rows_store::{padded, timestamp};

/// A booking that uses the doctor's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    pub doctor: DoctorId,
    pub booking_id: BookingId,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub seat: u8,
}

/// Bookings of these doctors that end after `from`, in no order. Seats are named one by one, since the key that finds the
/// rows is (doctor, seat, end, start): so what is over is not read.
pub async fn ahead(
    connection: &mut MySqlConnection,
    doctors: &[DoctorId],
    from: Timestamp,
) -> Result<Vec<Found>, sqlx::Error> {
    if doctors.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<MySql>::new(
        "SELECT doctor_id, id, seat_in_use, starts_at, ends_at FROM booking FORCE INDEX (doctor_time_no_overlap) WHERE doctor_id IN (",
    );
    let mut ids = query.separated(", ");
    for doctor in padded(doctors) {
        ids.push_bind(doctor.uuid());
    }
    query.push(") AND seat_in_use IN (");
    let mut seats = query.separated(", ");
    for seat in 0..*domain::schedule::SEATS.end() {
        seats.push_bind(seat);
    }
    query.push(") AND ends_at > ").push_bind(from.naive_utc());
    let rows = query.build().fetch_all(connection).await?;
    let found = |row: &sqlx::mysql::MySqlRow| {
        Ok(Found {
            doctor: DoctorId::from_uuid(row.try_get("doctor_id")?),
            booking_id: BookingId::from_uuid(row.try_get("id")?),
            starts_at: timestamp(row, "starts_at")?,
            ends_at: timestamp(row, "ends_at")?,
            seat: row.try_get("seat_in_use")?,
        })
    };
    rows.iter().map(found).collect()
}
