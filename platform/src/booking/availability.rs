//! The cache of what is taken, in Redis: a doctor's day under `avail:{pNN}:doctor:day` for 60 s. Workers
//! write it after a commit and ingress warms it from the database, both by this one script, which takes
//! only what is not older. A cache that is away or empty means that the worker is asked.

use chrono::NaiveDate;
use domain::booking::{Taken, TakenTime};
use domain::ids::DoctorId;
use domain::partition::PartitionId;
use domain::time;
use redis::{RedisResult, Script};
use std::fmt::Write;
use std::sync::LazyLock;
use std::time::Duration;

use crate::kv::Kv;

/// How long a day stays without being written again.
pub const TIME_TO_LIVE: Duration = Duration::from_mins(1);
/// Days that one call of the script writes; it blocks the server meanwhile.
const MAX_AT_ONCE: usize = 200;

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
    for days in days.chunks(MAX_AT_ONCE) {
        let mut call = STORE.prepare_invoke();
        call.arg(u64::try_from(TIME_TO_LIVE.as_millis()).unwrap_or(u64::MAX));
        for (doctor, day, cached) in days {
            call.key(CachedDay::key(kv.prefix(), partition, *doctor, *day)).arg(cached.encode());
        }
        kv.note_failure(call.invoke_async::<u64>(&mut connection).await)?;
    }
    Ok(())
}

/// A day of taken time with its version, as it lies in the cache. A newer (epoch, revision) wins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CachedDay {
    pub epoch: u64,
    pub revision: u64,
    pub taken: TakenTime,
}

impl CachedDay {
    /// The Redis key. The braces keep a partition's keys on one node of a cluster.
    pub fn key(prefix: &str, partition: PartitionId, doctor: DoctorId, day: NaiveDate) -> String {
        format!("{prefix}avail:{{{partition}}}:{doctor}:{day}")
    }

    /// `epoch revision`, twenty digits each, and one line `start end seat request` for each time taken, with
    /// the end of the hold behind it where it is one.
    pub fn encode(&self) -> String {
        let mut text = String::with_capacity(41 + self.taken.all().len() * 70);
        let _ = write!(text, "{:020} {:020}", self.epoch, self.revision);
        for taken in self.taken.all() {
            let (starts, ends) =
                (taken.starts_at.timestamp_millis(), taken.ends_at.timestamp_millis());
            let _ = write!(text, "\n{starts} {ends} {} {}", taken.seat, taken.request_id);
            if let Some(until) = taken.held_until {
                let _ = write!(text, " {}", until.timestamp_millis());
            }
        }
        text
    }

    /// `None` for anything that [`CachedDay::encode`] did not write: then the worker is asked.
    pub fn decode(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (epoch, revision) = lines.next()?.split_once(' ')?;
        let taken = lines.map(|line| {
            let mut words = line.split(' ');
            Some(Taken {
                starts_at: time::from_millis(words.next()?.parse().ok()?),
                ends_at: time::from_millis(words.next()?.parse().ok()?),
                seat: words.next()?.parse().ok()?,
                request_id: words.next()?.parse().ok()?,
                held_until: match words.next() {
                    Some(until) => Some(time::from_millis(until.parse().ok()?)),
                    None => None,
                },
            })
        });
        let taken = TakenTime::new(taken.collect::<Option<Vec<_>>>()?);
        Some(Self { epoch: epoch.parse().ok()?, revision: revision.parse().ok()?, taken })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::RequestId;

    fn taken(seat: u8, from: i64, until: i64) -> Taken {
        let (starts_at, ends_at) = (time::from_millis(from), time::from_millis(until));
        let request_id = RequestId::generate();
        Taken { seat, starts_at, ends_at, request_id, held_until: None }
    }

    #[test]
    fn the_cache_form_reads_back() {
        let day = CachedDay {
            epoch: 3,
            revision: 41,
            taken: TakenTime::new(vec![
                taken(0, 10, 20),
                Taken { held_until: Some(time::from_millis(7)), ..taken(1, 15, 25) },
            ]),
        };
        assert_eq!(CachedDay::decode(&day.encode()), Some(day));
        let no_end = &format!("1 1\n10 20 0 {} never", RequestId::generate());
        for bad in ["", "1", "x 1", "1 1\n10 20 0", "1 1\n10 20 0 nonsense", no_end] {
            assert_eq!(CachedDay::decode(bad), None, "{bad:?}");
        }
    }
}
