//! SQL of doctors and their schedules.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use domain::ids::{DoctorId, HospitalId};
use domain::schedule::{Closure, Hours, Release, Schedule};
use domain::world::Doctor;
use sqlx::mysql::MySqlRow;
use sqlx::{MySql, MySqlPool, QueryBuilder, Row};
use std::collections::HashMap;
use uuid::Uuid;

/// A doctor as the lists show one.
pub(crate) struct Listed {
    pub id: Uuid,
    pub hospital_id: Uuid,
    pub name: String,
    pub department: String,
    pub zone: String,
}

/// The doctors among `ids` that have a schedule, as the rules see them. Three statements for any number
/// of them; whoever needs one at the same time shares the call (see `directory`).
pub(crate) async fn load(database: &MySqlPool, ids: &[DoctorId]) -> sqlx::Result<HashMap<DoctorId, Doctor>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let head = "SELECT d.id, d.hospital_id, h.zone, h.max_open_bookings, h.max_per_doctor_day, s.step_minutes, s.first_minutes, \
        s.return_minutes, s.seats, s.release_days, s.release_at, s.cutoff_minutes, s.valid_from, s.valid_until \
        FROM doctor d JOIN hospital h ON h.id = d.hospital_id JOIN schedule s ON s.doctor_id = d.id WHERE d.id IN (";
    let mut doctors = HashMap::new();
    for row in among(head, ids.iter().map(|id| id.uuid())).build().fetch_all(database).await? {
        if let Some(doctor) = doctor_of(&row)? {
            doctors.insert(doctor.id, doctor);
        }
    }
    let head = "SELECT doctor_id, weekday, opens, closes, lunch_from, lunch_until FROM schedule_hours WHERE doctor_id IN (";
    for row in among(head, ids.iter().map(|id| id.uuid())).build().fetch_all(database).await? {
        let weekday = usize::from(row.try_get::<u8, _>("weekday")?).wrapping_sub(1);
        let doctor = doctors.get_mut(&DoctorId::from_uuid(row.try_get("doctor_id")?));
        if let Some(hours) = doctor.and_then(|doctor| doctor.schedule.hours.get_mut(weekday)) {
            *hours = Some(hours_of(&row)?);
        }
    }
    add_closures(database, &mut doctors).await?;
    Ok(doctors)
}

/// A closure is of one doctor, or of all at the hospital.
async fn add_closures(database: &MySqlPool, doctors: &mut HashMap<DoctorId, Doctor>) -> sqlx::Result<()> {
    let mut hospitals: Vec<Uuid> = doctors.values().map(|doctor| doctor.hospital_id.uuid()).collect();
    hospitals.sort_unstable();
    hospitals.dedup();
    if hospitals.is_empty() {
        return Ok(());
    }
    let head = "SELECT hospital_id, doctor_id, first_day, last_day FROM closure WHERE hospital_id IN (";
    for row in among(head, hospitals).build().fetch_all(database).await? {
        let hospital = HospitalId::from_uuid(row.try_get("hospital_id")?);
        let only: Option<Uuid> = row.try_get("doctor_id")?;
        let closure = Closure { first_day: row.try_get("first_day")?, last_day: row.try_get("last_day")? };
        let concerned = doctors.values_mut().filter(|doctor| doctor.hospital_id == hospital);
        for doctor in concerned.filter(|doctor| only.is_none_or(|only| only == doctor.id.uuid())) {
            doctor.schedule.closures.push(closure);
        }
    }
    Ok(())
}

/// `head` ends with an open parenthesis, which is filled and closed.
fn among(head: &str, ids: impl IntoIterator<Item = Uuid>) -> QueryBuilder<MySql> {
    let mut query = QueryBuilder::new(head);
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(id);
    }
    query.push(")");
    query
}

fn doctor_of(row: &MySqlRow) -> sqlx::Result<Option<Doctor>> {
    let id = DoctorId::from_uuid(row.try_get("id")?);
    let zone: String = row.try_get("zone")?;
    let Ok(zone) = zone.parse::<Tz>() else {
        tracing::error!(doctor = %id, zone, "the hospital's zone is not known: its doctors cannot be booked");
        return Ok(None);
    };
    let release = (row.try_get::<Option<u16>, _>("release_days")?, row.try_get::<Option<NaiveTime>, _>("release_at")?);
    let schedule = Schedule {
        zone,
        step: u32::from(row.try_get::<u16, _>("step_minutes")?),
        first: u32::from(row.try_get::<u16, _>("first_minutes")?),
        again: u32::from(row.try_get::<u16, _>("return_minutes")?),
        seats: row.try_get("seats")?,
        release: match release {
            (Some(days), Some(at)) => Some(Release { days: u32::from(days), at }),
            _ => None,
        },
        cutoff: row.try_get("cutoff_minutes")?,
        valid_from: row.try_get::<NaiveDate, _>("valid_from")?,
        valid_until: row.try_get::<NaiveDate, _>("valid_until")?,
        hours: [None; 7],
        closures: Vec::new(),
    };
    Ok(Some(Doctor {
        id,
        hospital_id: HospitalId::from_uuid(row.try_get("hospital_id")?),
        schedule,
        max_open_bookings: row.try_get("max_open_bookings")?,
        max_per_doctor_day: row.try_get("max_per_doctor_day")?,
    }))
}

fn hours_of(row: &MySqlRow) -> sqlx::Result<Hours> {
    let lunch = (row.try_get::<Option<NaiveTime>, _>("lunch_from")?, row.try_get::<Option<NaiveTime>, _>("lunch_until")?);
    let lunch = match lunch {
        (Some(from), Some(until)) => Some((from, until)),
        _ => None,
    };
    Ok(Hours { opens: row.try_get("opens")?, closes: row.try_get("closes")?, lunch })
}

/// Doctors in order of their ids, after `after`.
pub(crate) async fn list(database: &MySqlPool, hospital: Option<Uuid>, after: Option<Uuid>, limit: u32) -> sqlx::Result<Vec<Listed>> {
    let mut query = QueryBuilder::new(LISTED);
    query.push(" WHERE d.id > ").push_bind(after.unwrap_or(Uuid::nil()));
    if let Some(hospital) = hospital {
        query.push(" AND d.hospital_id = ").push_bind(hospital);
    }
    query.push(" ORDER BY d.id LIMIT ").push_bind(limit);
    query.build().fetch_all(database).await?.iter().map(listed_of).collect()
}

/// One doctor.
pub(crate) async fn find(database: &MySqlPool, id: DoctorId) -> sqlx::Result<Option<Listed>> {
    let mut query = QueryBuilder::new(LISTED);
    query.push(" WHERE d.id = ").push_bind(id.uuid());
    query.build().fetch_optional(database).await?.as_ref().map(listed_of).transpose()
}

const LISTED: &str = "SELECT d.id, d.hospital_id, d.name, d.department, h.zone FROM doctor d JOIN hospital h ON h.id = d.hospital_id";

fn listed_of(row: &MySqlRow) -> sqlx::Result<Listed> {
    Ok(Listed {
        id: row.try_get("id")?,
        hospital_id: row.try_get("hospital_id")?,
        name: row.try_get("name")?,
        department: row.try_get("department")?,
        zone: row.try_get("zone")?,
    })
}
