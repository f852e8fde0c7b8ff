//! SQL of bookings, always together with the account that asks: another's booking is not there.

use chrono_tz::Tz;
use domain::booking::{Booking, Status, Visit};
use domain::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use sqlx::mysql::MySqlRow;
use sqlx::{MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

/// A booking and the zone of its hospital.
pub(crate) struct Found {
    pub booking: Booking,
    pub zone: Tz,
}

const SELECT: &str = "SELECT b.id, b.account_id, b.patient_id, b.hospital_id, b.doctor_id, b.seat, b.starts_at, b.ends_at, b.status, \
    b.visit, b.sealed, b.request_id, b.channel, b.revision, b.created_at, b.updated_at, h.zone \
    FROM booking b JOIN hospital h ON h.id = b.hospital_id WHERE b.account_id = ";

/// The account's booking.
pub(crate) async fn find(
    database: &MySqlPool,
    account: AccountId,
    id: BookingId,
) -> sqlx::Result<Option<Found>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push_bind(account.uuid()).push(" AND b.id = ").push_bind(id.uuid());
    query.build().fetch_optional(database).await?.as_ref().map(found_of).transpose()
}

/// The account's bookings, newest first (ids rise with time), beyond `after`.
pub(crate) async fn list(
    database: &MySqlPool,
    account: AccountId,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<Found>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push_bind(account.uuid()).push(" AND b.id < ").push_bind(after.unwrap_or(Uuid::max()));
    query.push(" ORDER BY b.id DESC LIMIT ").push_bind(limit);
    query.build().fetch_all(database).await?.iter().map(found_of).collect()
}

fn found_of(row: &MySqlRow) -> sqlx::Result<Found> {
    let unknown =
        |what: &'static str| sqlx::Error::Decode(format!("a {what} that is not known here").into());
    let (status, visit, zone): (String, String, String) =
        (row.try_get("status")?, row.try_get("visit")?, row.try_get("zone")?);
    let booking = Booking {
        id: BookingId::from_uuid(row.try_get("id")?),
        account_id: AccountId::from_uuid(row.try_get("account_id")?),
        patient_id: PatientId::from_uuid(row.try_get("patient_id")?),
        hospital_id: HospitalId::from_uuid(row.try_get("hospital_id")?),
        doctor_id: DoctorId::from_uuid(row.try_get("doctor_id")?),
        seat: row.try_get("seat")?,
        starts_at: row.try_get("starts_at")?,
        ends_at: row.try_get("ends_at")?,
        status: Status::parse(&status).ok_or_else(|| unknown("status"))?,
        visit: Visit::parse(&visit).ok_or_else(|| unknown("visit"))?,
        request_id: RequestId::from_uuid(row.try_get("request_id")?),
        channel: row.try_get("channel")?,
        revision: row.try_get("revision")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        sealed: row.try_get("sealed")?,
    };
    Ok(Found { booking, zone: zone.parse().map_err(|_| unknown("zone"))? })
}
