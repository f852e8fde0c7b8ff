//! SQL of tickets. To patients always together with the account that asks: a ticket is the account's when its patient is,
//! another's is not there. To staff by the doctor's day, once it is known that they work there.

use domain::directory::DoctorDay;
use domain::ids::{AccountId, BookingId, DoctorId, HospitalId, TicketId};
use domain::line::LineState;
use domain::line::pace::Grades;
use domain::time::Zone;
use platform::line::row_store::{self, ShownTicket};
use platform::rows_store::named;
use sqlx::mysql::MySql;
use sqlx::{MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

fn of_account(account: AccountId) -> QueryBuilder<MySql> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS).push(row_store::SHOWN_COLUMNS);
    query.push(" FROM patient p JOIN ticket t ON t.patient_id = p.id ");
    query.push(row_store::SHOWN_JOINS).push("WHERE p.account_id = ").push_bind(account.uuid());
    query
}

/// The account's ticket.
pub(super) async fn find(
    database: &MySqlPool,
    account: AccountId,
    id: TicketId,
) -> sqlx::Result<Option<ShownTicket>> {
    let mut query = of_account(account);
    query.push(" AND t.id = ").push_bind(id.uuid());
    query.build().fetch_optional(database).await?.as_ref().map(ShownTicket::of).transpose()
}

/// The account's tickets, newest first (ids rise with time), beyond `after`.
pub(super) async fn list(
    database: &MySqlPool,
    account: AccountId,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<ShownTicket>> {
    let mut query = of_account(account);
    query.push(" AND t.id < ").push_bind(after.unwrap_or(Uuid::max()));
    query.push(" ORDER BY t.id DESC LIMIT ").push_bind(limit);
    query.build().fetch_all(database).await?.iter().map(ShownTicket::of).collect()
}

/// Where a booking is, as far as its patient's arrival has to know.
pub(super) struct Booked {
    pub hospital_id: HospitalId,
    pub doctor_id: DoctorId,
    pub zone: Zone,
}

/// The account's booking.
pub(super) async fn booked(
    database: &MySqlPool,
    account: AccountId,
    id: BookingId,
) -> sqlx::Result<Option<Booked>> {
    let sql = "SELECT b.hospital_id, b.doctor_id, h.zone FROM booking b JOIN patient p ON p.id = b.patient_id
        JOIN hospital h ON h.id = b.hospital_id WHERE b.id = ? AND p.account_id = ?";
    let query = sqlx::query(sql).bind(id.uuid()).bind(account.uuid());
    let Some(row) = query.fetch_optional(database).await? else { return Ok(None) };
    Ok(Some(Booked {
        hospital_id: HospitalId::from_uuid(row.try_get("hospital_id")?),
        doctor_id: DoctorId::from_uuid(row.try_get("doctor_id")?),
        zone: named(&row, "zone")?,
    }))
}

/// The tickets of a doctor's day, oldest first, beyond `after`.
pub(super) async fn of_day(
    database: &MySqlPool,
    (doctor, day): DoctorDay,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<ShownTicket>> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS).push(row_store::SHOWN_COLUMNS).push(" FROM ticket t ");
    query.push(row_store::SHOWN_JOINS).push("WHERE t.doctor_id = ").push_bind(doctor.uuid());
    query.push(" AND t.day = ").push_bind(day);
    query.push(" AND t.id > ").push_bind(after.unwrap_or(Uuid::nil()));
    query.push(" ORDER BY t.id LIMIT ").push_bind(limit);
    query.build().fetch_all(database).await?.iter().map(ShownTicket::of).collect()
}

/// A ticket of the doctor's lines, of whatever day, with its patient's name.
pub(super) async fn of_doctor(
    database: &MySqlPool,
    doctor: DoctorId,
    id: TicketId,
) -> sqlx::Result<Option<(ShownTicket, Option<String>)>> {
    let mut query = QueryBuilder::new("SELECT p.name AS patient_name, ");
    query.push(row_store::COLUMNS).push(row_store::SHOWN_COLUMNS);
    query.push(" FROM ticket t LEFT JOIN patient p ON p.id = t.patient_id ");
    query.push(row_store::SHOWN_JOINS).push("WHERE t.id = ").push_bind(id.uuid());
    query.push(" AND t.doctor_id = ").push_bind(doctor.uuid());
    let Some(row) = query.build().fetch_optional(database).await? else { return Ok(None) };
    Ok(Some((ShownTicket::of(&row)?, row.try_get("patient_name")?)))
}

/// How the line of a doctor's day stands.
pub(super) async fn line(database: &MySqlPool, day: DoctorDay) -> sqlx::Result<LineState> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::DAY_COLUMNS).push(" FROM line_day WHERE doctor_id = ");
    query.push_bind(day.0.uuid()).push(" AND day = ").push_bind(day.1);
    let row = query.build().fetch_optional(database).await?;
    let found = row.as_ref().map(row_store::line_day).transpose()?;
    Ok(LineState { day, line: found.map(|(_, line)| line).unwrap_or_default() })
}

/// How the estimates in a doctor's lines came true.
pub(super) async fn grades(database: &MySqlPool, doctor: DoctorId) -> sqlx::Result<Grades> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::PACE_COLUMNS).push(" FROM line_pace WHERE doctor_id = ");
    let row = query.push_bind(doctor.uuid()).build().fetch_optional(database).await?;
    let pace = row.as_ref().map(row_store::pace).transpose()?;
    Ok(pace.unwrap_or_default().grades)
}
