//! SQL of the dead letters.

use chrono::NaiveDateTime;
use domain::partition::PartitionId;
use domain::time::Timestamp;
use sqlx::mysql::{MySqlPool, MySqlRow};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use crate::failure::CliError;

/// A row of `dead_letter`.
#[derive(Clone, Debug)]
pub struct Letter {
    pub id: Uuid,
    pub partition: PartitionId,
    pub request_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub reason: String,
    pub detail: String,
    pub frame: Vec<u8>,
    pub parked_at: NaiveDateTime,
    pub state: String,
    pub closed_at: Option<NaiveDateTime>,
    pub closed_reason: Option<String>,
}

/// Where a request stands.
#[derive(Clone, Debug)]
pub struct RequestState {
    pub state: String,
    pub code: Option<String>,
    pub account_id: Uuid,
    /// `None`: the frame could not be read.
    pub hospital_id: Option<Uuid>,
    pub partition: PartitionId,
}

impl RequestState {
    pub fn is_parked(&self) -> bool {
        self.state == "parked"
    }

    pub fn shown(&self) -> String {
        match &self.code {
            Some(code) => format!("{} {code}", self.state),
            None => self.state.clone(),
        }
    }
}

const COLUMNS: &str = "SELECT id, partition_id, request_id, account_id, reason, detail, frame, parked_at, CAST(state AS CHAR) AS state, \
                       closed_at, closed_reason FROM dead_letter";

/// All in that state, or all, oldest first.
pub async fn letters(pool: &MySqlPool, state: Option<&str>) -> Result<Vec<Letter>, sqlx::Error> {
    let sql =
        AssertSqlSafe(format!("{COLUMNS} WHERE ? IS NULL OR state = ? ORDER BY parked_at, id"));
    let rows = sqlx::query(sql).bind(state).bind(state).fetch_all(pool).await?;
    rows.iter().map(letter_of).collect()
}

pub async fn letter(pool: &MySqlPool, id: Uuid) -> Result<Option<Letter>, sqlx::Error> {
    let sql = AssertSqlSafe(format!("{COLUMNS} WHERE id = ?"));
    sqlx::query(sql).bind(id).fetch_optional(pool).await?.as_ref().map(letter_of).transpose()
}

fn letter_of(row: &MySqlRow) -> Result<Letter, sqlx::Error> {
    Ok(Letter {
        id: row.try_get("id")?,
        partition: PartitionId::new(row.try_get("partition_id")?),
        request_id: row.try_get("request_id")?,
        account_id: row.try_get("account_id")?,
        reason: row.try_get("reason")?,
        detail: row.try_get("detail")?,
        frame: row.try_get("frame")?,
        parked_at: row.try_get("parked_at")?,
        state: row.try_get("state")?,
        closed_at: row.try_get("closed_at")?,
        closed_reason: row.try_get("closed_reason")?,
    })
}

/// Closes an open letter; one that another operator closed meanwhile is left as it is.
pub async fn close(
    pool: &MySqlPool,
    id: Uuid,
    state: &str,
    reason: &str,
    now: Timestamp,
) -> Result<(), CliError> {
    let sql = "UPDATE dead_letter SET state = ?, closed_at = ?, closed_reason = ? WHERE id = ? AND state = 'open'";
    let done = sqlx::query(sql)
        .bind(state)
        .bind(now.naive_utc())
        .bind(reason)
        .bind(id)
        .execute(pool)
        .await?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(CliError::refused(format!("dead letter {id} was closed by somebody else")))
    }
}

pub async fn request(
    pool: &MySqlPool,
    id: Option<Uuid>,
) -> Result<Option<RequestState>, sqlx::Error> {
    let Some(id) = id else { return Ok(None) };
    let sql = "SELECT CAST(state AS CHAR) AS state, code, account_id, hospital_id, partition_id FROM request WHERE id = ?";
    let row = sqlx::query(sql).bind(id).fetch_optional(pool).await?;
    row.map(|row| {
        Ok(RequestState {
            state: row.try_get("state")?,
            code: row.try_get("code")?,
            account_id: row.try_get("account_id")?,
            hospital_id: row.try_get("hospital_id")?,
            partition: PartitionId::new(row.try_get("partition_id")?),
        })
    })
    .transpose()
}

/// Partitions that the installation was set up with.
pub async fn partitions(pool: &MySqlPool) -> Result<u16, sqlx::Error> {
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM partition_state").fetch_one(pool).await?;
    Ok(u16::try_from(count).unwrap_or(u16::MAX))
}
