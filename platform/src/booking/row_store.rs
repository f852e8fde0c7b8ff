//! A row of `booking`: its columns and how they are read, for every service that selects one.

use domain::booking::{Booking, Held};
use domain::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use domain::time::Zone;
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::mysql::MySqlRow;
use uuid::Uuid;

use crate::rows_store::{named, timestamp, timestamp_or_none};

/// The columns that [`booking`] reads, of a table with the alias `b`.
pub const COLUMNS: &str = "b.id, b.account_id, b.patient_id, b.hospital_id, b.doctor_id, b.seat, \
    b.starts_at, b.ends_at, CAST(b.status AS CHAR) AS status, CAST(b.visit AS CHAR) AS visit, b.sealed, \
    b.request_id, b.channel, b.revision, b.created_at, b.updated_at, b.held_until, b.held_number";

/// What a view shows beside [`COLUMNS`], joined when it is read: the hospital `h`, the doctor `d` and the last step `s`. A
/// doctor who has left keeps the row.
pub const SHOWN_COLUMNS: &str =
    ", h.zone, h.name AS hospital_name, d.name AS doctor_name, s.reason AS status_reason";
/// See [`SHOWN_COLUMNS`].
pub const SHOWN_JOINS: &str = " JOIN hospital h ON h.id = b.hospital_id LEFT JOIN doctor d ON d.id = b.doctor_id \
     LEFT JOIN status_change s ON s.booking_id = b.id AND s.revision = b.revision ";

/// A booking with what is joined to it when it is shown. Recorded documents have none of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShownBooking {
    pub booking: Booking,
    pub zone: Zone,
    pub hospital_name: String,
    pub doctor_name: Option<String>,
    /// Why it stands so, where its last step has a reason.
    pub status_reason: Option<String>,
}

impl ShownBooking {
    /// Of a row with [`COLUMNS`] and [`SHOWN_COLUMNS`].
    pub fn of(row: &MySqlRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            booking: booking(row)?,
            zone: named(row, "zone")?,
            hospital_name: row.try_get("hospital_name")?,
            doctor_name: row.try_get("doctor_name")?,
            status_reason: row.try_get("status_reason")?,
        })
    }

    /// As clients see it in lists and views.
    pub fn view(&self) -> Value {
        let mut view = json!(self.booking.view(self.zone));
        view["hospital_name"] = json!(self.hospital_name);
        view["doctor_name"] = json!(self.doctor_name);
        if let Some(reason) = &self.status_reason {
            view["status_reason"] = json!(reason);
        }
        view
    }
}

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
        held: held(row)?,
    })
}

fn held(row: &MySqlRow) -> Result<Option<Held>, sqlx::Error> {
    let until = timestamp_or_none(row, "held_until")?;
    let number: Option<u8> = row.try_get("held_number")?;
    Ok(until.zip(number).map(|(until, number)| Held { until, number }))
}
