//! MariaDB's own counters, which grow from its start on.

use sqlx::{MySqlPool, Row};

/// So far, over all connections.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct DatabaseCounters {
    /// Flushes of files by `InnoDB`, the log's and the tables'.
    pub syncs: u64,
    /// Statements that clients have sent, prepared ones each time that they are executed.
    pub statements: u64,
}

/// Reads them: one statement itself.
pub async fn read(pool: &MySqlPool) -> Result<DatabaseCounters, sqlx::Error> {
    let rows = sqlx::query(
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_data_fsyncs', 'Questions')",
    )
    .fetch_all(pool)
    .await?;
    let mut counters = DatabaseCounters::default();
    for row in rows {
        let value: String = row.try_get(1)?;
        let value = value.parse().unwrap_or(0);
        match row.try_get::<String, _>(0)?.as_str() {
            "Questions" => counters.statements = value,
            _ => counters.syncs = value,
        }
    }
    Ok(counters)
}
