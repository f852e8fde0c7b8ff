//! SQL of the partitions as every service sees them: how many there are, and what each has committed.

use sqlx::mysql::MySqlPool;

/// The last committed event of every partition, in their order; empty before the installation.
pub async fn heads(pool: &MySqlPool) -> Result<Vec<u64>, sqlx::Error> {
    let next: Vec<u64> = sqlx::query_scalar("SELECT next_seq FROM partition_state ORDER BY id")
        .fetch_all(pool)
        .await?;
    Ok(next.into_iter().map(|next| next.saturating_sub(1)).collect())
}

/// How many commands of every partition have ever been settled, in their order.
pub async fn settled(pool: &MySqlPool) -> Result<Vec<u64>, sqlx::Error> {
    sqlx::query_scalar("SELECT received FROM partition_state ORDER BY id").fetch_all(pool).await
}
