//! How many requests a second an account or an address may make. A bucket is one number, the time at
//! which it is full again (GCRA), so nothing has to be filled in the background; the number of
//! buckets is bounded, and one that is forgotten was at rest.

use quick_cache::sync::Cache;
use std::convert::Infallible;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const BUCKETS: usize = 200_000;
const NANOS: u64 = 1_000_000_000;

/// Buckets by key.
pub(crate) struct Limiter<K> {
    /// `None`: no limit.
    buckets: Option<Cache<K, Arc<AtomicU64>>>,
    /// Nanoseconds that a request costs.
    cost: u64,
    /// Nanoseconds that a bucket holds.
    depth: u64,
    began: Instant,
}

impl<K: Copy + Eq + Hash> Limiter<K> {
    /// `rate` requests a second after `burst` at once; a rate of 0 is no limit.
    pub fn new(rate: u32, burst: u32) -> Self {
        let cost = NANOS / u64::from(rate.max(1));
        let buckets = (rate > 0).then(|| Cache::new(BUCKETS));
        Self { buckets, cost, depth: cost * u64::from(burst.max(1)), began: Instant::now() }
    }

    /// One each `every` after `burst` at once.
    pub fn slow(every: std::time::Duration, burst: u32) -> Self {
        let cost = u64::try_from(every.as_nanos()).unwrap_or(u64::MAX / 1_000).max(1);
        let depth = cost.saturating_mul(u64::from(burst.max(1)));
        Self { buckets: Some(Cache::new(BUCKETS)), cost, depth, began: Instant::now() }
    }

    /// Takes one; else the seconds after which the next will be there.
    pub fn take(&self, key: K) -> Result<(), u64> {
        let now = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.take_at(key, now)
    }

    fn take_at(&self, key: K, now: u64) -> Result<(), u64> {
        let Some(buckets) = &self.buckets else { return Ok(()) };
        let Ok(bucket) = buckets.get_or_insert_with(&key, || Ok::<_, Infallible>(Arc::default()));
        let taken = bucket.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
            let full_at = full_at.max(now) + self.cost;
            (full_at - now <= self.depth).then_some(full_at)
        });
        taken.map(drop).map_err(|full_at| {
            (full_at + self.cost).saturating_sub(now + self.depth).div_ceil(NANOS).max(1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_burst_then_the_rate() {
        let limiter = Limiter::new(10, 3);
        for _ in 0..3 {
            assert_eq!(limiter.take_at(1, 0), Ok(()));
        }
        assert_eq!(limiter.take_at(1, 0), Err(1));
        assert_eq!(limiter.take_at(2, 0), Ok(()), "another's bucket");
        assert_eq!(limiter.take_at(1, NANOS / 10), Ok(()));
        assert_eq!(limiter.take_at(1, NANOS / 10), Err(1));
        assert_eq!(limiter.take_at(1, NANOS * 100), Ok(()));
    }

    #[test]
    fn a_slow_one_gives_one_in_so_long() {
        let limiter = Limiter::slow(std::time::Duration::from_secs(30), 2);
        assert_eq!([0, 0].map(|now| limiter.take_at(1, now)), [Ok(()), Ok(())]);
        assert_eq!(limiter.take_at(1, 0), Err(30));
        assert_eq!(limiter.take_at(1, 29 * NANOS), Err(1));
        assert_eq!(limiter.take_at(1, 30 * NANOS), Ok(()));
    }

    #[test]
    fn zero_is_no_limit() {
        let limiter = Limiter::new(0, 1);
        assert!((0..1000).all(|_| limiter.take_at(1, 0).is_ok()));
    }
}
