//! Doctors with their schedules, as the rules need them, read from the database. Ingress and workers
//! read them through this one place and keep them for a moment.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use domain::directory::Doctor;
use domain::hold_limits::HoldLimits;
use domain::ids::{DoctorId, HospitalId};
use domain::schedule::{Closure, Schedule};
use sqlx::mysql::{MySqlConnection, MySqlPool, MySqlRow};
use sqlx::{AssertSqlSafe, Row};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

use super::known::KnownDoctor;
use super::schedule_store::{self, all, hours, terms};
use crate::rows_store::{padded, padded_marks};

/// The doctors of these ids that are there and have a schedule.
pub async fn doctors(pool: &MySqlPool, ids: &[DoctorId]) -> Result<Vec<Doctor>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let found = known_doctors(&mut connection, ids).await?.into_iter();
    let is_there =
        |known: &KnownDoctor| !known.has_left && !known.doctor.schedule.versions.is_empty();
    Ok(found.filter(is_there).map(|known| known.doctor).collect())
}

/// The doctors of these ids, with a schedule or without, there or not.
pub async fn known_doctors(
    connection: &mut MySqlConnection,
    ids: &[DoctorId],
) -> Result<Vec<KnownDoctor>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks = padded_marks(ids.len());
    let sql = format!(
        "SELECT d.id, d.hospital_id, d.schedule_revision, d.most_seats, h.zone, h.max_open_bookings, h.max_open_account, h.max_per_doctor_day,
                h.hold_minutes, h.max_holds, h.max_holds_hour, h.hold_again_minutes,
                d.left_at IS NOT NULL OR c.hospital_id IS NOT NULL AS has_left, {columns}
         FROM doctor d JOIN hospital h ON h.id = d.hospital_id LEFT JOIN closed_hospital c ON c.hospital_id = h.id
         LEFT JOIN schedule s ON s.doctor_id = d.id WHERE d.id IN ({marks}) ORDER BY s.valid_from",
        columns = schedule_store::COLUMNS
    );
    let mut doctors: HashMap<DoctorId, KnownDoctor> = HashMap::new();
    for row in all(&mut *connection, &sql, ids).await? {
        let id = DoctorId::from_uuid(row.try_get::<Uuid, _>("id")?);
        let known = match doctors.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => match doctor(&row)? {
                Some(known) => place.insert(known),
                None => continue,
            },
        };
        known.doctor.schedule.versions.extend(terms(&row)?);
    }
    schedule_store::add_hours(&mut *connection, &marks, ids, &mut doctors).await?;
    add_closures(&mut *connection, &marks, ids, &mut doctors).await?;
    add_dates(&mut *connection, &marks, ids, &mut doctors).await?;
    add_holidays(connection, &mut doctors).await?;
    Ok(doctors.into_values().collect())
}

async fn add_closures(
    connection: &mut MySqlConnection,
    marks: &str,
    ids: &[DoctorId],
    doctors: &mut HashMap<DoctorId, KnownDoctor>,
) -> Result<(), sqlx::Error> {
    let sql = format!(
        "SELECT d.id, c.first_day, c.last_day, c.from_time, c.until_time FROM closure c
         JOIN doctor d ON d.hospital_id = c.hospital_id AND (c.doctor_id IS NULL OR c.doctor_id = d.id)
         WHERE c.state <> 'opened' AND d.id IN ({marks}) ORDER BY c.id"
    );
    for row in all(connection, &sql, ids).await? {
        let id = DoctorId::from_uuid(row.try_get("id")?);
        if let Some(known) = doctors.get_mut(&id) {
            known.doctor.schedule.closures.push(closure(&row)?);
        }
    }
    Ok(())
}

/// Dates with hours of their own.
async fn add_dates(
    connection: &mut MySqlConnection,
    marks: &str,
    ids: &[DoctorId],
    doctors: &mut HashMap<DoctorId, KnownDoctor>,
) -> Result<(), sqlx::Error> {
    let sql = format!(
        "SELECT doctor_id, day, opens, closes, lunch_from, lunch_until FROM day_hours WHERE doctor_id IN ({marks})"
    );
    for row in all(connection, &sql, ids).await? {
        let id = DoctorId::from_uuid(row.try_get("doctor_id")?);
        if let Some(known) = doctors.get_mut(&id) {
            known.doctor.schedule.other_hours.insert(row.try_get("day")?, hours(&row)?);
        }
    }
    Ok(())
}

/// The public holidays of the doctors' zones.
async fn add_holidays(
    connection: &mut MySqlConnection,
    doctors: &mut HashMap<DoctorId, KnownDoctor>,
) -> Result<(), sqlx::Error> {
    let zones: BTreeSet<&'static str> =
        doctors.values().map(|known| known.doctor.zone().name()).collect();
    let zones: Vec<&'static str> = zones.into_iter().collect();
    if zones.is_empty() {
        return Ok(());
    }
    let marks = padded_marks(zones.len());
    let sql = format!("SELECT zone, day FROM holiday WHERE zone IN ({marks})");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for zone in padded(&zones) {
        query = query.bind(zone);
    }
    let mut holidays: HashMap<String, BTreeSet<NaiveDate>> = HashMap::new();
    for row in query.fetch_all(connection).await? {
        holidays.entry(row.try_get("zone")?).or_default().insert(row.try_get("day")?);
    }
    let holidays: HashMap<String, Arc<BTreeSet<NaiveDate>>> =
        holidays.into_iter().map(|(zone, days)| (zone, Arc::new(days))).collect();
    for known in doctors.values_mut() {
        if let Some(days) = holidays.get(known.doctor.zone().name()) {
            known.doctor.schedule.holidays = Arc::clone(days);
        }
    }
    Ok(())
}

/// The doctors who are at these hospitals, with a schedule or without.
pub async fn doctors_of(
    pool: &MySqlPool,
    hospitals: &[HospitalId],
) -> Result<Vec<(HospitalId, DoctorId)>, sqlx::Error> {
    if hospitals.is_empty() {
        return Ok(Vec::new());
    }
    let marks = padded_marks(hospitals.len());
    let sql = format!(
        "SELECT hospital_id, id FROM doctor WHERE hospital_id IN ({marks}) AND left_at IS NULL"
    );
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

/// `None` where the hospital's zone is none: that must not hide the doctors read with this one.
fn doctor(row: &MySqlRow) -> Result<Option<KnownDoctor>, sqlx::Error> {
    let id = DoctorId::from_uuid(row.try_get::<Uuid, _>("id")?);
    let zone: String = row.try_get("zone")?;
    let Ok(zone) = zone.parse() else {
        tracing::error!(doctor = %id, zone, "the hospital's zone is not known: its doctors cannot be booked");
        return Ok(None);
    };
    let doctor = Doctor {
        id,
        hospital_id: HospitalId::from_uuid(row.try_get::<Uuid, _>("hospital_id")?),
        schedule: Schedule { seats_before: row.try_get("most_seats")?, ..Schedule::of(zone, []) },
        max_open_bookings: row.try_get("max_open_bookings")?,
        max_open_account: row.try_get("max_open_account")?,
        max_per_doctor_day: row.try_get("max_per_doctor_day")?,
        holds: HoldLimits {
            minutes: row.try_get("hold_minutes")?,
            at_once: row.try_get("max_holds")?,
            an_hour: row.try_get("max_holds_hour")?,
            again_minutes: row.try_get("hold_again_minutes")?,
        },
    };
    let schedule_revision = row.try_get("schedule_revision")?;
    let has_left = row.try_get::<i64, _>("has_left")? != 0;
    Ok(Some(KnownDoctor { doctor, schedule_revision, has_left }))
}

/// Of a row of `closure`.
pub fn closure(row: &MySqlRow) -> Result<Closure, sqlx::Error> {
    let (first_day, last_day) = (row.try_get("first_day")?, row.try_get("last_day")?);
    let from: Option<NaiveTime> = row.try_get("from_time")?;
    Ok(Closure { first_day, last_day, hours: from.zip(row.try_get("until_time")?) })
}
