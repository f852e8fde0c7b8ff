//! Doctors with their schedules, as the rules need them, read from the database. Ingress and workers
//! read them through this one place and keep them for a moment.

use crate::config::{ConfigError, Env};
use chrono::{NaiveDate, NaiveTime};
use domain::ids::{DoctorId, HospitalId};
use domain::schedule::{Closure, Hours, Release, Schedule};
use domain::world::Doctor;
use sqlx::mysql::{MySqlPool, MySqlRow};
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// `DOCDE_DIRECTORY_MS` (10000): how old a schedule may be that is gone by. A change of one takes effect by then.
/// At 4,000 bookings a second over 2,000 doctors, one second cost as many readings as there were bookings.
pub fn fresh_for(env: &Env) -> Result<Duration, ConfigError> {
    env.millis("DOCDE_DIRECTORY_MS", 10_000)
}

/// The doctors of these ids that exist and have a schedule.
pub async fn doctors(pool: &MySqlPool, ids: &[DoctorId]) -> Result<Vec<Doctor>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks = padded_marks(ids.len());
    let sql = format!(
        "SELECT d.id, d.hospital_id, h.zone, h.max_open_bookings, h.max_per_doctor_day, s.step_minutes, s.first_minutes, s.return_minutes,
                s.seats, s.release_days, s.release_at, s.cutoff_minutes, s.valid_from, s.valid_until
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
        "SELECT d.id, c.first_day, c.last_day FROM closure c
         JOIN doctor d ON d.hospital_id = c.hospital_id AND (c.doctor_id IS NULL OR c.doctor_id = d.id) WHERE d.id IN ({marks})"
    );
    for row in all(pool, &sql, ids).await? {
        let id = DoctorId::from_uuid(row.try_get("id")?);
        let closure =
            Closure { first_day: row.try_get("first_day")?, last_day: row.try_get("last_day")? };
        if let Some(doctor) = doctors.get_mut(&id) {
            doctor.schedule.closures.push(closure);
        }
    }
    Ok(doctors.into_values().collect())
}

/// Placeholders for `count` values, padded to a power of two so that few statements are prepared.
/// The last value is bound again for the rest ([`padded`]).
pub fn padded_marks(count: usize) -> String {
    vec!["?"; count.next_power_of_two()].join(",")
}

/// The ids and, after them, the last one again, as [`padded_marks`] wants.
pub fn padded<T: Copy>(values: &[T]) -> impl Iterator<Item = T> {
    let fill = values.len().next_power_of_two() - values.len();
    values.iter().copied().chain(values.last().copied().into_iter().cycle().take(fill))
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
        first: u32::from(row.try_get::<u16, _>("first_minutes")?),
        again: u32::from(row.try_get::<u16, _>("return_minutes")?),
        seats: row.try_get("seats")?,
        release,
        cutoff: row.try_get("cutoff_minutes")?,
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
