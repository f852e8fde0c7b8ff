//! Rows of `no_show_rule`: what a hospital does about those who do not come, for every service that reads it.

use domain::ids::HospitalId;
use domain::line::{NoShowRule, NoShowRules};
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use crate::rows_store::{padded, padded_marks};

/// The present rules of those of the hospitals that have set any.
pub async fn rules(
    connection: &mut MySqlConnection,
    hospitals: &[HospitalId],
) -> Result<Vec<NoShowRule>, sqlx::Error> {
    if hospitals.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = hospitals.iter().map(|id| id.uuid()).collect();
    let marks = padded_marks(ids.len());
    let sql = format!(
        "SELECT r.hospital_id, r.revision, r.held_minutes, r.day_over_minutes, r.penalty_after, r.within_days, r.penalty_days
         FROM no_show_rule r WHERE r.hospital_id IN ({marks})
         AND r.revision = (SELECT MAX(l.revision) FROM no_show_rule l WHERE l.hospital_id = r.hospital_id)"
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(&ids) {
        query = query.bind(id);
    }
    query.fetch_all(connection).await?.iter().map(rule).collect()
}

fn rule(row: &MySqlRow) -> Result<NoShowRule, sqlx::Error> {
    Ok(NoShowRule {
        hospital_id: HospitalId::from_uuid(row.try_get("hospital_id")?),
        revision: row.try_get("revision")?,
        rules: NoShowRules {
            held_minutes: row.try_get("held_minutes")?,
            day_over_minutes: row.try_get("day_over_minutes")?,
            penalty_after: row.try_get("penalty_after")?,
            within_days: row.try_get("within_days")?,
            penalty_days: row.try_get("penalty_days")?,
        },
    })
}
