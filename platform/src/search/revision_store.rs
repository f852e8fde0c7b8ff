//! SQL of hospitals' revisions in the index: whoever writes what a document shows raises them, in the same transaction.
//! They stand in a table of their own, so that a batch of bookings never waits for a row that an import holds.

use domain::ids::HospitalId;
use sqlx::mysql::{MySql, MySqlConnection, MySqlPool};
use sqlx::{QueryBuilder, Row};

/// Hospitals a statement.
const AT_ONCE: usize = 1_000;

/// Raises the revisions of these hospitals, in the order of their ids, as everybody does: so none waits for another in a
/// circle. Called last before the commit.
pub async fn raise(
    connection: &mut MySqlConnection,
    hospitals: &[HospitalId],
) -> Result<(), sqlx::Error> {
    let mut hospitals = hospitals.to_vec();
    hospitals.sort_unstable();
    hospitals.dedup();
    for chunk in hospitals.chunks(AT_ONCE) {
        let mut query =
            QueryBuilder::<MySql>::new("INSERT INTO hospital_index (hospital_id, revision) ");
        query.push_values(chunk, |mut row, id| {
            row.push_bind(id.uuid()).push_bind(1_u64);
        });
        query.push(" ON DUPLICATE KEY UPDATE revision = revision + 1");
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// The revision of every hospital; of one that nobody has raised, 0.
pub async fn revisions(pool: &MySqlPool) -> Result<Vec<(HospitalId, u64)>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT h.id, r.revision FROM hospital h LEFT JOIN hospital_index r ON r.hospital_id = h.id
         LEFT JOIN closed_hospital c ON c.hospital_id = h.id WHERE c.hospital_id IS NULL",
    )
    .fetch_all(pool)
    .await?;
    let read = |row: &sqlx::mysql::MySqlRow| {
        let revision: Option<u64> = row.try_get("revision")?;
        Ok((HospitalId::from_uuid(row.try_get("id")?), revision.unwrap_or(0)))
    };
    rows.iter().map(read).collect()
}
