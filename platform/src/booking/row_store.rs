//! A row of `booking`: its columns and how they are read, for every service that selects one.

use domain::booking::Booking;
use domain::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use sqlx::Row;
use sqlx::mysql::MySqlRow;
use uuid::Uuid;

use crate::rows_store::{named, timestamp};

/// The columns that [`booking`] reads, of a table with the alias `b`.
pub const COLUMNS: &str = "b.id, b.account_id, b.patient_id, b.hospital_id, b.doctor_id, b.seat, \
    b.starts_at, b.ends_at, CAST(b.status AS CHAR) AS status, CAST(b.visit AS CHAR) AS visit, b.sealed, \
    b.request_id, b.channel, b.revision, b.created_at, b.updated_at";

/// The booking of a row.
///
/// # Errors
/// When a name in it (status, visit, channel) is not known to this build.
pub fn booking(row: &MySqlRow) -> Result<Booking, sqlx::Error> {
    let id = |column: &str| row.try_get::<Uuid, _>(column);
    Ok(Booking {
        id: BookingId::from_uuid(id("id")?),
        account_id: AccountId::from_uuid(id("account_id")?),
        patient_id: PatientId::from_uuid(id("patient_id")?),
        hospital_id: HospitalId::from_uuid(id("hospital_id")?),
        doctor_id: DoctorId::from_uuid(id("doctor_id")?),
        seat: row.try_get("seat")?,
        starts_at: timestamp(row, "starts_at")?,
        ends_at: timestamp(row, "ends_at")?,
        status: named(row, "status")?,
        visit: named(row, "visit")?,
        request_id: RequestId::from_uuid(id("request_id")?),
        channel: named(row, "channel")?,
        revision: row.try_get("revision")?,
        created_at: timestamp(row, "created_at")?,
        updated_at: timestamp(row, "updated_at")?,
        sealed: row.try_get("sealed")?,
    })
}
