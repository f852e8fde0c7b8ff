//! SQL that reads what decisions on closings look at.

use domain::closing::{Closing, InForce};
use domain::ids::{ClosingId, DoctorId, HospitalId};
use platform::closing::row_store;
use platform::directory::store::closure;
use platform::rows_store::{padded, padded_marks};
use sqlx::{AssertSqlSafe, MySqlConnection, Row};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

pub use platform::closing::booked_store::to_end;

/// Closings by id.
pub async fn closings(
    connection: &mut MySqlConnection,
    ids: &BTreeSet<ClosingId>,
) -> Result<Vec<Closing>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let (columns, marks) = (row_store::COLUMNS, padded_marks(ids.len()));
    let sql = format!("SELECT {columns} FROM closure c WHERE c.id IN ({marks})");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(&ids) {
        query = query.bind(id);
    }
    query.fetch_all(connection).await?.iter().map(row_store::closing).collect()
}

/// What is in force at each of these hospitals, in the order of the directory's.
pub async fn in_force(
    connection: &mut MySqlConnection,
    hospitals: &[HospitalId],
) -> Result<HashMap<HospitalId, Vec<InForce>>, sqlx::Error> {
    let mut found: HashMap<_, Vec<_>> = hospitals.iter().map(|id| (*id, Vec::new())).collect();
    if hospitals.is_empty() {
        return Ok(found);
    }
    let sql = format!(
        "SELECT id, hospital_id, doctor_id, first_day, last_day, from_time, until_time FROM closure
         WHERE hospital_id IN ({}) AND state <> 'opened' ORDER BY id",
        padded_marks(hospitals.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(hospitals) {
        query = query.bind(id.uuid());
    }
    for row in query.fetch_all(connection).await? {
        let doctor: Option<Uuid> = row.try_get("doctor_id")?;
        let closing = InForce {
            id: ClosingId::from_uuid(row.try_get("id")?),
            doctor_id: doctor.map(DoctorId::from_uuid),
            days: closure(&row)?,
        };
        let hospital = HospitalId::from_uuid(row.try_get("hospital_id")?);
        found.entry(hospital).or_default().push(closing);
    }
    Ok(found)
}
