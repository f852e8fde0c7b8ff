//! SQL that counts: what became of the requests that were accepted, and whether any time was given twice. Read
//! after a load, from the tables of the truth, never from what the services say of themselves.

use sqlx::{MySql, MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

/// Ids a statement.
const CHUNK: usize = 1_000;

/// How many of a set of requests are in each state.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct StateCounts {
    pub confirmed: u64,
    pub rejected: u64,
    pub expired: u64,
    pub parked: u64,
}

impl StateCounts {
    /// Those that have their outcome.
    pub fn decided(&self) -> u64 {
        self.confirmed + self.rejected + self.expired
    }
}

/// Counts the requests by state.
pub async fn count_states(pool: &MySqlPool, ids: &[Uuid]) -> Result<StateCounts, sqlx::Error> {
    let mut states = StateCounts::default();
    for chunk in ids.chunks(CHUNK) {
        let mut query = among(
            "SELECT CAST(state AS CHAR) AS state, COUNT(*) AS n FROM request WHERE id IN (",
            chunk,
        );
        query.push(" GROUP BY state");
        for row in query.build().fetch_all(pool).await? {
            let count = u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or(0);
            match row.try_get::<String, _>("state")?.as_str() {
                "confirmed" => states.confirmed += count,
                "rejected" => states.rejected += count,
                "expired" => states.expired += count,
                _ => states.parked += count,
            }
        }
    }
    Ok(states)
}

/// The ids that have no final row, at most `limit` of them: to be shown when something was lost.
pub async fn undecided(
    pool: &MySqlPool,
    ids: &[Uuid],
    limit: usize,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let mut missing = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let query = among("SELECT id FROM request WHERE state <> 'parked' AND id IN (", chunk);
        let decided = { query }.build().fetch_all(pool).await?;
        let decided = decided
            .iter()
            .map(|row| row.try_get::<Uuid, _>("id"))
            .collect::<Result<std::collections::HashSet<_>, _>>()?;
        missing.extend(chunk.iter().filter(|id| !decided.contains(id)));
        if missing.len() >= limit {
            break;
        }
    }
    missing.truncate(limit);
    Ok(missing)
}

/// Times of a doctor's seat that overlap among the open bookings. Counted from `booking`, not from the
/// table whose constraint forbids it. Any overlap shows between neighbours in the order of their starts.
pub async fn double_bookings(pool: &MySqlPool) -> Result<u64, sqlx::Error> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM (
             SELECT starts_at, LAG(ends_at) OVER (PARTITION BY doctor_id, seat ORDER BY starts_at, ends_at) AS before_ends
             FROM booking WHERE status IN ('pending', 'booked', 'arrived', 'checked_in', 'fulfilled')) AS neighbours
         WHERE starts_at < before_ends",
    )
    .fetch_one(pool)
    .await?;
    Ok(u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or(0))
}

fn among(head: &'static str, ids: &[Uuid]) -> QueryBuilder<MySql> {
    let mut query = QueryBuilder::new(head);
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(*id);
    }
    query.push(")");
    query
}
