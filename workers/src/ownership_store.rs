//! SQL of live workers and epochs. Liveness is judged by the database's clock, the one place where
//! it is asked: a worker is dead when it did not beat for 5 s, or when the database has seen its
//! connection go (its named lock is free), which tells a killed one within a second.

use domain::partition::PartitionId;
use domain::time::Timestamp;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, MySqlConnection, MySqlPool, Row};
use uuid::Uuid;

/// A connection of the worker's own, which holds its named lock for as long as it lives.
pub async fn connect(pool: &MySqlPool, worker: Uuid) -> Result<MySqlConnection, sqlx::Error> {
    let options: MySqlConnectOptions = pool.connect_options().as_ref().clone();
    let mut connection = options.connect().await?;
    let got: Option<i64> = sqlx::query_scalar("SELECT GET_LOCK(?, 0)")
        .bind(lock_name(worker))
        .fetch_one(&mut connection)
        .await?;
    if got != Some(1) {
        return Err(sqlx::Error::PoolTimedOut);
    }
    Ok(connection)
}

/// Counts among the live workers from now on.
pub async fn join(connection: &mut MySqlConnection, worker: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("REPLACE INTO worker (id, heartbeat_at, started_at) VALUES (?, CURRENT_TIMESTAMP(3), CURRENT_TIMESTAMP(3))")
        .bind(worker)
        .execute(connection)
        .await?;
    Ok(())
}

/// The database's clock, UTC.
pub async fn time(connection: &mut MySqlConnection) -> Result<Timestamp, sqlx::Error> {
    let time: chrono::NaiveDateTime =
        sqlx::query_scalar("SELECT UTC_TIMESTAMP(3)").fetch_one(connection).await?;
    Ok(time.and_utc())
}

fn lock_name(worker: Uuid) -> String {
    format!("docde-worker-{}", worker.simple())
}

/// Beats, and tells who lives.
pub async fn beat(
    connection: &mut MySqlConnection,
    worker: Uuid,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let beaten = sqlx::query("UPDATE worker SET heartbeat_at = CURRENT_TIMESTAMP(3) WHERE id = ?")
        .bind(worker)
        .execute(&mut *connection)
        .await?;
    if beaten.rows_affected() == 0 {
        // Others took it for dead for an hour, as after a machine's sleep: it joins again.
        return Err(sqlx::Error::RowNotFound);
    }
    let rows = sqlx::query(
        "SELECT id FROM worker WHERE heartbeat_at > CURRENT_TIMESTAMP(3) - INTERVAL 5 SECOND
         AND IS_USED_LOCK(CONCAT('docde-worker-', LOWER(HEX(id)))) IS NOT NULL",
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM worker WHERE heartbeat_at < CURRENT_TIMESTAMP(3) - INTERVAL 1 HOUR")
        .execute(connection)
        .await?;
    rows.iter().map(|row| row.try_get("id")).collect()
}

/// Says goodbye, so that the others need not wait.
pub async fn leave(connection: &mut MySqlConnection, worker: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM worker WHERE id = ?").bind(worker).execute(connection).await?;
    Ok(())
}

/// Takes the partition over: one more epoch, which makes every batch of the owner before roll back.
pub async fn take_over(
    pool: &MySqlPool,
    partition: PartitionId,
    worker: Uuid,
) -> Result<u64, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let epoch: u64 =
        sqlx::query_scalar("SELECT epoch FROM partition_state WHERE id = ? FOR UPDATE")
            .bind(partition.index())
            .fetch_one(&mut *transaction)
            .await?;
    sqlx::query("UPDATE partition_state SET epoch = ?, owner = ? WHERE id = ?")
        .bind(epoch + 1)
        .bind(worker)
        .bind(partition.index())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(epoch + 1)
}

/// The epoch of the present owner.
pub async fn epoch(pool: &MySqlPool, partition: PartitionId) -> Result<u64, sqlx::Error> {
    sqlx::query_scalar("SELECT epoch FROM partition_state WHERE id = ?")
        .bind(partition.index())
        .fetch_one(pool)
        .await
}

/// Notes that a batch of an old epoch was refused.
pub async fn note_stale(pool: &MySqlPool, partition: PartitionId) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE partition_state SET stale_refused = stale_refused + 1 WHERE id = ?")
        .bind(partition.index())
        .execute(pool)
        .await?;
    Ok(())
}

/// Lets go of events that no listener may ask for any more, a portion at a time; false when there may be more. Times rise
/// with the numbers, so all up to the last old one are old. Rows of requests stay; the partition says from which number
/// on every event is kept.
pub async fn forget_events(
    pool: &MySqlPool,
    partition: PartitionId,
    before: chrono::NaiveDateTime,
) -> Result<bool, sqlx::Error> {
    const PORTION: u64 = 10_000;
    let mut transaction = pool.begin().await?;
    let last: u64 = sqlx::query_scalar(
        "SELECT CAST(COALESCE(MAX(seq), 0) AS UNSIGNED) FROM (
           (SELECT r.event_seq AS seq, r.decided_at AS at FROM request r JOIN partition_state p ON p.id = r.partition_id
             WHERE r.partition_id = ? AND r.event_seq >= p.kept_from ORDER BY r.event_seq LIMIT ?)
           UNION ALL
           (SELECT e.seq, e.at FROM event e WHERE e.partition_id = ? ORDER BY e.seq LIMIT ?)) AS oldest
         WHERE at < ?",
    )
    .bind(partition.index())
    .bind(PORTION)
    .bind(partition.index())
    .bind(PORTION)
    .bind(before)
    .fetch_one(&mut *transaction)
    .await?;
    if last == 0 {
        return Ok(true);
    }
    sqlx::query("UPDATE partition_state SET kept_from = GREATEST(kept_from, ?) WHERE id = ?")
        .bind(last + 1)
        .bind(partition.index())
        .execute(&mut *transaction)
        .await?;
    sqlx::query("DELETE FROM event WHERE partition_id = ? AND seq <= ?")
        .bind(partition.index())
        .bind(last)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(false)
}
