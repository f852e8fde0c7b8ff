//! SQL of doctors as the lists show them. Their schedules are read in the platform's directory store.

use domain::ids::DoctorId;
use sqlx::mysql::MySqlRow;
use sqlx::{FromRow, MySqlConnection, MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

use super::schema::Doctor;

const LISTED: &str = "SELECT d.id, d.hospital_id, d.name, d.department, h.zone, d.revision FROM doctor d JOIN hospital h ON h.id = d.hospital_id
     WHERE d.left_at IS NULL AND NOT EXISTS (SELECT 1 FROM closed_hospital c WHERE c.hospital_id = h.id)";

/// Doctors in order of their ids, after `after`.
pub(crate) async fn list(
    database: &MySqlPool,
    hospital: Option<Uuid>,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<Doctor>> {
    let mut query = QueryBuilder::new(LISTED);
    query.push(" AND d.id > ").push_bind(after.unwrap_or(Uuid::nil()));
    if let Some(hospital) = hospital {
        query.push(" AND d.hospital_id = ").push_bind(hospital);
    }
    query.push(" ORDER BY d.id LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(database).await
}

/// One doctor.
pub(crate) async fn find(
    connection: &mut MySqlConnection,
    id: DoctorId,
) -> sqlx::Result<Option<Doctor>> {
    let mut query = QueryBuilder::new(LISTED);
    query.push(" AND d.id = ").push_bind(id.uuid());
    query.build_query_as().fetch_optional(connection).await
}

impl FromRow<'_, MySqlRow> for Doctor {
    fn from_row(row: &MySqlRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            hospital_id: row.try_get("hospital_id")?,
            name: row.try_get("name")?,
            department: row.try_get("department")?,
            zone: row.try_get("zone")?,
            revision: row.try_get("revision")?,
        })
    }
}
