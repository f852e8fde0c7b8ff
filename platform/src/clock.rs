//! The clock, passed to whoever decides or records. `DOCDE_CLOCK=start,rate` gives the same
//! binaries another one, for demonstrations and tests: it starts at `start` (RFC 3339) when the
//! variable's moment begins and runs `rate` times as fast.

use chrono::TimeDelta;
use domain::time::{self, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::config::{ConfigError, Env, invalid};

/// Tells the time. Clones share their shift.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Host milliseconds at which `start` was meant.
    origin: i64,
    start: i64,
    rate: f64,
    shift: Arc<AtomicI64>,
}

impl Clock {
    /// The host's.
    pub fn host() -> Self {
        let origin = host_millis();
        Self { origin, start: origin, rate: 1.0, shift: Arc::default() }
    }

    /// Another clock: `start` at this moment, running `rate` times as fast.
    pub fn starting(start: Timestamp, rate: f64) -> Self {
        Self { origin: host_millis(), start: start.timestamp_millis(), rate, shift: Arc::default() }
    }

    /// `DOCDE_CLOCK=start,rate[,origin]`; `origin` is the host's time in milliseconds at which
    /// `start` was meant, so that processes started at different moments agree.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let Some(text) = env.optional("DOCDE_CLOCK") else { return Ok(Self::host()) };
        let bad =
            || invalid("DOCDE_CLOCK", &"expected start,rate such as 2026-11-23T07:59:50+09:00,1");
        let mut words = text.split(',');
        let start = time::parse(words.next().unwrap_or_default()).map_err(|_| bad())?;
        if !time::is_sane(start) {
            return Err(bad());
        }
        let rate: f64 = words.next().unwrap_or("1").parse().map_err(|_| bad())?;
        let mut clock = Self::starting(start, rate);
        if let Some(origin) = words.next() {
            clock.origin = origin.parse().map_err(|_| bad())?;
        }
        if (0.0..=10_000.0).contains(&rate) { Ok(clock) } else { Err(bad()) }
    }

    /// Now, UTC, to the millisecond.
    pub fn now(&self) -> Timestamp {
        let passed = host_millis() - self.origin;
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "milliseconds of a session fit"
        )]
        let passed = (passed as f64 * self.rate) as i64;
        time::from_millis(self.start + passed + self.shift.load(Ordering::Relaxed))
    }

    /// Moves this clock and all its clones, for tests.
    pub fn advance(&self, span: TimeDelta) {
        self.shift.fetch_add(span.num_milliseconds(), Ordering::Relaxed);
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the host")]
fn host_millis() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_clock_starts_where_told_and_can_be_moved() {
        let pairs = [("DOCDE_CLOCK".to_owned(), "2030-01-01T08:00:00+09:00,0".to_owned())];
        let clock = Clock::from_env(&Env::from_pairs(pairs)).unwrap();
        assert_eq!(clock.now(), time::parse("2029-12-31T23:00:00Z").unwrap());
        clock.clone().advance(TimeDelta::minutes(11));
        assert_eq!(clock.now(), time::parse("2029-12-31T23:11:00Z").unwrap());
        let bad = [("DOCDE_CLOCK".to_owned(), "yesterday,1".to_owned())];
        assert!(Clock::from_env(&Env::from_pairs(bad)).is_err());
    }
}
