//! SQL of a hospital's board.

use domain::ids::HospitalId;
use domain::time::{self, Timestamp, Zone};
use platform::rows_store::{named, timestamp};
use serde::Serialize;
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, MySqlPool, Row};

/// A doctor's last call of the day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Call {
    /// Room or name, as the hospital has it.
    pub place: String,
    pub number: u32,
    pub called_at: String,
}

/// Of a hospital `h` that shows a board: as its rule says, or the hospital itself where no rule has said so.
const SHOWN: &str = "COALESCE((SELECT r.board FROM line_rule r WHERE r.hospital_id = h.id ORDER BY r.revision DESC LIMIT 1), h.board) = 1";

/// Whether the hospital shows a board.
pub async fn is_shown(pool: &MySqlPool, hospital: HospitalId) -> Result<bool, sqlx::Error> {
    let sql = format!("SELECT COUNT(*) > 0 FROM hospital h WHERE h.id = ? AND {SHOWN}");
    let query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).bind(hospital.uuid());
    Ok(query.fetch_one(pool).await? > 0)
}

/// The last calls of the hospital's doctors on its present day; `None`: it shows no board.
pub async fn calls(
    pool: &MySqlPool,
    hospital: HospitalId,
    now: Timestamp,
) -> Result<Option<Vec<Call>>, sqlx::Error> {
    let sql = format!("SELECT h.zone FROM hospital h WHERE h.id = ? AND {SHOWN}");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(hospital.uuid());
    let found = query.fetch_optional(pool).await?;
    let Some(found) = found else { return Ok(None) };
    let zone: Zone = named(&found, "zone")?;
    let rows = sqlx::query(
        "SELECT COALESCE(d.board_name, d.name) AS place, t.number, t.called_at FROM doctor d
         JOIN line_day l ON l.doctor_id = d.id AND l.day = ? JOIN ticket t ON t.id = l.last_called
         WHERE d.hospital_id = ? AND t.called_at IS NOT NULL ORDER BY place, d.id",
    )
    .bind(time::day_of(now, zone))
    .bind(hospital.uuid())
    .fetch_all(pool)
    .await?;
    let call = |row: &MySqlRow| {
        let called_at = time::show(timestamp(row, "called_at")?, zone);
        Ok(Call { place: row.try_get("place")?, number: row.try_get("number")?, called_at })
    };
    rows.iter().map(call).collect::<Result<_, sqlx::Error>>().map(Some)
}
