//! SQL of requests: what was decided. Only read here; workers write it.

use domain::ids::{AccountId, RequestId};
use domain::time::Timestamp;
use platform::rows_store::body_hash;
use sqlx::{MySqlPool, Row};
use std::time::Duration;
use uuid::Uuid;

use crate::waiters::RecordedDocument;

/// A decided or parked request.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub owner: AccountId,
    pub shown: RecordedDocument,
}

/// How long a command's answer waits for the database.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// The request, if a worker has decided or parked it. By primary key, as often as a client asks.
pub(crate) async fn find(database: &MySqlPool, id: RequestId) -> sqlx::Result<Option<Recorded>> {
    let query = sqlx::query("SELECT account_id, body_hash, document FROM request WHERE id = ?")
        .bind(id.uuid());
    let Some(row) = query.fetch_optional(database).await? else { return Ok(None) };
    let (body_hash, document) = (body_hash(&row)?, row.try_get::<String, _>("document")?.into());
    Ok(Some(Recorded {
        owner: AccountId::from_uuid(row.try_get::<Uuid, _>("account_id")?),
        shown: RecordedDocument { body_hash, document },
    }))
}

/// The same for those who have another way if the database does not answer soon.
pub(crate) async fn find_soon(
    database: &MySqlPool,
    id: RequestId,
) -> sqlx::Result<Option<Recorded>> {
    tokio::time::timeout(ANSWER_TIMEOUT, find(database, id))
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// How many of its hospital are held back before the request, where it is held back itself.
pub(crate) async fn held_before(database: &MySqlPool, id: RequestId) -> sqlx::Result<Option<u64>> {
    let query = sqlx::query_scalar::<_, i64>(
        "SELECT (SELECT COUNT(*) FROM held_back b
                 WHERE b.partition_id = h.partition_id AND b.hospital_id = h.hospital_id AND b.place < h.place)
         FROM held_back h WHERE h.request_id = ?",
    );
    let before = query.bind(id.uuid()).fetch_optional(database).await?;
    Ok(before.map(i64::unsigned_abs))
}

/// Whether it surely is held back, for those who have another way if the database does not answer soon.
pub(crate) async fn is_held(database: &MySqlPool, id: RequestId) -> bool {
    let held = tokio::time::timeout(ANSWER_TIMEOUT, held_before(database, id)).await;
    held.is_ok_and(|held| held.is_ok_and(|before| before.is_some()))
}

/// Whether anything was decided before `since`. No index serves it: it is asked once for each loss of
/// Redis, and stops at the first row it meets, which then is nearly any.
pub(crate) async fn any_before(database: &MySqlPool, since: Timestamp) -> sqlx::Result<bool> {
    let query = sqlx::query_scalar::<_, i64>("SELECT 1 FROM request WHERE decided_at < ? LIMIT 1")
        .bind(since);
    Ok(query.fetch_optional(database).await?.is_some())
}
