//! What the notifier reads of events and requests. It writes nothing. The document of an outcome is its request's, and
//! only the request's owner is ever shown it.

use domain::cursor::Cursor;
use domain::event::{Audience, EventKind};
use domain::ids::AccountId;
use domain::partition::PartitionId;
use domain::time::Timestamp;
use platform::rows_store::{named, timestamp};
use sqlx::mysql::{MySqlPool, MySqlRow};
use sqlx::{AssertSqlSafe, Row};
use std::fmt::Write;

use crate::frame::Told;

/// Requests shown in a resync.
const LATEST: u32 = 50;

/// The columns of an [`Event`], and where they come from.
const SELECT: &str = "SELECT e.partition_id, e.seq, e.at, e.account_id, e.kind, \
    COALESCE(e.document, r.document, '{}') AS document FROM event e";
const REQUEST: &str = "LEFT JOIN request r ON r.id = e.request_id AND r.account_id = e.account_id";

/// The database, as far as the notifier knows it.
#[derive(Clone)]
pub struct Store {
    pool: MySqlPool,
}

/// A committed event.
pub struct Event {
    pub partition: PartitionId,
    pub seq: u64,
    pub to: Audience,
    at: Timestamp,
    kind: EventKind,
    document: String,
}

impl Event {
    fn of(row: &MySqlRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            partition: PartitionId::new(row.try_get("partition_id")?),
            seq: row.try_get("seq")?,
            to: Audience::Account(AccountId::from_uuid(row.try_get("account_id")?)),
            at: timestamp(row, "at")?,
            kind: named(row, "kind")?,
            document: row.try_get("document")?,
        })
    }

    pub fn told(&self) -> Told {
        Told::new(self.partition, self.seq, self.kind, self.at, &self.document)
    }
}

/// Which events of a partition there are: committed up to `head`, kept from `oldest` on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kept {
    pub partition: PartitionId,
    pub head: u64,
    pub oldest: u64,
}

impl Store {
    pub fn new(pool: MySqlPool) -> Self {
        Self { pool }
    }

    pub fn pool(&self) -> &MySqlPool {
        &self.pool
    }

    /// The last committed event of every partition, in their order.
    pub async fn heads(&self) -> Result<Vec<u64>, sqlx::Error> {
        platform::heads_store::heads(&self.pool).await
    }

    /// What is kept of every partition. Of an empty one, nothing: the oldest is the next to come.
    pub async fn kept(&self) -> Result<Vec<Kept>, sqlx::Error> {
        let rows: Vec<(u16, u64, u64)> = sqlx::query_as(
            "SELECT p.id, p.next_seq, COALESCE((SELECT MIN(e.seq) FROM event e WHERE e.partition_id = p.id), p.next_seq)
               FROM partition_state p ORDER BY p.id",
        )
        .fetch_all(&self.pool)
        .await?;
        let kept = |(id, next, oldest): (u16, u64, u64)| Kept {
            partition: PartitionId::new(id),
            head: next.saturating_sub(1),
            oldest,
        };
        Ok(rows.into_iter().map(kept).collect())
    }

    /// Events of a partition above `after` and up to `until`, in order.
    pub async fn events(
        &self,
        partition: PartitionId,
        after: u64,
        until: u64,
        limit: u32,
    ) -> Result<Vec<Event>, sqlx::Error> {
        let sql = format!(
            "{SELECT} {REQUEST} WHERE e.partition_id = ? AND e.seq > ? AND e.seq <= ? ORDER BY e.seq LIMIT ?"
        );
        let query = sqlx::query(AssertSqlSafe(sql));
        let query = query.bind(partition.index()).bind(after).bind(until).bind(limit);
        query.fetch_all(&self.pool).await?.iter().map(Event::of).collect()
    }

    /// Events of an account above its cursor, in order within each of `partitions`.
    pub async fn missed(
        &self,
        account: AccountId,
        cursor: &Cursor,
        partitions: u16,
        limit: u32,
    ) -> Result<Vec<Event>, sqlx::Error> {
        // The text depends on the number of partitions alone.
        let mut query = sqlx::query(AssertSqlSafe(missed_sql(partitions))).bind(account.uuid());
        for partition in (0..partitions).map(PartitionId::new) {
            query = query.bind(partition.index()).bind(cursor.seen(partition));
        }
        query.bind(limit).fetch_all(&self.pool).await?.iter().map(Event::of).collect()
    }

    /// Documents of the account's own requests that it was last told of, newest first. They are found by the events
    /// still kept; of an older request, `GET /v1/requests/{id}` tells.
    pub async fn latest_requests(&self, account: AccountId) -> Result<Vec<String>, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT r.document
               FROM (SELECT request_id, MAX(at) AS told_at FROM event
                      WHERE account_id = ? AND request_id IS NOT NULL
                      GROUP BY request_id ORDER BY told_at DESC LIMIT ?) told
               JOIN request r ON r.id = told.request_id AND r.account_id = ?
              ORDER BY told.told_at DESC",
        )
        .bind(account.uuid())
        .bind(LATEST)
        .bind(account.uuid())
        .fetch_all(&self.pool)
        .await
    }
}

/// The index is named because the estimate of a busy partition's last rows would sometimes prefer all
/// accounts' events to the few of this one.
fn missed_sql(partitions: u16) -> String {
    let mut sql =
        format!("{SELECT} FORCE INDEX (event_account) {REQUEST} WHERE e.account_id = ? AND (");
    for index in 0..partitions {
        let or = if index == 0 { "" } else { " OR " };
        // Writing to a String does not fail.
        let _ = write!(sql, "{or}(e.partition_id = ? AND e.seq > ?)");
    }
    sql + ") ORDER BY e.partition_id, e.seq LIMIT ?"
}
