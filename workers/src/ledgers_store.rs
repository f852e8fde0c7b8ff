//! SQL of the ledgers: counters on the partition's row, a ledger a publisher, its gaps.

use domain::conservation::{Gap, Ledger, Span};
use domain::partition::PartitionId;
use domain::time::Timestamp;
use sqlx::{MySqlConnection, MySqlPool, QueryBuilder, Row};
use std::collections::HashMap;
use uuid::Uuid;

use crate::ledgers::{Counters, Ledgers, in_order};
use crate::lengths::in_few_lengths;
use crate::script_store::Script;

/// What the partition's row says, read under its lock: the fence.
pub struct Fence {
    pub epoch: u64,
    pub next_seq: u64,
    pub clock: Timestamp,
}

/// Locks the partition's row for the transaction. The caller compares the epoch.
pub async fn fence(
    connection: &mut MySqlConnection,
    partition: PartitionId,
) -> Result<Fence, sqlx::Error> {
    let row =
        sqlx::query("SELECT epoch, next_seq, clock FROM partition_state WHERE id = ? FOR UPDATE")
            .bind(partition.index())
            .fetch_one(connection)
            .await?;
    Ok(Fence {
        epoch: row.try_get("epoch")?,
        next_seq: row.try_get("next_seq")?,
        clock: row.try_get::<chrono::NaiveDateTime, _>("clock")?.and_utc(),
    })
}

/// Writes what a batch leaves on the partition's row.
pub fn advance(
    script: &mut Script,
    partition: PartitionId,
    (next_seq, published_seq): (u64, u64),
    clock: Timestamp,
    counters: Counters,
) {
    script.statement(
        &[
            "UPDATE partition_state SET next_seq = ",
            ", published_seq = GREATEST(published_seq, ",
            "), clock = ",
            ", received = ",
            ", confirmed = ",
            ", rejected = ",
            ", expired = ",
            ", duplicate = ",
            ", undecodable = ",
            ", lost = ",
            " WHERE id = ",
        ],
        &[
            &next_seq,
            &published_seq,
            &clock,
            &counters.received,
            &counters.confirmed,
            &counters.rejected,
            &counters.expired,
            &counters.duplicate,
            &counters.undecodable,
            &counters.lost,
            &partition.index(),
        ],
    );
}

/// Writes the changed ledgers, heard of `at` that time. Gaps are rare: they are replaced whole where a ledger has or had any.
pub fn save(
    script: &mut Script,
    (partition, at): (PartitionId, Timestamp),
    before: &Ledgers,
    changed: &HashMap<Uuid, Ledger>,
) {
    let publishers = in_order(changed);
    script.rows(
        "INSERT INTO publisher (partition_id, publisher, last_seq, acked, heard_at) VALUES",
        &publishers,
        " ON DUPLICATE KEY UPDATE last_seq = VALUES(last_seq), acked = VALUES(acked), heard_at = VALUES(heard_at)",
        |values, publisher| {
            let ledger = &changed[publisher];
            values.push(partition.index()).push(*publisher);
            values.push(ledger.last_seq).push(ledger.acked).push(at);
        },
    );
    for publisher in publishers {
        let old = before.ledger(publisher).map(|ledger| ledger.gaps.as_slice()).unwrap_or_default();
        let new = &changed[&publisher].gaps;
        if old != new.as_slice() {
            save_gaps(script, partition, publisher, new);
        }
    }
}

fn save_gaps(script: &mut Script, partition: PartitionId, publisher: Uuid, gaps: &[Gap]) {
    script.statement(
        &["DELETE FROM publisher_gap WHERE partition_id = ", " AND publisher = "],
        &[&partition.index(), &publisher],
    );
    script.rows(
        "INSERT INTO publisher_gap (partition_id, publisher, first_seq, last_seq, lost) VALUES",
        gaps,
        "",
        |values, gap| {
            values.push(partition.index()).push(publisher);
            values.push(gap.span.first).push(gap.span.last).push(gap.lost);
        },
    );
}

/// The ledgers as the owner before left them.
pub async fn load(
    connection: &mut MySqlConnection,
    partition: PartitionId,
) -> Result<Ledgers, sqlx::Error> {
    let mut ledgers: HashMap<Uuid, Ledger> = HashMap::new();
    let rows =
        sqlx::query("SELECT publisher, last_seq, acked FROM publisher WHERE partition_id = ?");
    for row in rows.bind(partition.index()).fetch_all(&mut *connection).await? {
        let ledger = Ledger {
            last_seq: row.try_get("last_seq")?,
            acked: row.try_get("acked")?,
            gaps: Vec::new(),
        };
        ledgers.insert(row.try_get("publisher")?, ledger);
    }
    let rows = sqlx::query(
        "SELECT publisher, first_seq, last_seq, lost FROM publisher_gap WHERE partition_id = ? ORDER BY first_seq",
    );
    for row in rows.bind(partition.index()).fetch_all(&mut *connection).await? {
        let gap = Gap {
            span: Span { first: row.try_get("first_seq")?, last: row.try_get("last_seq")? },
            lost: row.try_get("lost")?,
        };
        if let Some(ledger) = ledgers.get_mut(&row.try_get::<Uuid, _>("publisher")?) {
            ledger.gaps.push(gap);
        }
    }
    let row = sqlx::query(
        "SELECT received, confirmed, rejected, expired, duplicate, undecodable, lost, acked_gone FROM partition_state WHERE id = ?",
    );
    let row = row.bind(partition.index()).fetch_one(connection).await?;
    let counters = Counters {
        received: row.try_get("received")?,
        confirmed: row.try_get("confirmed")?,
        rejected: row.try_get("rejected")?,
        expired: row.try_get("expired")?,
        duplicate: row.try_get("duplicate")?,
        undecodable: row.try_get("undecodable")?,
        lost: row.try_get("lost")?,
    };
    Ok(Ledgers::new(ledgers, row.try_get("acked_gone")?, counters))
}

/// Lets go of publishers that were not heard of since `before` and of which nothing is missing: every number up to the
/// last has arrived. One with a gap is kept for ever, whether the gap is a loss or not. What they had confirmed is added
/// to the partition's row. A portion at a time; those that went.
pub async fn forget_publishers(
    pool: &MySqlPool,
    (partition, epoch): (PartitionId, u64),
    before: Timestamp,
) -> Result<Vec<Uuid>, sqlx::Error> {
    const PORTION: u64 = 1_000;
    let mut transaction = pool.begin().await?;
    if fence(&mut transaction, partition).await?.epoch != epoch {
        return Ok(Vec::new());
    }
    let gone: Vec<(Uuid, u64)> = sqlx::query_as(
        "SELECT publisher, acked FROM publisher p WHERE partition_id = ? AND heard_at < ? AND acked <= last_seq
           AND NOT EXISTS (SELECT 1 FROM publisher_gap g WHERE g.partition_id = p.partition_id AND g.publisher = p.publisher)
         ORDER BY heard_at LIMIT ?",
    )
    .bind(partition.index())
    .bind(before.naive_utc())
    .bind(PORTION)
    .fetch_all(&mut *transaction)
    .await?;
    let (publishers, acked): (Vec<Uuid>, Vec<u64>) = gone.into_iter().unzip();
    if publishers.is_empty() {
        return Ok(publishers);
    }
    for chunk in in_few_lengths(&publishers) {
        let mut query = QueryBuilder::new("DELETE FROM publisher WHERE partition_id = ");
        query.push_bind(partition.index()).push(" AND publisher IN ");
        query.push_tuples(chunk, |mut row, publisher| {
            row.push_bind(*publisher);
        });
        query.build().execute(&mut *transaction).await?;
    }
    sqlx::query("UPDATE partition_state SET acked_gone = acked_gone + ? WHERE id = ?")
        .bind(acked.iter().sum::<u64>())
        .bind(partition.index())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(publishers)
}

/// Requests parked at present. Each has a dead letter, and those are few.
pub async fn count_parked(pool: &MySqlPool, partition: PartitionId) -> Result<u64, sqlx::Error> {
    let count: i64 = sqlx::query_scalar("SELECT COUNT(DISTINCT r.id) FROM dead_letter d JOIN request r ON r.id = d.request_id AND r.state = 'parked' WHERE d.partition_id = ?")
        .bind(partition.index())
        .fetch_one(pool)
        .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}
