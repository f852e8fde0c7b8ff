//! The one freeze that only the epoch survives: a worker stops with a batch in hand, is given up by database and
//! broker, its partitions are taken over and go on, the Redis that holds its locks is lost, and it wakes
//! believing that it still owns them.

use platform::Failure;
use sqlx::Row;
use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::fleet::Kind;
use crate::plan::given_up_after;
use crate::scene::Scene;
use crate::servers::Server;
use crate::wait::{LIMIT, until};
use crate::{signal, watch};

const MAX_TRIES: usize = 200;
/// A transaction that is there at both ends of this belongs to the frozen one.
const STUCK: Duration = Duration::from_millis(400);
/// MariaDB makes `innodb_trx` anew only when nobody has looked for 100 ms.
const LOOK_AGAIN: Duration = Duration::from_millis(150);
/// A frozen worker's heartbeat is missed within this.
const SILENCE: Duration = Duration::from_secs(6);
/// What a woken worker needs to try its batch.
const WAKING: Duration = Duration::from_secs(20);

pub async fn freeze(scene: &mut Scene) -> Result<(), Failure> {
    let (pid, frozen, since) = with_a_batch_in_hand(scene).await?;
    let before = heads(scene).await?;
    let mine: Vec<u16> =
        before.iter().filter(|(_, (owner, _))| *owner == frozen).map(|(id, _)| *id).collect();
    until("the frozen worker's partitions to be taken over and to go on", LIMIT, async || {
        let now = heads(scene).await.ok()?;
        let goes_on = |id: &u16| {
            now.get(id).is_some_and(|(owner, next)| *owner != frozen && *next > before[id].1)
        };
        mine.iter().all(goes_on).then_some(())
    })
    .await?;
    let stale = stale_refused(scene).await?;
    scene.in_flight().await?;
    Server::Redis.kill(&scene.settings).await?;
    scene.counts.kills += 1;
    // Its lock has run out too, had there been a Redis to hold it.
    let patience = given_up_after(Kind::Worker);
    tokio::time::sleep((patience + STUCK).saturating_sub(since.elapsed())).await;
    scene.counts.froze(since.elapsed(), patience);
    signal::send("CONT", pid).await?;
    let refused = until("the woken worker's batch to be refused", WAKING, async || {
        stale_refused(scene).await.ok().filter(|now| *now > stale)
    })
    .await;
    Server::Redis.start(&scene.settings).await?;
    // The judge goes on, and shows what harm was done.
    scene.violations.extend(refused.err().map(|error| error.to_string()));
    Ok(())
}

async fn stale_refused(scene: &Scene) -> Result<u64, Failure> {
    scene.partitions("SELECT CAST(SUM(stale_refused) AS UNSIGNED) FROM partition_state").await
}

/// Stops a worker in the midst of a transaction: its pid, its id in the database, and since when. One that had none at hand
/// is let go at once.
async fn with_a_batch_in_hand(scene: &mut Scene) -> Result<(u32, Uuid, Instant), Failure> {
    let health = scene.fleet.worker_health();
    for _ in 0..MAX_TRIES {
        let number = scene.chance.below(health.len());
        let owned = watch::figure(&health[number], "docde_owned_partitions").await.unwrap_or(0);
        let pid = scene.fleet.replica(Kind::Worker, number)?.pid()?;
        if owned == 0 {
            continue;
        }
        scene.in_flight().await?;
        stop_at_the_fence(scene, pid).await?;
        let since = Instant::now();
        let locked = stuck_owners(scene).await?;
        if !locked.is_empty()
            && let Some(silent) = silent_owner(scene).await.filter(|silent| locked.contains(silent))
        {
            return Ok((pid, silent, since));
        }
        signal::send("CONT", pid).await?;
    }
    Err("no worker was ever stopped within a transaction".into())
}

/// Holds the fences, so that the next batches wait at theirs, stops the worker, and lets go: a batch of its goes on in the
/// database as far as it can without the worker.
async fn stop_at_the_fence(scene: &Scene, pid: u32) -> Result<(), Failure> {
    let mut held = scene.stage.pool.begin().await?;
    sqlx::query("SELECT id FROM partition_state FOR UPDATE").fetch_all(&mut *held).await?;
    let waiting =
        "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
    until("a batch at its fence", LIMIT, async || {
        tokio::time::sleep(LOOK_AGAIN).await;
        let count: i64 = sqlx::query_scalar(waiting).fetch_one(&scene.stage.pool).await.ok()?;
        (count > 0).then_some(())
    })
    .await?;
    signal::send("STOP", pid).await?;
    held.rollback().await?;
    Ok(())
}

/// The owners of partitions whose rows are locked by transactions that do not move: the frozen one, and any that
/// waits for a lock of its.
async fn stuck_owners(scene: &Scene) -> Result<HashSet<Uuid>, Failure> {
    let before = transactions(scene).await?;
    if before.is_empty() {
        return Ok(HashSet::new());
    }
    tokio::time::sleep(STUCK).await;
    if transactions(scene).await?.is_disjoint(&before) {
        return Ok(HashSet::new());
    }
    let rows =
        sqlx::query("SELECT id, owner FROM partition_state").fetch_all(&scene.stage.pool).await?;
    let mut owners = HashSet::new();
    for row in rows {
        let lock = sqlx::query("SELECT id FROM partition_state WHERE id = ? FOR UPDATE NOWAIT")
            .bind(row.try_get::<u16, _>("id")?);
        if lock.fetch_one(&scene.stage.pool).await.is_err() {
            owners.insert(row.try_get("owner")?);
        }
    }
    Ok(owners)
}

/// The owner that has missed two heartbeats: the frozen one. It is not given up yet.
async fn silent_owner(scene: &Scene) -> Option<Uuid> {
    let sql = "SELECT DISTINCT p.owner FROM partition_state p JOIN worker w ON w.id = p.owner
               WHERE w.heartbeat_at < CURRENT_TIMESTAMP(3) - INTERVAL 2500000 MICROSECOND";
    until("a missed heartbeat", SILENCE, async || {
        sqlx::query_scalar(sql).fetch_one(&scene.stage.pool).await.ok()
    })
    .await
    .ok()
}

async fn transactions(scene: &Scene) -> Result<HashSet<u64>, Failure> {
    let sql = "SELECT CAST(trx_id AS UNSIGNED) FROM information_schema.innodb_trx WHERE trx_rows_modified > 0 OR trx_rows_locked > 0";
    let ids: Vec<u64> = sqlx::query_scalar(sql).fetch_all(&scene.stage.pool).await?;
    Ok(ids.into_iter().collect())
}

/// Owner and next event of each partition.
async fn heads(scene: &Scene) -> Result<BTreeMap<u16, (Uuid, u64)>, Failure> {
    let rows = sqlx::query("SELECT id, owner, next_seq FROM partition_state")
        .fetch_all(&scene.stage.pool)
        .await?;
    let head = |row: &sqlx::mysql::MySqlRow| {
        Ok((row.try_get("id")?, (row.try_get("owner")?, row.try_get("next_seq")?)))
    };
    rows.iter().map(head).collect::<Result<_, sqlx::Error>>().map_err(Failure::from)
}
