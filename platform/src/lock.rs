//! The Redis lock of a partition. It saves two workers from working at once; it is not what makes that
//! safe (the epoch in the database is). So it yields to a higher epoch, is renewed, and is
//! never waited for: with Redis away the worker goes on.

use domain::partition::PartitionId;
use redis::Script;
use std::sync::LazyLock;
use std::time::Duration;

use crate::kv::Kv;

/// How long a lock outlives its last renewal (CONTRACT, Ownership).
pub const TIME_TO_LIVE: Duration = Duration::from_secs(15);

static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"local held = tonumber(redis.call('GET', KEYS[1]) or '0')
          if held > tonumber(ARGV[1]) then return held end
          redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
          return 0",
    )
});

/// Who has the lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LockState {
    /// This epoch.
    Ours,
    /// A higher epoch: stop, a newer owner is at work.
    Newer(u64),
    /// Redis does not answer; the database's fence holds all the same.
    Unknown,
}

/// Takes or renews the lock of `partition` for the owner of `epoch`.
pub async fn take(kv: &Kv, partition: PartitionId, epoch: u64) -> LockState {
    let Ok(mut connection) = kv.connection().await else { return LockState::Unknown };
    let millis = u64::try_from(TIME_TO_LIVE.as_millis()).unwrap_or(u64::MAX);
    match kv.note_failure(
        TAKE.key(name(kv, partition))
            .arg(epoch)
            .arg(millis)
            .invoke_async::<u64>(&mut connection)
            .await,
    ) {
        Ok(0) => LockState::Ours,
        Ok(newer) => LockState::Newer(newer),
        Err(_) => LockState::Unknown,
    }
}

/// Sets the lock to `epoch` whatever it holds, for the owner whom the database confirms: Redis may hold an
/// epoch of another life of the database, or what a hand put there.
pub async fn seize(kv: &Kv, partition: PartitionId, epoch: u64) {
    let Ok(mut connection) = kv.connection().await else { return };
    let millis = u64::try_from(TIME_TO_LIVE.as_millis()).unwrap_or(u64::MAX);
    let mut command = redis::cmd("SET");
    command.arg(name(kv, partition)).arg(epoch).arg("PX").arg(millis);
    let _: redis::RedisResult<()> = command.query_async(&mut connection).await;
}

fn name(kv: &Kv, partition: PartitionId) -> String {
    kv.key(format_args!("lock:{{{partition}}}"))
}
