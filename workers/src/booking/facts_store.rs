//! SQL that reads what decisions on bookings look at. Id lists are padded to powers of two, so that few statements are
//! prepared.

use domain::booking::{Booking, Busy};
use domain::directory::DoctorDay;
use domain::ids::{BookingId, DoctorId, HospitalId, PatientId};
use domain::time::Timestamp;
use platform::booking::row_store;
use platform::rows_store::{padded, padded_marks, timestamp};
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, MySqlConnection, QueryBuilder, Row};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Bookings by id.
pub async fn bookings(
    connection: &mut MySqlConnection,
    ids: &BTreeSet<BookingId>,
) -> Result<Vec<Booking>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let (columns, marks) = (row_store::COLUMNS, padded_marks(ids.len()));
    let sql = format!("SELECT {columns} FROM booking b WHERE b.id IN ({marks})");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(&ids) {
        query = query.bind(id);
    }
    query.fetch_all(connection).await?.iter().map(row_store::booking).collect()
}

/// The times from `now` on at which these patients are somewhere, at any hospital.
pub async fn busy(
    connection: &mut MySqlConnection,
    patients: &BTreeSet<PatientId>,
    now: Timestamp,
) -> Result<Vec<(PatientId, Busy)>, sqlx::Error> {
    if patients.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = patients.iter().map(|id| id.uuid()).collect();
    let sql = format!(
        "SELECT patient_in_use, id, hospital_id, doctor_id, starts_at, ends_at FROM booking
         WHERE ends_at > ? AND patient_in_use IN ({})",
        padded_marks(ids.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(now.naive_utc());
    for id in padded(&ids) {
        query = query.bind(id);
    }
    let read = |row: &MySqlRow| {
        let busy = Busy {
            booking_id: BookingId::from_uuid(row.try_get("id")?),
            hospital_id: HospitalId::from_uuid(row.try_get("hospital_id")?),
            doctor_id: DoctorId::from_uuid(row.try_get("doctor_id")?),
            starts_at: timestamp(row, "starts_at")?,
            ends_at: timestamp(row, "ends_at")?,
        };
        Ok((PatientId::from_uuid(row.try_get("patient_in_use")?), busy))
    };
    query.fetch_all(connection).await?.iter().map(read).collect()
}

/// The days' revisions; a day without a row has 0.
pub async fn revisions(
    connection: &mut MySqlConnection,
    days: &[DoctorDay],
) -> Result<HashMap<DoctorDay, u64>, sqlx::Error> {
    if days.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = QueryBuilder::new("SELECT doctor_id, day, revision FROM doctor_day WHERE ");
    for (index, (doctor, day)) in padded(days).enumerate() {
        query.push(if index == 0 { "(doctor_id = " } else { " OR (doctor_id = " });
        query.push_bind(doctor.uuid()).push(" AND day = ").push_bind(day).push(")");
    }
    let rows = query.build().fetch_all(connection).await?;
    let read = |row: &MySqlRow| {
        let doctor = DoctorId::from_uuid(row.try_get("doctor_id")?);
        Ok(((doctor, row.try_get("day")?), row.try_get("revision")?))
    };
    rows.iter().map(read).collect()
}
