//! SQL of a hospital's bookings, for those who work there.

use chrono::NaiveDate;
use domain::booking::Status;
use domain::ids::{BookingId, DoctorId, HospitalId, PatientId};
use domain::time::Timestamp;
use platform::booking::row_store::{self, ShownBooking};
use sqlx::mysql::{MySql, MySqlRow};
use sqlx::{MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

/// Which bookings.
pub(super) struct Wanted {
    pub hospital: HospitalId,
    /// That start from the first on and before the second; `None`: whenever.
    pub span: Option<(Timestamp, Timestamp)>,
    pub doctor: Option<DoctorId>,
    pub patient: Option<PatientId>,
    pub status: Option<Status>,
    /// Start and id of the last one of the page before.
    pub after: Option<(Timestamp, Uuid)>,
}

/// A booking as the desk sees it.
pub(super) struct DeskBooking {
    pub shown: ShownBooking,
    /// Of its patient. Shown only once that is written down.
    pub name: Option<String>,
    pub born: Option<NaiveDate>,
}

impl DeskBooking {
    fn of(row: &MySqlRow) -> sqlx::Result<Self> {
        let shown = ShownBooking::of(row)?;
        Ok(Self { shown, name: row.try_get("patient_name")?, born: row.try_get("birth_date")? })
    }
}

fn of_hospital(hospital: HospitalId) -> QueryBuilder<MySql> {
    let mut query = QueryBuilder::new("SELECT p.name AS patient_name, p.birth_date, ");
    query.push(row_store::COLUMNS).push(row_store::SHOWN_COLUMNS);
    query.push(" FROM booking b LEFT JOIN patient p ON p.id = b.patient_id ");
    query.push(row_store::SHOWN_JOINS).push("WHERE b.hospital_id = ").push_bind(hospital.uuid());
    query
}

/// Those of them that come first, by their start.
pub(super) async fn list(
    database: &MySqlPool,
    wanted: &Wanted,
    limit: u32,
) -> sqlx::Result<Vec<DeskBooking>> {
    let mut query = of_hospital(wanted.hospital);
    if let Some((from, until)) = wanted.span {
        query.push(" AND b.starts_at >= ").push_bind(from.naive_utc());
        query.push(" AND b.starts_at < ").push_bind(until.naive_utc());
    }
    if let Some(doctor) = wanted.doctor {
        query.push(" AND b.doctor_id = ").push_bind(doctor.uuid());
    }
    if let Some(patient) = wanted.patient {
        query.push(" AND b.patient_id = ").push_bind(patient.uuid());
    }
    if let Some(status) = wanted.status {
        query.push(" AND b.status = ").push_bind(status.as_str());
    }
    if let Some((starts_at, id)) = wanted.after {
        query.push(" AND (b.starts_at > ").push_bind(starts_at.naive_utc());
        query.push(" OR b.starts_at = ").push_bind(starts_at.naive_utc());
        query.push(" AND b.id > ").push_bind(id).push(")");
    }
    query.push(" ORDER BY b.starts_at, b.id LIMIT ").push_bind(limit);
    query.build().fetch_all(database).await?.iter().map(DeskBooking::of).collect()
}

/// The hospital's booking.
pub(super) async fn find(
    database: &MySqlPool,
    hospital: HospitalId,
    id: BookingId,
) -> sqlx::Result<Option<DeskBooking>> {
    let mut query = of_hospital(hospital);
    query.push(" AND b.id = ").push_bind(id.uuid());
    query.build().fetch_optional(database).await?.as_ref().map(DeskBooking::of).transpose()
}
