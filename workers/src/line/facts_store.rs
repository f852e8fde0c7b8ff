//! SQL that reads what decisions on tickets look at. Id lists are padded to powers of two, so that few statements are
//! prepared.

use chrono::NaiveDateTime;
use domain::directory::DoctorDay;
use domain::ids::{AccountId, DoctorId, TicketId};
use domain::line::{Held, LineDay, Reception, Ticket};
use platform::line::row_store;
use platform::rows_store::{padded, padded_marks};
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
    let mut query = QueryBuilder::new(
        "SELECT doctor_id, day, next_number, version, CAST(reception AS CHAR) AS reception, paused_until FROM line_day WHERE ",
    );
    any_of(&mut query, days);
    query.build().fetch_all(connection).await?.iter().map(line_day).collect()
}

fn any_of(query: &mut QueryBuilder<MySql>, days: &[DoctorDay]) {
    for (index, (doctor, day)) in padded(days).enumerate() {
        query.push(if index == 0 { "(doctor_id = " } else { " OR (doctor_id = " });
        query.push_bind(doctor.uuid()).push(" AND day = ").push_bind(day).push(")");
    }
}

fn line_day(row: &MySqlRow) -> Result<(DoctorDay, LineDay), sqlx::Error> {
    let until: Option<NaiveDateTime> = row.try_get("paused_until")?;
    let reception = match row.try_get("reception")? {
        "open" => Reception::Open,
        "paused" => Reception::Paused { until: until.map(|until| until.and_utc()) },
        _ => Reception::Closed,
    };
    let (next_number, version) = (row.try_get("next_number")?, row.try_get("version")?);
    let doctor = DoctorId::from_uuid(row.try_get("doctor_id")?);
    Ok(((doctor, row.try_get("day")?), LineDay { next_number, version, reception }))
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
