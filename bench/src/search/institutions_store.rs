//! SQL that reads the institutions as the import has left them.

use sqlx::{MySqlPool, Row};
use uuid::Uuid;

use super::institution::{Columns, Institution};

/// All of them, in the order of the list's own ids: ids of the database are made anew by each import.
pub async fn all(pool: &MySqlPool) -> Result<Vec<Institution>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id, source_key, name, kind, sido, sigungu, departments, lat, lon FROM hospital ORDER BY source_key, id",
    )
    .fetch_all(pool)
    .await?;
    let read = |row: &sqlx::mysql::MySqlRow| {
        Ok(Institution::of(Columns {
            id: row.try_get("id")?,
            listed: row
                .try_get::<Option<String>, _>("source_key")?
                .is_some_and(|key| !key.starts_with("bench-")),
            name: row.try_get("name")?,
            kind: row.try_get("kind")?,
            sido: row.try_get("sido")?,
            sigungu: row.try_get("sigungu")?,
            departments: row.try_get("departments")?,
            location: row.try_get::<Option<f64>, _>("lat")?.zip(row.try_get("lon")?),
        }))
    };
    rows.iter().map(read).collect()
}

/// Each with all its columns as one text.
pub async fn texts(pool: &MySqlPool) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id, CONCAT_WS(' ', name, kind, sido, sigungu, dong, address, REPLACE(departments, '|', ' ')) AS text
         FROM hospital ORDER BY id",
    )
    .fetch_all(pool)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("text")?))).collect()
}

/// How many are to be found.
pub async fn count(pool: &MySqlPool) -> Result<u64, sqlx::Error> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM hospital h WHERE NOT EXISTS (SELECT 1 FROM closed_hospital c WHERE c.hospital_id = h.id)",
    )
    .fetch_one(pool)
    .await?;
    Ok(u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or(0))
}
