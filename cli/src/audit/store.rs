//! SQL of the audit: one REPEATABLE READ snapshot, counts of offenders. Each question stands on rows
//! alone, not on what the deciding code believes.

use domain::partition::PartitionId;
use domain::time::Timestamp;
use sqlx::mysql::{MySql, MySqlPool, MySqlRow};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;

/// A count that must be 0.
#[derive(Clone, Debug)]
pub struct Question {
    pub name: &'static str,
    /// What it finds.
    pub finds: &'static str,
    pub sql: String,
}

impl Question {
    pub fn new(name: &'static str, finds: &'static str, sql: impl Into<String>) -> Self {
        Self { name, finds, sql: sql.into() }
    }
}

/// Invariants 1, 5 and 9, row against row: of requests and of events, whatever they are about. That a decided request has
/// its outcome event needs no question: it is the same row. That each number is used once and none is missing does.
pub fn questions() -> Vec<Question> {
    vec![
        Question::new(
            "number_used_once",
            "numbers that a decided request and an event share",
            "SELECT COUNT(*) FROM event e
               JOIN request r ON r.partition_id = e.partition_id AND r.event_seq = e.seq AND r.state <> 'parked'",
        ),
        // What was decided since `@kept_since` (set as the snapshot begins) may still be asked for.
        Question::new(
            "kept_long_enough",
            "decided requests that count as too old to be told again before their time",
            "SELECT COUNT(*) FROM request r JOIN partition_state p ON p.id = r.partition_id
              WHERE r.event_seq < p.kept_from AND r.decided_at >= CAST(@kept_since AS DATETIME(3))",
        ),
        Question::new(
            "parked_was_told",
            "parked requests whose sender was not told",
            "SELECT COUNT(*) FROM request r JOIN partition_state p ON p.id = r.partition_id
               LEFT JOIN event e ON e.partition_id = r.partition_id AND e.seq = r.event_seq AND e.request_id = r.id AND e.kind = 'parked'
              WHERE r.state = 'parked' AND r.event_seq >= p.kept_from AND e.seq IS NULL",
        ),
        Question::new(
            "event_is_committed",
            "events of requests that are not there",
            "SELECT COUNT(*) FROM event e LEFT JOIN request r ON r.id = e.request_id
              WHERE e.request_id IS NOT NULL AND r.id IS NULL",
        ),
        Question::new(
            "parked_has_letter",
            "parked requests that no operator can find",
            "SELECT COUNT(*) FROM request r LEFT JOIN dead_letter d ON d.request_id = r.id WHERE r.state = 'parked' AND d.id IS NULL",
        ),
        Question::new(
            "timer_is_open",
            "timers that wait though what they became is decided or parked",
            "SELECT COUNT(*) FROM timer t JOIN request r ON r.id = t.request_id",
        ),
        Question::new(
            "event_has_one_audience",
            "events that are for an account and for a line, or for none, or of a kind that the other has",
            "SELECT COUNT(*) FROM event WHERE (account_id IS NULL) = (line_doctor IS NULL) OR (line_doctor IS NULL) = (kind = 'line')",
        ),
        Question::new(
            "told_to_its_owner",
            "events that show a request to another account than its owner's",
            "SELECT COUNT(*) FROM event e JOIN request r ON r.id = e.request_id
             WHERE e.kind = 'parked' AND e.account_id <> r.account_id",
        ),
    ]
}

/// Requests by their state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct States {
    pub confirmed: u64,
    pub rejected: u64,
    pub expired: u64,
    pub parked: u64,
}

/// A partition's books and what its rows say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Partition {
    pub id: PartitionId,
    /// Sum over its publishers, those included that were let go.
    pub acked: u64,
    /// Sum of what publishers called confirmed beyond the last number that arrived.
    pub acked_beyond_last: u64,
    pub received: u64,
    /// As the owner counted; it keeps no count of parked ones.
    pub counters: States,
    /// As the requests' rows count.
    pub counted: States,
    pub duplicate: u64,
    pub undecodable: u64,
    /// Held back at present, as the rows say.
    pub held: u64,
    /// The owner's sum.
    pub lost: u64,
    /// As the gaps' rows say, or as gaps below `acked` count: the larger.
    pub lost_in_gaps: u64,
    pub next_seq: u64,
    /// From this number on every event is kept.
    pub kept_from: u64,
    /// First and last number of those.
    pub event_span: Option<(u64, u64)>,
    pub events: u64,
}

/// One consistent picture.
pub struct Snapshot(PoolConnection<MySql>);

impl Snapshot {
    /// Events from `kept_since` on must be there.
    pub async fn begin(pool: &MySqlPool, kept_since: Timestamp) -> Result<Self, sqlx::Error> {
        let mut connection = pool.acquire().await?;
        sqlx::query("SET @kept_since = ?")
            .bind(kept_since.naive_utc())
            .execute(&mut *connection)
            .await?;
        sqlx::raw_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            .execute(&mut *connection)
            .await?;
        sqlx::raw_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            .execute(&mut *connection)
            .await?;
        Ok(Self(connection))
    }

    pub async fn end(mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("ROLLBACK").execute(&mut *self.0).await?;
        Ok(())
    }

    pub async fn count(&mut self, question: &Question) -> Result<u64, sqlx::Error> {
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(question.sql.as_str()))
            .fetch_one(&mut *self.0)
            .await?;
        Ok(count.unsigned_abs())
    }

    pub async fn partitions(&mut self) -> Result<Vec<Partition>, sqlx::Error> {
        let counted = self.counted().await?;
        let sums = self.publishers().await?;
        let gaps = self.gaps().await?;
        let events = self.events().await?;
        let held = self.held().await?;
        let sql = "SELECT id, next_seq, received, confirmed, rejected, expired, duplicate, undecodable, lost, acked_gone, kept_from FROM partition_state ORDER BY id";
        let rows = sqlx::query(sql).fetch_all(&mut *self.0).await?;
        let partition = |row: &MySqlRow| {
            let id: u16 = row.try_get("id")?;
            let (acked, acked_beyond_last) = sums.get(&id).copied().unwrap_or_default();
            let acked = acked + row.try_get::<u64, _>("acked_gone")?;
            let (event_span, count) = events
                .get(&id)
                .map_or((None, 0), |(first, last, count)| (Some((*first, *last)), *count));
            let counters = States {
                confirmed: row.try_get("confirmed")?,
                rejected: row.try_get("rejected")?,
                expired: row.try_get("expired")?,
                parked: 0,
            };
            Ok(Partition {
                id: PartitionId::new(id),
                acked,
                acked_beyond_last,
                received: row.try_get("received")?,
                counters,
                counted: counted.get(&id).copied().unwrap_or_default(),
                duplicate: row.try_get("duplicate")?,
                undecodable: row.try_get("undecodable")?,
                held: held.get(&id).copied().unwrap_or_default(),
                lost: row.try_get("lost")?,
                lost_in_gaps: gaps.get(&id).copied().unwrap_or_default(),
                next_seq: row.try_get("next_seq")?,
                kept_from: row.try_get("kept_from")?,
                event_span,
                events: count,
            })
        };
        rows.iter().map(partition).collect()
    }

    async fn counted(&mut self) -> Result<HashMap<u16, States>, sqlx::Error> {
        let sql = "SELECT partition_id, CAST(state AS CHAR) AS state, COUNT(*) AS requests FROM request GROUP BY partition_id, state";
        let mut all: HashMap<u16, States> = HashMap::new();
        for row in sqlx::query(sql).fetch_all(&mut *self.0).await? {
            let states = all.entry(row.try_get("partition_id")?).or_default();
            let count = row.try_get::<i64, _>("requests")?.unsigned_abs();
            match row.try_get::<String, _>("state")?.as_str() {
                "confirmed" => states.confirmed = count,
                "rejected" => states.rejected = count,
                "expired" => states.expired = count,
                _ => states.parked = count,
            }
        }
        Ok(all)
    }

    async fn publishers(&mut self) -> Result<HashMap<u16, (u64, u64)>, sqlx::Error> {
        let beyond = "CAST(acked AS SIGNED) - CAST(last_seq AS SIGNED)";
        let sql = format!(
            "SELECT partition_id, CAST(SUM(acked) AS UNSIGNED) AS acked, CAST(SUM(GREATEST({beyond}, 0)) AS UNSIGNED) AS beyond
             FROM publisher GROUP BY partition_id"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *self.0).await?;
        rows.iter()
            .map(|row| {
                Ok((row.try_get("partition_id")?, (row.try_get("acked")?, row.try_get("beyond")?)))
            })
            .collect()
    }

    async fn held(&mut self) -> Result<HashMap<u16, u64>, sqlx::Error> {
        let sql = "SELECT partition_id, CAST(COUNT(*) AS UNSIGNED) AS held FROM held_back GROUP BY partition_id";
        let rows = sqlx::query(sql).fetch_all(&mut *self.0).await?;
        rows.iter().map(|row| Ok((row.try_get("partition_id")?, row.try_get("held")?))).collect()
    }

    async fn gaps(&mut self) -> Result<HashMap<u16, u64>, sqlx::Error> {
        let sql =
            "SELECT g.partition_id, CAST(SUM(GREATEST(g.lost, IF(g.first_seq <= p.acked, LEAST(g.last_seq, p.acked) + 1 - g.first_seq, 0)))
                   AS UNSIGNED) AS lost FROM publisher_gap g
                   JOIN publisher p ON p.partition_id = g.partition_id AND p.publisher = g.publisher GROUP BY g.partition_id";
        let rows = sqlx::query(sql).fetch_all(&mut *self.0).await?;
        rows.iter().map(|row| Ok((row.try_get("partition_id")?, row.try_get("lost")?))).collect()
    }

    async fn events(&mut self) -> Result<HashMap<u16, (u64, u64, u64)>, sqlx::Error> {
        let sql = "SELECT e.partition_id, MIN(e.seq) AS first_seq, MAX(e.seq) AS last_seq, CAST(COUNT(*) AS UNSIGNED) AS events
                   FROM (SELECT partition_id, event_seq AS seq FROM request WHERE state <> 'parked'
                         UNION ALL SELECT partition_id, seq FROM event) AS e
                   JOIN partition_state p ON p.id = e.partition_id AND e.seq >= p.kept_from GROUP BY e.partition_id";
        let rows = sqlx::query(sql).fetch_all(&mut *self.0).await?;
        rows.iter()
            .map(|row| {
                Ok((
                    row.try_get("partition_id")?,
                    (row.try_get("first_seq")?, row.try_get("last_seq")?, row.try_get("events")?),
                ))
            })
            .collect()
    }
}
