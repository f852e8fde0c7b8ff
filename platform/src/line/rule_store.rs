//! Rows of `line_rule`: a hospital's rules for its lines, for every service that reads them.

use domain::ids::HospitalId;
use domain::line::{HospitalRules, LineRule};
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use crate::rows_store::{named, padded, padded_marks};

/// The present rules of those of the hospitals that have set any, or show a board without having set that.
pub async fn rules(
    connection: &mut MySqlConnection,
    hospitals: &[HospitalId],
) -> Result<Vec<LineRule>, sqlx::Error> {
    if hospitals.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = hospitals.iter().map(|id| id.uuid()).collect();
    let marks = padded_marks(ids.len());
    let sql = format!(
        "SELECT h.id AS hospital_id, h.board AS board_before, r.revision, r.early_minutes, r.late_minutes, r.max_passed,
         r.max_live_tickets, r.max_postpones, CAST(r.assign AS CHAR) AS assign, r.cap_by_finish, r.board
         FROM hospital h LEFT JOIN line_rule r ON r.hospital_id = h.id
           AND r.revision = (SELECT MAX(l.revision) FROM line_rule l WHERE l.hospital_id = h.id)
         WHERE h.id IN ({marks}) AND (r.revision IS NOT NULL OR h.board = 1)"
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(&ids) {
        query = query.bind(id);
    }
    query.fetch_all(connection).await?.iter().map(rule).collect()
}

fn rule(row: &MySqlRow) -> Result<LineRule, sqlx::Error> {
    let id = HospitalId::from_uuid(row.try_get("hospital_id")?);
    let board_before: bool = row.try_get("board_before")?;
    let Some(revision) = row.try_get("revision")? else {
        let LineRule { rules, .. } = LineRule::of_defaults(id);
        let rules = HospitalRules { board: board_before, ..rules };
        return Ok(LineRule { rules, ..LineRule::of_defaults(id) });
    };
    let board: Option<bool> = row.try_get("board")?;
    Ok(LineRule {
        hospital_id: id,
        revision,
        rules: HospitalRules {
            early_minutes: row.try_get("early_minutes")?,
            late_minutes: row.try_get("late_minutes")?,
            max_passed: row.try_get("max_passed")?,
            max_live_tickets: row.try_get("max_live_tickets")?,
            max_postpones: row.try_get("max_postpones")?,
            assign: named(row, "assign")?,
            cap_by_finish: row.try_get("cap_by_finish")?,
            board: board.unwrap_or(board_before),
        },
    })
}
