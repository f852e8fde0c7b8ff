//! SQL of the audit: one REPEATABLE READ snapshot, counts of offenders. Each question stands on rows
//! alone, not on what the deciding code believes.

use domain::partition::PartitionId;
use domain::time::Timestamp;
use sqlx::mysql::{MySql, MySqlPool, MySqlRow};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;

/// A count that must be 0.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    pub name: &'static str,
    /// What it finds.
    pub finds: &'static str,
    sql: &'static str,
}

/// Invariants 1 and 2, row against row.
pub const QUESTIONS: &[Question] = &[
    Question {
        name: "confirmed_has_booking",
        finds: "confirmed requests without their booking",
        sql: "SELECT COUNT(*) FROM request r LEFT JOIN booking b ON b.id = r.booking_id
              WHERE r.state = 'confirmed' AND r.kind IN ('book', 'cancel', 'reschedule') AND b.id IS NULL",
    },
    Question {
        name: "booking_has_request",
        finds: "bookings that no confirmed request made",
        sql: "SELECT COUNT(*) FROM booking b
              LEFT JOIN request r ON r.id = b.request_id AND r.state = 'confirmed' AND r.booking_id = b.id
              WHERE r.id IS NULL",
    },
    Question {
        name: "one_booking_a_request",
        finds: "requests that made more than one booking",
        sql: "SELECT COUNT(*) FROM (SELECT request_id FROM booking GROUP BY request_id HAVING COUNT(*) > 1) AS twice",
    },
    Question {
        name: "booking_has_doctor_time",
        finds: "open bookings without their row of doctor's time",
        sql: "SELECT COUNT(*) FROM booking b
              LEFT JOIN booked_time t ON t.booking_id = b.id AND t.doctor_id = b.doctor_id AND t.seat = b.seat
                                     AND t.starts_at = b.starts_at AND t.ends_at = b.ends_at
              WHERE b.status IN ('pending', 'booked') AND t.booking_id IS NULL",
    },
    Question {
        name: "doctor_time_has_booking",
        finds: "rows of doctor's time without an open booking",
        sql: "SELECT COUNT(*) FROM booked_time t LEFT JOIN booking b ON b.id = t.booking_id AND b.status IN ('pending', 'booked')
              WHERE b.id IS NULL",
    },
    Question {
        name: "booking_has_patient_time",
        finds: "open bookings without their row of patient's time",
        sql: "SELECT COUNT(*) FROM booking b
              LEFT JOIN patient_time t ON t.booking_id = b.id AND t.patient_id = b.patient_id
                                      AND t.starts_at = b.starts_at AND t.ends_at = b.ends_at
              WHERE b.status IN ('pending', 'booked') AND t.booking_id IS NULL",
    },
    Question {
        name: "patient_time_has_booking",
        finds: "rows of patient's time without an open booking",
        sql: "SELECT COUNT(*) FROM patient_time t LEFT JOIN booking b ON b.id = t.booking_id AND b.status IN ('pending', 'booked')
              WHERE b.id IS NULL",
    },
    // Where any two overlap, two neighbours in the order of their starts do.
    Question {
        name: "doctor_overlaps",
        finds: "open bookings that overlap on one seat of a doctor",
        sql:
            "SELECT COUNT(*) FROM (SELECT starts_at, LAG(ends_at) OVER (PARTITION BY doctor_id, seat ORDER BY starts_at, id) AS before_ends
              FROM booking WHERE status IN ('pending', 'booked')) AS neighbours WHERE before_ends > starts_at",
    },
    Question {
        name: "doctor_time_overlaps",
        finds: "rows of doctor's time that overlap",
        sql: "SELECT COUNT(*) FROM (SELECT starts_at, LAG(ends_at) OVER (PARTITION BY doctor_id, seat ORDER BY starts_at, booking_id)
              AS before_ends FROM booked_time) AS neighbours WHERE before_ends > starts_at",
    },
    Question {
        name: "patient_overlaps",
        finds: "open bookings of a patient that overlap",
        sql: "SELECT COUNT(*) FROM (SELECT starts_at, LAG(ends_at) OVER (PARTITION BY patient_id ORDER BY starts_at, id) AS before_ends
              FROM booking WHERE status IN ('pending', 'booked')) AS neighbours WHERE before_ends > starts_at",
    },
    // Events are kept some days (`@kept_since`, set as the snapshot begins). What was decided before that is asked for only
    // from the oldest event on, since old ones go in pieces; what was decided later has its event, whatever is left.
    Question {
        name: "decided_has_outcome",
        finds: "decided requests without their outcome event",
        sql: "SELECT COUNT(*) FROM request r
              LEFT JOIN (SELECT partition_id, MIN(seq) AS first_seq FROM event GROUP BY partition_id) kept
                ON kept.partition_id = r.partition_id
              LEFT JOIN event e ON e.partition_id = r.partition_id AND e.seq = r.event_seq AND e.request_id = r.id AND e.kind = 'outcome'
              WHERE r.state <> 'parked' AND e.seq IS NULL
                AND (r.event_seq >= kept.first_seq OR r.decided_at >= CAST(@kept_since AS DATETIME(3)))",
    },
    Question {
        name: "one_outcome_a_request",
        finds: "outcome events beyond the first of a request",
        sql: "SELECT COUNT(*) - COUNT(DISTINCT request_id) FROM event WHERE kind = 'outcome'",
    },
    Question {
        name: "outcome_is_committed",
        finds: "outcome events of requests that are not decided",
        sql: "SELECT COUNT(*) FROM event e LEFT JOIN request r ON r.id = e.request_id AND r.state <> 'parked'
              WHERE e.kind = 'outcome' AND r.id IS NULL",
    },
    Question {
        name: "parked_has_letter",
        finds: "parked requests that no operator can find",
        sql: "SELECT COUNT(*) FROM request r LEFT JOIN dead_letter d ON d.request_id = r.id WHERE r.state = 'parked' AND d.id IS NULL",
    },
];

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
    /// Sum over its publishers.
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
    /// The owner's sum.
    pub lost: u64,
    /// As the gaps' rows say, or as gaps below `acked` count: the larger.
    pub lost_in_gaps: u64,
    pub next_seq: u64,
    /// First and last event kept.
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
        let count: i64 = sqlx::query_scalar(question.sql).fetch_one(&mut *self.0).await?;
        Ok(count.unsigned_abs())
    }

    pub async fn partitions(&mut self) -> Result<Vec<Partition>, sqlx::Error> {
        let counted = self.counted().await?;
        let sums = self.publishers().await?;
        let gaps = self.gaps().await?;
        let events = self.events().await?;
        let sql = "SELECT id, next_seq, received, confirmed, rejected, expired, duplicate, undecodable, lost FROM partition_state ORDER BY id";
        let rows = sqlx::query(sql).fetch_all(&mut *self.0).await?;
        let partition = |row: &MySqlRow| {
            let id: u16 = row.try_get("id")?;
            let (acked, acked_beyond_last) = sums.get(&id).copied().unwrap_or_default();
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
                lost: row.try_get("lost")?,
                lost_in_gaps: gaps.get(&id).copied().unwrap_or_default(),
                next_seq: row.try_get("next_seq")?,
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

    async fn gaps(&mut self) -> Result<HashMap<u16, u64>, sqlx::Error> {
        let sql =
            "SELECT g.partition_id, CAST(SUM(GREATEST(g.lost, IF(g.first_seq <= p.acked, LEAST(g.last_seq, p.acked) + 1 - g.first_seq, 0)))
                   AS UNSIGNED) AS lost FROM publisher_gap g
                   JOIN publisher p ON p.partition_id = g.partition_id AND p.publisher = g.publisher GROUP BY g.partition_id";
        let rows = sqlx::query(sql).fetch_all(&mut *self.0).await?;
        rows.iter().map(|row| Ok((row.try_get("partition_id")?, row.try_get("lost")?))).collect()
    }

    async fn events(&mut self) -> Result<HashMap<u16, (u64, u64, u64)>, sqlx::Error> {
        let sql = "SELECT partition_id, MIN(seq) AS first_seq, MAX(seq) AS last_seq, CAST(COUNT(*) AS UNSIGNED) AS events FROM event
                   GROUP BY partition_id";
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
