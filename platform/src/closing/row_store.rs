//! A row of `closure`: its columns and how they are read.

use domain::closed_time::ClosedTime;
use domain::closing::{Closing, ClosingReason};
use domain::ids::{AccountId, ClosingId, DoctorId, HospitalId};
use domain::people::OPERATOR;
use domain::time;
use sqlx::Row;
use sqlx::mysql::MySqlRow;
use uuid::Uuid;

use crate::directory::store::closure;
use crate::rows_store::named;

/// The columns that [`closing`] reads, of a table with the alias `c`.
pub const COLUMNS: &str = "c.id, c.hospital_id, c.doctor_id, c.first_day, c.last_day, c.from_time, c.until_time, c.reason, \
    CAST(c.state AS CHAR) AS state, c.ended, c.closed_by, c.revision, c.closed_at, c.updated_at";

/// The closing of a row. One that was made before closings had requests was an operator's.
pub fn closing(row: &MySqlRow) -> Result<Closing, sqlx::Error> {
    let id = |column: &str| row.try_get::<Option<Uuid>, _>(column);
    let at = |column: &str| {
        let at: Option<chrono::NaiveDateTime> = row.try_get(column)?;
        Ok::<_, sqlx::Error>(at.map_or(time::from_millis(0), |at| at.and_utc()))
    };
    let time = ClosedTime {
        hospital_id: HospitalId::from_uuid(row.try_get("hospital_id")?),
        doctor_id: id("doctor_id")?.map(DoctorId::from_uuid),
        days: closure(row)?,
    };
    // Any text was allowed before.
    let reason: &str = row.try_get("reason")?;
    Ok(Closing {
        id: ClosingId::from_uuid(row.try_get("id")?),
        time,
        reason: reason.parse().unwrap_or(ClosingReason::Other),
        state: named(row, "state")?,
        ended: row.try_get("ended")?,
        closed_by: id("closed_by")?.map_or(OPERATOR, AccountId::from_uuid),
        revision: row.try_get("revision")?,
        closed_at: at("closed_at")?,
        updated_at: at("updated_at")?,
    })
}
