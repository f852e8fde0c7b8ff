//! SQL that reads what decisions on tickets look at. Id lists are padded to powers of two, so that few statements are
//! prepared.

use chrono::NaiveDateTime;
use domain::directory::DoctorDay;
use domain::ids::{AccountId, BookingId, DoctorId, RequestId, TicketId};
use domain::line::pace::Pace;
use domain::line::{Before, Held, LastStep, LineDay, Ticket};
use domain::time::Timestamp;
use platform::line::row_store;
use platform::rows_store::{named, padded, padded_marks, timestamp};
use sqlx::mysql::{MySql, MySqlRow};
use sqlx::{AssertSqlSafe, MySqlConnection, QueryBuilder, Row};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Tickets by id.
pub async fn tickets(
    connection: &mut MySqlConnection,
    ids: &BTreeSet<TicketId>,
) -> Result<Vec<Ticket>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let (columns, marks) = (row_store::COLUMNS, padded_marks(ids.len()));
    let sql = format!("SELECT {columns} FROM ticket t WHERE t.id IN ({marks})");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(&ids) {
        query = query.bind(id);
    }
    query.fetch_all(connection).await?.iter().map(row_store::ticket).collect()
}

/// The live tickets of the days.
pub async fn live(
    connection: &mut MySqlConnection,
    days: &[DoctorDay],
) -> Result<Vec<Ticket>, sqlx::Error> {
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS).push(" FROM ticket t WHERE t.live = 1 AND (");
    any_of(&mut query, days);
    let rows = query.push(")").build().fetch_all(connection).await?;
    rows.iter().map(row_store::ticket).collect()
}

/// What is kept of the days' lines; a day without a row is a new one.
pub async fn days(
    connection: &mut MySqlConnection,
    days: &[DoctorDay],
) -> Result<Vec<(DoctorDay, LineDay)>, sqlx::Error> {
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::DAY_COLUMNS).push(" FROM line_day WHERE ");
    any_of(&mut query, days);
    query.build().fetch_all(connection).await?.iter().map(row_store::line_day).collect()
}

fn any_of(query: &mut QueryBuilder<MySql>, days: &[DoctorDay]) {
    for (index, (doctor, day)) in padded(days).enumerate() {
        query.push(if index == 0 { "(doctor_id = " } else { " OR (doctor_id = " });
        query.push_bind(doctor.uuid()).push(" AND day = ").push_bind(day).push(")");
    }
}

/// The live tickets of the accounts, at any hospital.
pub async fn held(
    connection: &mut MySqlConnection,
    accounts: &BTreeSet<AccountId>,
) -> Result<Vec<(AccountId, Held)>, sqlx::Error> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = accounts.iter().map(|id| id.uuid()).collect();
    let marks = padded_marks(ids.len());
    let sql = format!(
        "SELECT live_account, live_slot, id FROM ticket WHERE live_account IN ({marks}) AND live_slot IS NOT NULL"
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(&ids) {
        query = query.bind(id);
    }
    let read = |row: &MySqlRow| {
        let ticket = TicketId::from_uuid(row.try_get("id")?);
        let held = Held { ticket, slot: row.try_get("live_slot")? };
        Ok((AccountId::from_uuid(row.try_get("live_account")?), held))
    };
    query.fetch_all(connection).await?.iter().map(read).collect()
}

/// The figures of the doctors.
pub async fn paces(
    connection: &mut MySqlConnection,
    doctors: &BTreeSet<DoctorId>,
) -> Result<Vec<(DoctorId, Pace)>, sqlx::Error> {
    if doctors.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = doctors.iter().map(|id| id.uuid()).collect();
    let (columns, marks) = (row_store::PACE_COLUMNS, padded_marks(ids.len()));
    let sql = format!("SELECT doctor_id, {columns} FROM line_pace WHERE doctor_id IN ({marks})");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(&ids) {
        query = query.bind(id);
    }
    let read = |row: &MySqlRow| {
        Ok((DoctorId::from_uuid(row.try_get("doctor_id")?), row_store::pace(row)?))
    };
    query.fetch_all(connection).await?.iter().map(read).collect()
}

/// The last steps of the tickets.
pub async fn last_steps(
    connection: &mut MySqlConnection,
    ids: &BTreeSet<TicketId>,
) -> Result<Vec<(TicketId, LastStep)>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let marks = padded_marks(ids.len());
    let sql = format!(
        "SELECT c.ticket_id, c.request_id, c.at, c.status_before, c.priority_before, c.key_before, c.arrived_before, c.called_before,
         c.called_after_before, c.passed_before, c.postponed_before, c.booking_before FROM ticket t
         JOIN ticket_change c ON c.ticket_id = t.id AND c.revision = t.revision WHERE t.id IN ({marks})"
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(&ids) {
        query = query.bind(id);
    }
    query.fetch_all(connection).await?.iter().map(last_step).collect()
}

fn last_step(row: &MySqlRow) -> Result<(TicketId, LastStep), sqlx::Error> {
    let at = |column: &str| -> Result<Option<Timestamp>, sqlx::Error> {
        let at: Option<NaiveDateTime> = row.try_get(column)?;
        Ok(at.map(|at| at.and_utc()))
    };
    let was_there = row.try_get::<Option<&str>, _>("status_before")?.is_some();
    let before = if was_there {
        let id = |column: &str| row.try_get::<Option<Uuid>, _>(column);
        Some(Before {
            status: named(row, "status_before")?,
            priority: row.try_get("priority_before")?,
            key_at: timestamp(row, "key_before")?,
            arrived_at: at("arrived_before")?,
            called_at: at("called_before")?,
            called_after: id("called_after_before")?.map(TicketId::from_uuid),
            passed: row.try_get::<Option<u8>, _>("passed_before")?.unwrap_or(0),
            postponed: row.try_get::<Option<u8>, _>("postponed_before")?.unwrap_or(0),
            booking_id: id("booking_before")?.map(BookingId::from_uuid),
        })
    } else {
        None
    };
    let (by, at) = (RequestId::from_uuid(row.try_get("request_id")?), timestamp(row, "at")?);
    Ok((TicketId::from_uuid(row.try_get("ticket_id")?), LastStep { by, at, before }))
}
