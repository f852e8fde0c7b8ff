//! SQL by which hospitals and doctors are made and edited. What is written here is shown by the search index, whose revision rises
//! in the same transaction (the caller does that last).

use domain::ids::{DoctorId, HospitalId};
use serde_json::{Map, Value};
use sqlx::{MySqlConnection, Row};

use super::doctor_body::{DoctorChanges, NewDoctor};
use super::hospital_body::HospitalChanges;
use super::hours::{CLOSED_SUNDAY, DAYS};
use crate::edit::Edit;

/// The hospital's revision, which nobody else changes until the end of the transaction; `None`: there is none, or it is closed.
pub(super) async fn lock_hospital(
    connection: &mut MySqlConnection,
    id: HospitalId,
) -> sqlx::Result<Option<u32>> {
    let sql = "SELECT revision FROM hospital h WHERE id = ?
         AND NOT EXISTS (SELECT 1 FROM closed_hospital c WHERE c.hospital_id = h.id) FOR UPDATE";
    sqlx::query_scalar(sql).bind(id.uuid()).fetch_optional(connection).await
}

/// The doctor's revision and hospital, likewise; `None`: there is none, or who was has left.
pub(super) async fn lock_doctor(
    connection: &mut MySqlConnection,
    id: DoctorId,
) -> sqlx::Result<Option<u32>> {
    let sql = "SELECT revision FROM doctor WHERE id = ? AND left_at IS NULL FOR UPDATE";
    sqlx::query_scalar(sql).bind(id.uuid()).fetch_optional(connection).await
}

/// Whether a doctor of the hospital has a schedule. None gets one until the end of the transaction: a row of a schedule asks for
/// that of its doctor.
pub(super) async fn has_schedules(
    connection: &mut MySqlConnection,
    id: HospitalId,
) -> sqlx::Result<bool> {
    let sql = "SELECT id FROM doctor WHERE hospital_id = ? FOR UPDATE";
    sqlx::query(sql).bind(id.uuid()).fetch_all(&mut *connection).await?;
    let sql = "SELECT COUNT(*) FROM schedule s JOIN doctor d ON d.id = s.doctor_id WHERE d.hospital_id = ?";
    let count: i64 = sqlx::query_scalar(sql).bind(id.uuid()).fetch_one(connection).await?;
    Ok(count > 0)
}

/// A row that [`edit_hospital`] fills.
pub(super) async fn add_hospital(
    connection: &mut MySqlConnection,
    id: HospitalId,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO hospital (id, name, kind, revision) VALUES (?, '', '', 0)";
    sqlx::query(sql).bind(id.uuid()).execute(connection).await?;
    Ok(())
}

/// Writes what is named, and notes that a person has set it: an import leaves that alone.
pub(super) async fn edit_hospital(
    connection: &mut MySqlConnection,
    id: HospitalId,
    changes: &HospitalChanges,
) -> sqlx::Result<()> {
    let details = match &changes.hours {
        Some(hours) => Some(with_hours(&mut *connection, id, hours).await?),
        None => None,
    };
    let sql = "UPDATE hospital SET name = COALESCE(?, name), kind = COALESCE(?, kind), address = COALESCE(?, address),
           sido = COALESCE(?, sido), sigungu = COALESCE(?, sigungu), phone = IF(?, ?, phone), departments = COALESCE(?, departments),
           announcement = IF(?, ?, announcement), lat = COALESCE(?, lat), lon = COALESCE(?, lon), zone = COALESCE(?, zone),
           details = COALESCE(?, details), max_open_bookings = COALESCE(?, max_open_bookings), max_open_account = COALESCE(?, max_open_account),
           max_per_doctor_day = COALESCE(?, max_per_doctor_day),
           hold_minutes = COALESCE(?, hold_minutes), max_holds = COALESCE(?, max_holds), max_holds_hour = COALESCE(?, max_holds_hour),
           hold_again_minutes = COALESCE(?, hold_again_minutes), edited = CONCAT_WS(',', NULLIF(edited, ''), NULLIF(?, '')), revision = revision + 1 WHERE id = ?";
    let query = sqlx::query(sql).bind(&changes.name).bind(&changes.kind).bind(&changes.address);
    let query = query.bind(&changes.sido).bind(&changes.sigungu);
    let query = query.bind(changes.phone != Edit::Stays).bind(changes.phone.text());
    let query = query.bind(&changes.departments);
    let query = query.bind(changes.announcement != Edit::Stays).bind(changes.announcement.text());
    let (lat, lon) = changes.location.unzip();
    let query = query.bind(lat).bind(lon).bind(&changes.zone).bind(details);
    let limits = changes.limits.unwrap_or_default();
    let query = query.bind(limits.max_open_bookings).bind(limits.max_open_account);
    let query = query.bind(limits.max_per_doctor_day);
    let query = query.bind(limits.hold_minutes).bind(limits.max_holds).bind(limits.max_holds_hour);
    let query = query.bind(limits.hold_again_minutes);
    query.bind(edited(changes)).bind(id.uuid()).execute(connection).await?;
    Ok(())
}

/// The names of what a person sets, as the column `edited` has them.
fn edited(changes: &HospitalChanges) -> String {
    let place = changes.address.is_some() || changes.sido.is_some() || changes.sigungu.is_some();
    let names = [
        ("name", changes.name.is_some()),
        ("kind", changes.kind.is_some()),
        ("address", place),
        ("phone", changes.phone != Edit::Stays),
        ("departments", changes.departments.is_some()),
        ("location", changes.location.is_some()),
        ("hours", changes.hours.is_some()),
    ];
    let set = names.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name);
    set.collect::<Vec<_>>().join(",")
}

/// The details with these hours instead of those that they have.
async fn with_hours(
    connection: &mut MySqlConnection,
    id: HospitalId,
    hours: &Map<String, Value>,
) -> sqlx::Result<String> {
    let query = sqlx::query("SELECT details FROM hospital WHERE id = ?").bind(id.uuid());
    let row = query.fetch_one(connection).await?;
    let details: Option<String> = row.try_get("details")?;
    let details = details.and_then(|text| serde_json::from_str(&text).ok());
    let mut details: Map<String, Value> = details.unwrap_or_default();
    details.retain(|name, _| !DAYS.contains(&name.as_str()) && name != CLOSED_SUNDAY);
    details.extend(hours.clone());
    Ok(Value::Object(details).to_string())
}

pub(super) async fn add_doctor(
    connection: &mut MySqlConnection,
    (id, hospital): (DoctorId, HospitalId),
    new: &NewDoctor,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO doctor (id, hospital_id, name, department) VALUES (?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(id.uuid()).bind(hospital.uuid());
    query.bind(&new.name).bind(&new.department).execute(connection).await?;
    Ok(())
}

pub(super) async fn edit_doctor(
    connection: &mut MySqlConnection,
    id: DoctorId,
    changes: &DoctorChanges,
) -> sqlx::Result<()> {
    let sql = "UPDATE doctor SET name = COALESCE(?, name), department = COALESCE(?, department), revision = revision + 1 WHERE id = ?";
    let query = sqlx::query(sql).bind(&changes.name).bind(&changes.department);
    query.bind(id.uuid()).execute(connection).await?;
    Ok(())
}
