//! What the notifier reads of events and requests. It writes nothing. The row of a decided request is its outcome event,
//! for the request's owner; all other events are rows of `event`, each with whom it is for and its own document. They
//! share the numbers of a partition.

use domain::cursor::Cursor;
use domain::event::{Audience, EventKind};
use domain::ids::{AccountId, RequestId};
use domain::partition::PartitionId;
use domain::time::Timestamp;
use platform::rows_store::{audience, named, padded, padded_marks, timestamp};
use sqlx::mysql::{MySqlPool, MySqlRow};
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;
use uuid::Uuid;

use crate::frame::Told;

/// Requests shown in a resync.
const LATEST: u32 = 50;

/// The columns of an [`Event`] of a decided request.
const OUTCOMES: &str = "SELECT r.partition_id, r.event_seq AS seq, r.decided_at AS at, r.account_id, NULL AS line_doctor, NULL AS line_day, 'outcome' AS kind, r.document FROM request r";
/// The same of any other event.
const OTHERS: &str = "SELECT e.partition_id, e.seq, e.at, e.account_id, e.line_doctor, e.line_day, e.kind, e.document FROM event e";

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
    pub document: String,
}

impl Event {
    fn of(row: &MySqlRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            partition: PartitionId::new(row.try_get("partition_id")?),
            seq: row.try_get("seq")?,
            to: audience(row)?,
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

    /// What is kept of every partition. Where nothing is, the oldest is the next to come.
    pub async fn kept(&self) -> Result<Vec<Kept>, sqlx::Error> {
        let rows: Vec<(u16, u64, u64)> =
            sqlx::query_as("SELECT id, next_seq, kept_from FROM partition_state ORDER BY id")
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
            "({OUTCOMES} WHERE r.partition_id = ? AND r.event_seq > ? AND r.event_seq <= ? AND r.state <> 'parked'
               ORDER BY r.event_seq LIMIT ?)
             UNION ALL ({OTHERS} WHERE e.partition_id = ? AND e.seq > ? AND e.seq <= ? ORDER BY e.seq LIMIT ?)
             ORDER BY seq LIMIT ?"
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for _ in 0..2 {
            query = query.bind(partition.index()).bind(after).bind(until).bind(limit);
        }
        query.bind(limit).fetch_all(&self.pool).await?.iter().map(Event::of).collect()
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
        let mut query = sqlx::query(AssertSqlSafe(missed_sql(partitions)));
        for _ in 0..2 {
            query = query.bind(account.uuid());
            for partition in (0..partitions).map(PartitionId::new) {
                query = query.bind(partition.index()).bind(cursor.seen(partition));
            }
            query = query.bind(limit);
        }
        query.bind(limit).fetch_all(&self.pool).await?.iter().map(Event::of).collect()
    }

    /// Those of the requests that are decided, or parked.
    pub async fn decided(&self, requests: &[RequestId]) -> Result<Vec<RequestId>, sqlx::Error> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let marks = padded_marks(requests.len());
        let sql = format!("SELECT id FROM request WHERE id IN ({marks})");
        let mut query = sqlx::query_scalar::<_, Uuid>(AssertSqlSafe(sql));
        for request in padded(requests) {
            query = query.bind(request.uuid());
        }
        Ok(query.fetch_all(&self.pool).await?.into_iter().map(RequestId::from_uuid).collect())
    }

    /// Of those of the requests that are held back, how many of their hospital go before each.
    pub async fn held_before(
        &self,
        requests: &[RequestId],
    ) -> Result<HashMap<RequestId, u64>, sqlx::Error> {
        if requests.is_empty() {
            return Ok(HashMap::new());
        }
        let marks = padded_marks(requests.len());
        let sql = format!(
            "SELECT b.hospital_id, b.request_id FROM held_back b
             JOIN (SELECT DISTINCT partition_id, hospital_id FROM held_back WHERE request_id IN ({marks})) w
               ON w.partition_id = b.partition_id AND w.hospital_id = b.hospital_id ORDER BY b.partition_id, b.place"
        );
        let mut query = sqlx::query_as::<_, (Uuid, Uuid)>(AssertSqlSafe(sql));
        for request in padded(requests) {
            query = query.bind(request.uuid());
        }
        let mut counts: HashMap<Uuid, u64> = HashMap::new();
        let mut before = HashMap::new();
        for (hospital, request) in query.fetch_all(&self.pool).await? {
            let count = counts.entry(hospital).or_default();
            before.insert(RequestId::from_uuid(request), *count);
            *count += 1;
        }
        Ok(before)
    }

    /// Documents of the account's own requests, those that were decided or parked last, newest first.
    pub async fn latest_requests(
        &self,
        account: AccountId,
        partitions: u16,
    ) -> Result<Vec<String>, sqlx::Error> {
        // The newest of each partition stand at one end of the index.
        let of_one = "(SELECT document, decided_at, event_seq FROM request WHERE account_id = ? AND partition_id = ? ORDER BY event_seq DESC LIMIT ?)";
        let all = vec![of_one; usize::from(partitions)].join(" UNION ALL ");
        let sql = format!(
            "SELECT document FROM ({all}) AS newest ORDER BY decided_at DESC, event_seq DESC LIMIT ?"
        );
        let mut query = sqlx::query_scalar(AssertSqlSafe(sql));
        for partition in 0..partitions {
            query = query.bind(account.uuid()).bind(partition).bind(LATEST);
        }
        query.bind(LATEST).fetch_all(&self.pool).await
    }
}

/// The indexes are named because the estimate of a busy partition's last rows would sometimes prefer all
/// accounts' events to the few of this one.
fn missed_sql(partitions: u16) -> String {
    let above = |seq: &str| {
        let of_one = format!("(partition_id = ? AND {seq} > ?)");
        vec![of_one; usize::from(partitions)].join(" OR ")
    };
    let (requests, events) = (above("event_seq"), above("seq"));
    format!(
        "({OUTCOMES} FORCE INDEX (request_account) WHERE r.account_id = ? AND r.state <> 'parked' AND ({requests})
           ORDER BY r.partition_id, r.event_seq LIMIT ?)
         UNION ALL
         ({OTHERS} FORCE INDEX (event_account) WHERE e.account_id = ? AND ({events}) ORDER BY e.partition_id, e.seq LIMIT ?)
         ORDER BY partition_id, seq LIMIT ?"
    )
}
