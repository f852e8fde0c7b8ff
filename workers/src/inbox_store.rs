//! SQL of the inbox (which requests were decided or parked before)).
//! Id lists are padded to powers of two, so that few statements are prepared.

use domain::command::BodyHash;
use domain::ids::{AccountId, RequestId};
use domain::request::State;
use platform::rows_store::{body_hash, named, padded, padded_marks};
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, MySqlConnection, Row};
use std::collections::HashMap;
use uuid::Uuid;

/// A request that was seen before.
#[derive(Clone, Debug)]
pub struct SeenRequest {
    pub owner: AccountId,
    pub state: State,
    pub body_hash: BodyHash,
    pub document: String,
}

/// Which of these requests were decided or parked before.
pub async fn seen(
    connection: &mut MySqlConnection,
    ids: &[Uuid],
) -> Result<HashMap<RequestId, SeenRequest>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT id, account_id, CAST(state AS CHAR) AS state, body_hash, document FROM request WHERE id IN ({})",
        padded_marks(ids.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(ids) {
        query = query.bind(id);
    }
    let read = |row: &MySqlRow| {
        let seen = SeenRequest {
            owner: AccountId::from_uuid(row.try_get("account_id")?),
            state: named(row, "state")?,
            body_hash: body_hash(row)?,
            document: row.try_get("document")?,
        };
        Ok((RequestId::from_uuid(row.try_get("id")?), seen))
    };
    query.fetch_all(connection).await?.iter().map(read).collect()
}
