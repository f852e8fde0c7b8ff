//! SQL of committed events, for those that were not published.

use domain::command::BodyHash;
use domain::event::{Audience, EventKind};
use domain::ids::RequestId;
use domain::partition::PartitionId;
use platform::rows_store::{audience, named};
use sqlx::mysql::MySqlRow;
use sqlx::{MySqlPool, Row};
use uuid::Uuid;

/// A committed event with what its feed line needs.
pub struct CommittedEvent {
    pub seq: u64,
    pub to: Audience,
    pub kind: EventKind,
    pub about: Option<RequestId>,
    pub body_hash: BodyHash,
    pub document: String,
}

/// Events read at a time to be told again.
pub const MAX_UNPUBLISHED: usize = 5_000;

/// Events above the watermark, oldest first, at most [`MAX_UNPUBLISHED`]: rows of decided requests, and the others.
pub async fn unpublished(
    pool: &MySqlPool,
    partition: PartitionId,
    above: u64,
) -> Result<Vec<CommittedEvent>, sqlx::Error> {
    let rows = sqlx::query(
        "(SELECT event_seq AS seq, account_id, NULL AS line_doctor, NULL AS line_day, 'outcome' AS kind, id AS request_id, body_hash, document FROM request
           WHERE partition_id = ? AND event_seq > ? AND state <> 'parked' ORDER BY event_seq LIMIT ?)
         UNION ALL
         (SELECT e.seq, e.account_id, e.line_doctor, e.line_day, e.kind, e.request_id, r.body_hash, e.document
            FROM event e LEFT JOIN request r ON r.id = e.request_id AND r.account_id = e.account_id
           WHERE e.partition_id = ? AND e.seq > ? ORDER BY e.seq LIMIT ?)
         ORDER BY seq LIMIT ?",
    )
    .bind(partition.index())
    .bind(above)
    .bind(MAX_UNPUBLISHED as u64)
    .bind(partition.index())
    .bind(above)
    .bind(MAX_UNPUBLISHED as u64)
    .bind(MAX_UNPUBLISHED as u64)
    .fetch_all(pool)
    .await?;
    rows.iter().map(event).collect()
}

fn event(row: &MySqlRow) -> Result<CommittedEvent, sqlx::Error> {
    let hash: Option<Vec<u8>> = row.try_get("body_hash")?;
    let hash = hash.and_then(|hash| hash.try_into().ok()).map(BodyHash::from_bytes);
    Ok(CommittedEvent {
        seq: row.try_get("seq")?,
        to: audience(row)?,
        kind: named(row, "kind")?,
        about: row.try_get::<Option<Uuid>, _>("request_id")?.map(RequestId::from_uuid),
        body_hash: hash.unwrap_or(BodyHash::UNKNOWN),
        document: row.try_get("document")?,
    })
}

/// The watermark as the owner before left it.
pub async fn published_seq(pool: &MySqlPool, partition: PartitionId) -> Result<u64, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT published_seq FROM partition_state WHERE id = ?");
    query.bind(partition.index()).fetch_one(pool).await
}
