//! SQL that reads what documents are made of. A hospital's revision is read before the rest of it: whatever is committed
//! meanwhile has a higher one, and is written again.

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::booking::{Taken, TakenTime};
use domain::directory::Doctor;
use domain::ids::{DoctorId, HospitalId};
use domain::time::Timestamp;
use sqlx::mysql::{MySqlPool, MySqlRow};
use sqlx::{AssertSqlSafe, Row};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::facts::{DoctorFacts, HospitalFacts};
use super::free_slots;
use crate::booking::taken_store::{self, TimeRange};
use crate::directory::store as directory_store;
use crate::rows_store::{padded, padded_marks};

/// Doctors whose booked time is read in one statement.
const DOCTORS_AT_ONCE: usize = 64;

/// Those of these hospitals that there are, for documents as of `at`.
pub async fn hospitals(
    pool: &MySqlPool,
    ids: &[HospitalId],
    at: Timestamp,
) -> Result<Vec<HospitalFacts>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks = padded_marks(ids.len());
    let sql = format!(
        "SELECT h.id, r.revision, h.name, h.kind, h.address, h.sido, h.sigungu, h.dong, h.phone, h.lat, h.lon,
                h.departments, h.doctors_count, h.zone, h.details
         FROM hospital h LEFT JOIN hospital_index r ON r.hospital_id = h.id
         WHERE h.id IN ({marks}) AND NOT EXISTS (SELECT 1 FROM closed_hospital c WHERE c.hospital_id = h.id)"
    );
    let rows = fetch(pool, sql, ids).await?;
    let mut found = rows.iter().map(hospital).collect::<Result<Vec<_>, sqlx::Error>>()?;
    let mut doctors = doctors(pool, ids, at).await?;
    let holidays = holidays(pool).await?;
    for hospital in &mut found {
        hospital.holidays = holidays.get(&hospital.zone).cloned().unwrap_or_default();
        hospital.doctors = doctors.remove(&hospital.id).unwrap_or_default();
    }
    Ok(found)
}

async fn fetch(
    pool: &MySqlPool,
    sql: String,
    ids: &[HospitalId],
) -> Result<Vec<MySqlRow>, sqlx::Error> {
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(ids) {
        query = query.bind(id.uuid());
    }
    query.fetch_all(pool).await
}

fn hospital(row: &MySqlRow) -> Result<HospitalFacts, sqlx::Error> {
    let departments: String = row.try_get("departments")?;
    let details: Option<String> = row.try_get("details")?;
    let zone: String = row.try_get("zone")?;
    let (lat, lon): (Option<f64>, Option<f64>) = (row.try_get("lat")?, row.try_get("lon")?);
    let names = departments.split('|').map(str::trim).filter(|name| !name.is_empty());
    Ok(HospitalFacts {
        id: HospitalId::from_uuid(row.try_get("id")?),
        revision: row.try_get::<Option<u64>, _>("revision")?.unwrap_or(0),
        name: row.try_get("name")?,
        kind: row.try_get("kind")?,
        address: row.try_get("address")?,
        sido: row.try_get("sido")?,
        sigungu: row.try_get("sigungu")?,
        dong: row.try_get("dong")?,
        phone: row.try_get("phone")?,
        location: lat.zip(lon),
        departments: names.map(str::to_owned).collect(),
        doctors_count: row.try_get("doctors_count")?,
        zone: zone.parse().unwrap_or(Tz::UTC),
        holidays: Arc::default(),
        details: details.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        doctors: Vec::new(),
    })
}

/// The public holidays of all zones: a few hundred rows at most.
async fn holidays(pool: &MySqlPool) -> Result<HashMap<Tz, Arc<BTreeSet<NaiveDate>>>, sqlx::Error> {
    let rows = sqlx::query("SELECT zone, day FROM holiday").fetch_all(pool).await?;
    let mut all: HashMap<Tz, BTreeSet<NaiveDate>> = HashMap::new();
    for row in rows {
        let zone: String = row.try_get("zone")?;
        if let Ok(zone) = zone.parse() {
            all.entry(zone).or_default().insert(row.try_get("day")?);
        }
    }
    Ok(all.into_iter().map(|(zone, days)| (zone, Arc::new(days))).collect())
}

async fn doctors(
    pool: &MySqlPool,
    hospitals: &[HospitalId],
    at: Timestamp,
) -> Result<HashMap<HospitalId, Vec<DoctorFacts>>, sqlx::Error> {
    let marks = padded_marks(hospitals.len());
    let sql = format!(
        "SELECT id, hospital_id, name, department FROM doctor WHERE hospital_id IN ({marks}) AND left_at IS NULL ORDER BY hospital_id, id"
    );
    let rows = fetch(pool, sql, hospitals).await?;
    let ids: Vec<DoctorId> = rows
        .iter()
        .map(|row| Ok(DoctorId::from_uuid(row.try_get("id")?)))
        .collect::<Result<_, sqlx::Error>>()?;
    let mut schedules = HashMap::new();
    for chunk in ids.chunks(DOCTORS_AT_ONCE) {
        let known = directory_store::doctors(pool, chunk).await?;
        let mut taken = taken(pool, &known, at).await?;
        for doctor in known {
            let time = TakenTime::new(taken.remove(&doctor.id).unwrap_or_default());
            schedules.insert(doctor.id, (Arc::new(doctor), time));
        }
    }
    let mut all: HashMap<HospitalId, Vec<DoctorFacts>> = HashMap::new();
    for (row, id) in rows.iter().zip(ids) {
        let hospital = HospitalId::from_uuid(row.try_get("hospital_id")?);
        all.entry(hospital).or_default().push(DoctorFacts {
            id,
            name: row.try_get("name")?,
            department: row.try_get("department")?,
            schedule: schedules.remove(&id),
        });
    }
    Ok(all)
}

/// Their time in use on all days that are counted.
async fn taken(
    pool: &MySqlPool,
    doctors: &[Doctor],
    at: Timestamp,
) -> Result<HashMap<DoctorId, Vec<Taken>>, sqlx::Error> {
    let range = |doctor: &Doctor| {
        let days: Vec<_> = free_slots::days(doctor, at).collect();
        let (from, _) = doctor.schedule.span_of(*days.first()?)?;
        let (_, until) = doctor.schedule.span_of(*days.last()?)?;
        Some(TimeRange { doctor: doctor.id, seats: doctor.schedule.most_seats(), from, until })
    };
    let ranges: Vec<TimeRange> = doctors.iter().filter_map(range).collect();
    let mut connection = pool.acquire().await?;
    let mut all: HashMap<DoctorId, Vec<Taken>> = HashMap::new();
    for (doctor, taken) in taken_store::taken(&mut connection, &ranges).await? {
        all.entry(doctor).or_default().push(taken);
    }
    Ok(all)
}
