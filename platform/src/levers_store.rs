//! SQL of the levers as services read them. The command line writes them.

use chrono::NaiveDateTime;
use domain::time::Timestamp;
use sqlx::mysql::MySqlPool;
use sqlx::{AssertSqlSafe, Row};

use crate::lever::PAUSE;
use crate::rows_store::timestamp;

/// A value of a lever, and the time of which it was that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SetLever {
    pub name: String,
    pub value: u64,
    pub at: Timestamp,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// When another value took its place.
    pub ended_at: Option<Timestamp>,
}

/// What is set now, and the pauses that another value has ended since then.
pub(crate) async fn read(pool: &MySqlPool, since: Timestamp) -> Result<Vec<SetLever>, sqlx::Error> {
    let sql = format!(
        "SELECT name, value, at, until, ended_at FROM lever_change
         WHERE value IS NOT NULL AND (ended_at IS NULL OR (ended_at >= ? AND name LIKE '{PAUSE}%')) ORDER BY id"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(since.naive_utc()).fetch_all(pool).await?;
    let optional = |time: Option<NaiveDateTime>| time.map(|time| time.and_utc());
    rows.iter()
        .map(|row| {
            Ok(SetLever {
                name: row.try_get("name")?,
                value: row.try_get("value")?,
                at: timestamp(row, "at")?,
                until: optional(row.try_get("until")?),
                ended_at: optional(row.try_get("ended_at")?),
            })
        })
        .collect()
}
