//! The cache of what is taken, in Redis: a doctor's day under `avail:{pNN}:doctor:day` for 60 s. Workers
//! write it after a commit and ingress warms it from the database, both by this one script, which takes
//! only what is not older. A cache that is away or empty means that the worker is asked.

use chrono::NaiveDate;
use domain::doctor_day::CachedDay;
use domain::ids::DoctorId;
use domain::partition::PartitionId;
use redis::{RedisResult, Script};
use std::sync::LazyLock;
use std::time::Duration;

use crate::kv::Kv;

/// How long a day stays without being written again.
pub const TIME_TO_LIVE: Duration = Duration::from_mins(1);
/// Days that one call of the script writes; it blocks the server meanwhile.
const MOST_AT_ONCE: usize = 200;

/// Compares (epoch, revision), which begin the value in a width that makes text order number order; an equal one renews
/// the time to live.
static STORE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"local stored = 0
          for i = 1, #KEYS do
            if string.sub(ARGV[i + 1], 1, 41) >= redis.call('GETRANGE', KEYS[i], 0, 40) then
              redis.call('SET', KEYS[i], ARGV[i + 1], 'PX', ARGV[1])
              stored = stored + 1
            end
          end
          return stored",
    )
});

/// Writes days of doctors of one partition, each only if the cache holds nothing newer.
pub async fn store(
    kv: &Kv,
    partition: PartitionId,
    days: &[(DoctorId, NaiveDate, CachedDay)],
) -> RedisResult<()> {
    let mut connection = kv.connection().await?;
    for days in days.chunks(MOST_AT_ONCE) {
        let mut call = STORE.prepare_invoke();
        call.arg(u64::try_from(TIME_TO_LIVE.as_millis()).unwrap_or(u64::MAX));
        for (doctor, day, cached) in days {
            call.key(CachedDay::key(kv.prefix(), partition, *doctor, *day)).arg(cached.encode());
        }
        kv.heed(call.invoke_async::<u64>(&mut connection).await)?;
    }
    Ok(())
}
