//! SQL of the front page.

use sqlx::MySqlPool;

/// Workers with a heartbeat within 5 s by the database's clock (CONTRACT, Ownership).
pub(super) async fn live_workers(database: &MySqlPool) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM worker WHERE heartbeat_at > CURRENT_TIMESTAMP(3) - INTERVAL 5 SECOND",
    )
    .fetch_one(database)
    .await
}
