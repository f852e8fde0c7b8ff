//! SQL of doctors as the lists show them. Their schedules are read in the platform's directory store.

use domain::ids::DoctorId;
use sqlx::{MySqlPool, QueryBuilder};
use uuid::Uuid;

use super::schema::Doctor;

const LISTED: &str = "SELECT d.id, d.hospital_id, d.name, d.department, h.zone FROM doctor d JOIN hospital h ON h.id = d.hospital_id";

/// Doctors in order of their ids, after `after`.
pub(crate) async fn list(
    database: &MySqlPool,
    hospital: Option<Uuid>,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<Doctor>> {
    let mut query = QueryBuilder::new(LISTED);
    query.push(" WHERE d.id > ").push_bind(after.unwrap_or(Uuid::nil()));
    if let Some(hospital) = hospital {
        query.push(" AND d.hospital_id = ").push_bind(hospital);
    }
    query.push(" ORDER BY d.id LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(database).await
}

/// One doctor.
pub(crate) async fn find(database: &MySqlPool, id: DoctorId) -> sqlx::Result<Option<Doctor>> {
    let mut query = QueryBuilder::new(LISTED);
    query.push(" WHERE d.id = ").push_bind(id.uuid());
    query.build_query_as().fetch_optional(database).await
}
