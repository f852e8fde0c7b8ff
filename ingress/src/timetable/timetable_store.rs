//! SQL of doctors and hospitals as this room addresses them.

use domain::ids::{DoctorId, HospitalId};
use domain::time::Zone;
use platform::directory::{KnownDoctor, store};
use platform::rows_store::named;
use sqlx::{MySqlPool, Row};

/// A hospital, closed or not.
pub(super) struct FoundHospital {
    pub zone: Zone,
    pub revision: u32,
    pub is_closed: bool,
}

/// A doctor as of now, there or not.
pub(super) async fn doctor(
    database: &MySqlPool,
    id: DoctorId,
) -> sqlx::Result<Option<(KnownDoctor, u32)>> {
    let mut connection = database.acquire().await?;
    let known = store::known_doctors(&mut connection, &[id]).await?.pop();
    let sql = "SELECT revision FROM doctor WHERE id = ?";
    let revision = sqlx::query_scalar(sql).bind(id.uuid()).fetch_optional(&mut *connection).await?;
    Ok(known.zip(revision))
}

pub(super) async fn hospital(
    database: &MySqlPool,
    id: HospitalId,
) -> sqlx::Result<Option<FoundHospital>> {
    let sql = "SELECT h.zone, h.revision, c.hospital_id IS NOT NULL AS is_closed
         FROM hospital h LEFT JOIN closed_hospital c ON c.hospital_id = h.id WHERE h.id = ?";
    let row = sqlx::query(sql).bind(id.uuid()).fetch_optional(database).await?;
    row.map(|row| {
        Ok(FoundHospital {
            zone: named(&row, "zone")?,
            revision: row.try_get("revision")?,
            is_closed: row.try_get::<i64, _>("is_closed")? != 0,
        })
    })
    .transpose()
}
