//! SQL of closings, for staff of their hospital: the list, one of them, the bookings in a time, and today's tickets there.

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::closed_time::{ClosedTime, ENDED_STATUSES};
use domain::closing::Closing;
use domain::ids::{ClosingId, DoctorId, HospitalId};
use domain::time::Timestamp;
use platform::closing::booked_store::{push_ending, push_overlapping};
use platform::closing::row_store;
use platform::rows_store::timestamp;
use sqlx::mysql::{MySql, MySqlRow};
use sqlx::{MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

fn of(hospital: HospitalId, doctor: Option<DoctorId>) -> QueryBuilder<MySql> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS).push(" FROM closure c WHERE c.hospital_id = ");
    query.push_bind(hospital.uuid());
    if let Some(doctor) = doctor {
        query.push(" AND (c.doctor_id IS NULL OR c.doctor_id = ").push_bind(doctor.uuid());
        query.push(")");
    }
    query
}

/// Closings of the hospital, newest first, beyond `after`; of a doctor: those that close the doctor's time.
pub(super) async fn list(
    database: &MySqlPool,
    (hospital, doctor): (HospitalId, Option<DoctorId>),
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<Closing>> {
    let mut query = of(hospital, doctor);
    query.push(" AND c.id < ").push_bind(after.unwrap_or(Uuid::max()));
    query.push(" ORDER BY c.id DESC LIMIT ").push_bind(limit);
    query.build().fetch_all(database).await?.iter().map(row_store::closing).collect()
}

/// One of them, which is the doctor's own where a doctor is named.
pub(super) async fn find(
    database: &MySqlPool,
    (hospital, doctor): (HospitalId, Option<DoctorId>),
    id: ClosingId,
) -> sqlx::Result<Option<Closing>> {
    let mut query = of(hospital, doctor);
    query.push(" AND c.id = ").push_bind(id.uuid());
    let row = query.build().fetch_optional(database).await?;
    row.as_ref().map(row_store::closing).transpose()
}

/// A booking in a time, as staff see it in lists: without a name.
pub(super) struct Booked {
    pub id: Uuid,
    pub doctor_id: Uuid,
    pub patient_id: Uuid,
    pub status: String,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub revision: u32,
}

impl Booked {
    fn of(row: &MySqlRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            doctor_id: row.try_get("doctor_id")?,
            patient_id: row.try_get("patient_id")?,
            status: row.try_get("status")?,
            starts_at: timestamp(row, "starts_at")?,
            ends_at: timestamp(row, "ends_at")?,
            revision: row.try_get("revision")?,
        })
    }

    /// Whether a closing ends it.
    pub fn ends(&self) -> bool {
        ENDED_STATUSES.contains(&self.status.as_str())
    }
}

/// Bookings in the time, those that a closing ends and those that stay because their patients are there, as they were made.
pub(super) async fn booked(
    database: &MySqlPool,
    (time, zone): (&ClosedTime, Tz),
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<Booked>> {
    let mut query = QueryBuilder::new(
        "SELECT b.id, b.doctor_id, b.patient_id, CAST(b.status AS CHAR) AS status, b.starts_at, b.ends_at, b.revision",
    );
    push_overlapping(&mut query, time, zone, "");
    query.push(
        " AND b.status IN ('proposed', 'pending', 'booked', 'arrived', 'checked_in', 'fulfilled')",
    );
    query.push(" AND b.id > ").push_bind(after.unwrap_or(Uuid::nil()));
    query.push(" ORDER BY b.id LIMIT ").push_bind(limit);
    query.build().fetch_all(database).await?.iter().map(Booked::of).collect()
}

/// How many bookings a closing of the time ends.
pub(super) async fn count_ending(
    database: &MySqlPool,
    time: &ClosedTime,
    zone: Tz,
) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("SELECT COUNT(*)");
    push_overlapping(&mut query, time, zone, "");
    push_ending(&mut query);
    query.build_query_scalar().fetch_one(database).await
}

/// A number that somebody has in a line.
pub(super) struct LiveTicket {
    pub id: Uuid,
    pub doctor_id: Uuid,
    pub number: u32,
    pub status: String,
}

/// Live tickets of the day in the lines of the hospital, or of the doctor, by doctor and number; at most `limit`.
pub(super) async fn live_tickets(
    database: &MySqlPool,
    (hospital, doctor): (HospitalId, Option<DoctorId>),
    day: NaiveDate,
    limit: u32,
) -> sqlx::Result<Vec<LiveTicket>> {
    let mut query = QueryBuilder::new(
        "SELECT t.id, t.doctor_id, t.number, CAST(t.status AS CHAR) AS status FROM doctor d JOIN ticket t ON t.doctor_id = d.id
         WHERE d.hospital_id = ",
    );
    query.push_bind(hospital.uuid()).push(" AND t.day = ").push_bind(day);
    query.push(" AND t.status IN ('booked', 'arrived', 'checked_in', 'waitlist')");
    if let Some(doctor) = doctor {
        query.push(" AND d.id = ").push_bind(doctor.uuid());
    }
    query.push(" ORDER BY t.doctor_id, t.number LIMIT ").push_bind(limit);
    let read = |row: &MySqlRow| {
        Ok(LiveTicket {
            id: row.try_get("id")?,
            doctor_id: row.try_get("doctor_id")?,
            number: row.try_get("number")?,
            status: row.try_get("status")?,
        })
    };
    query.build().fetch_all(database).await?.iter().map(read).collect()
}
