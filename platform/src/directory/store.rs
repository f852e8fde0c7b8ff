//! Doctors with their schedules, as the rules need them, read from the database. Ingress and workers
//! read them through this one place and keep them for a moment.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use domain::directory::Doctor;
use domain::ids::{DoctorId, HospitalId};
use domain::schedule::{Closure, Hours, Release, Schedule};
use sqlx::mysql::{MySqlPool, MySqlRow};
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;
use uuid::Uuid;

use crate::rows_store::{padded, padded_marks};

/// The doctors of these ids that exist and have a schedule.
pub async fn doctors(pool: &MySqlPool, ids: &[DoctorId]) -> Result<Vec<Doctor>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks = padded_marks(ids.len());
    let sql = format!(
        "SELECT d.id, d.hospital_id, h.zone, h.max_open_bookings, h.max_per_doctor_day, s.step_minutes, s.first_minutes, s.return_minutes,
                s.seats, s.release_days, s.release_at, s.cutoff_minutes,
                IF(s.approval = 'staff', s.approval_hours, NULL) AS approval_hours, s.valid_from, s.valid_until
         FROM doctor d JOIN hospital h ON h.id = d.hospital_id JOIN schedule s ON s.doctor_id = d.id WHERE d.id IN ({marks})"
    );
    let mut doctors = HashMap::new();
    for row in all(pool, &sql, ids).await? {
        if let Some(doctor) = doctor(&row)? {
            doctors.insert(doctor.id, doctor);
        }
    }
    let sql = format!(
        "SELECT doctor_id, weekday, opens, closes, lunch_from, lunch_until FROM schedule_hours WHERE doctor_id IN ({marks})"
    );
    for row in all(pool, &sql, ids).await? {
        let weekday = usize::from(row.try_get::<u8, _>("weekday")?).saturating_sub(1);
        let id = DoctorId::from_uuid(row.try_get("doctor_id")?);
        if let Some(slot) =
            doctors.get_mut(&id).and_then(|doctor| doctor.schedule.hours.get_mut(weekday))
        {
            *slot = Some(hours(&row)?);
        }
    }
    let sql = format!(
        "SELECT d.id, c.first_day, c.last_day, c.from_time, c.until_time FROM closure c
         JOIN doctor d ON d.hospital_id = c.hospital_id AND (c.doctor_id IS NULL OR c.doctor_id = d.id)
         WHERE c.state <> 'opened' AND d.id IN ({marks}) ORDER BY c.id"
    );
    for row in all(pool, &sql, ids).await? {
        let id = DoctorId::from_uuid(row.try_get("id")?);
        if let Some(doctor) = doctors.get_mut(&id) {
            doctor.schedule.closures.push(closure(&row)?);
        }
    }
    Ok(doctors.into_values().collect())
}

/// The doctors of these hospitals, with a schedule or without.
pub async fn doctors_of(
    pool: &MySqlPool,
    hospitals: &[HospitalId],
) -> Result<Vec<(HospitalId, DoctorId)>, sqlx::Error> {
    if hospitals.is_empty() {
        return Ok(Vec::new());
    }
    let marks = padded_marks(hospitals.len());
    let sql = format!("SELECT hospital_id, id FROM doctor WHERE hospital_id IN ({marks})");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(hospitals) {
        query = query.bind(id.uuid());
    }
    let read = |row: &MySqlRow| {
        let hospital = HospitalId::from_uuid(row.try_get("hospital_id")?);
        Ok((hospital, DoctorId::from_uuid(row.try_get("id")?)))
    };
    query.fetch_all(pool).await?.iter().map(read).collect()
}

/// The zones of these hospitals, as far as they exist and are known.
pub async fn zones(
    pool: &MySqlPool,
    ids: &[HospitalId],
) -> Result<HashMap<HospitalId, Tz>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!("SELECT id, zone FROM hospital WHERE id IN ({})", padded_marks(ids.len()));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(ids) {
        query = query.bind(id.uuid());
    }
    let mut zones = HashMap::new();
    for row in query.fetch_all(pool).await? {
        let zone: String = row.try_get("zone")?;
        if let Ok(zone) = zone.parse() {
            zones.insert(HospitalId::from_uuid(row.try_get("id")?), zone);
        }
    }
    Ok(zones)
}

async fn all(pool: &MySqlPool, sql: &str, ids: &[DoctorId]) -> Result<Vec<MySqlRow>, sqlx::Error> {
    let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
    for id in padded(ids) {
        query = query.bind(id.uuid());
    }
    query.fetch_all(pool).await
}

/// `None` where the hospital's zone is none: that must not hide the doctors read with this one.
fn doctor(row: &MySqlRow) -> Result<Option<Doctor>, sqlx::Error> {
    let id = DoctorId::from_uuid(row.try_get::<Uuid, _>("id")?);
    let zone: String = row.try_get("zone")?;
    let Ok(zone) = zone.parse() else {
        tracing::error!(doctor = %id, zone, "the hospital's zone is not known: its doctors cannot be booked");
        return Ok(None);
    };
    let release = match (
        row.try_get::<Option<u16>, _>("release_days")?,
        row.try_get::<Option<NaiveTime>, _>("release_at")?,
    ) {
        (Some(days), Some(at)) => Some(Release { days: u32::from(days), at }),
        _ => None,
    };
    let schedule = Schedule {
        zone,
        step: u32::from(row.try_get::<u16, _>("step_minutes")?),
        first_visit_minutes: u32::from(row.try_get::<u16, _>("first_minutes")?),
        return_visit_minutes: u32::from(row.try_get::<u16, _>("return_minutes")?),
        seats: row.try_get("seats")?,
        release,
        cutoff: row.try_get("cutoff_minutes")?,
        approval_hours: row.try_get("approval_hours")?,
        valid_from: row.try_get::<NaiveDate, _>("valid_from")?,
        valid_until: row.try_get::<NaiveDate, _>("valid_until")?,
        hours: [None; 7],
        closures: Vec::new(),
    };
    Ok(Some(Doctor {
        id,
        hospital_id: HospitalId::from_uuid(row.try_get::<Uuid, _>("hospital_id")?),
        schedule,
        max_open_bookings: row.try_get("max_open_bookings")?,
        max_per_doctor_day: row.try_get("max_per_doctor_day")?,
    }))
}

/// Of a row of `closure`.
pub fn closure(row: &MySqlRow) -> Result<Closure, sqlx::Error> {
    let (first_day, last_day) = (row.try_get("first_day")?, row.try_get("last_day")?);
    let from: Option<NaiveTime> = row.try_get("from_time")?;
    Ok(Closure { first_day, last_day, hours: from.zip(row.try_get("until_time")?) })
}

fn hours(row: &MySqlRow) -> Result<Hours, sqlx::Error> {
    let lunch = match (
        row.try_get::<Option<NaiveTime>, _>("lunch_from")?,
        row.try_get::<Option<NaiveTime>, _>("lunch_until")?,
    ) {
        (Some(from), Some(until)) => Some((from, until)),
        _ => None,
    };
    Ok(Hours { opens: row.try_get("opens")?, closes: row.try_get("closes")?, lunch })
}
