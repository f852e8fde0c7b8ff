//! How many searches are under way, and whether the engine is worth asking. Searches are for anybody, so they have bounds
//! of their own and can hold up nothing else: beyond them the answer is BUSY, and an engine that has just failed is not
//! asked again for a moment.

use domain::code::Code;
use platform::config::{ConfigError, Env};
use platform::search::{Client, SearchConfig, SearchError};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::problem::Problem;

/// After a failure the engine is not asked for so long.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// What search is told at the start.
#[derive(Clone, Debug)]
pub(crate) struct DoorConfig {
    /// `SEARCH_URL` and what belongs to it; `None`: the database answers everything.
    client: Option<Client>,
    /// `DOCDE_SEARCH_TIMEOUT_MS` (1000): how long the engine has for an answer, then the database is asked.
    timeout: Duration,
    /// `DOCDE_SEARCH_IN_FLIGHT` (64): searches at the same time.
    in_flight: usize,
    /// `DOCDE_SEARCH_DATABASE_IN_FLIGHT` (4): of these, answers of the database at the same time.
    database_in_flight: usize,
}

impl DoorConfig {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let client = SearchConfig::from_env(env)?.map(|config| Client::new(&config)).transpose()?;
        let count = |name, default| {
            env.number(name, default, 1..=10_000).map(|value| usize::try_from(value).unwrap_or(1))
        };
        Ok(Self {
            client,
            timeout: Duration::from_millis(env.number(
                "DOCDE_SEARCH_TIMEOUT_MS",
                1_000,
                50..=30_000,
            )?),
            in_flight: count("DOCDE_SEARCH_IN_FLIGHT", 64)?,
            database_in_flight: count("DOCDE_SEARCH_DATABASE_IN_FLIGHT", 4)?,
        })
    }
}

/// The door.
pub(crate) struct Door {
    client: Option<Client>,
    pub(super) timeout: Duration,
    searches: Semaphore,
    database: Semaphore,
    began: Instant,
    /// Milliseconds after `began` until which the engine is left alone.
    left_alone_until: AtomicU64,
    /// Milliseconds after `began` until which an answer does not end an outage: some answer while others do not.
    out_until: AtomicU64,
    /// It was said that the engine does not answer, and not yet that it does again.
    out: AtomicBool,
}

impl Door {
    pub fn new(config: DoorConfig) -> Self {
        Self {
            client: config.client,
            timeout: config.timeout,
            searches: Semaphore::new(config.in_flight),
            database: Semaphore::new(config.database_in_flight),
            began: Instant::now(),
            left_alone_until: AtomicU64::new(0),
            out_until: AtomicU64::new(0),
            out: AtomicBool::new(false),
        }
    }

    /// The right to search, as long as it is held.
    pub(super) fn enter(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.searches.try_acquire().map_err(|_| busy())
    }

    /// The right to ask the database.
    pub(super) fn enter_database(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.database.try_acquire().map_err(|_| busy())
    }

    /// The engine, if there is one that has not just failed.
    pub(super) fn engine(&self) -> Option<&Client> {
        let alone = self.left_alone_until.load(Relaxed) > self.millis();
        self.client.as_ref().filter(|_| !alone)
    }

    /// The engine did not answer. Told once an outage, however many searches notice it.
    pub(super) fn failed(&self, error: &SearchError) {
        let until = self.millis() + u64::try_from(LEFT_ALONE.as_millis()).unwrap_or(0);
        if error.is_passing() {
            self.left_alone_until.store(until, Relaxed);
        }
        if self.begins(until) {
            tracing::warn!(%error, "the database answers instead of the search engine");
        }
    }

    /// The engine answered.
    pub(super) fn answered(&self) {
        if self.ends() {
            tracing::info!("the search engine answers again");
        }
    }

    /// Whether an outage begins with this failure.
    fn begins(&self, until: u64) -> bool {
        self.out_until.store(until, Relaxed);
        !self.out.swap(true, Relaxed)
    }

    /// Whether an outage ends with this answer.
    fn ends(&self) -> bool {
        self.out.load(Relaxed)
            && self.out_until.load(Relaxed) <= self.millis()
            && self.out.swap(false, Relaxed)
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn busy() -> Problem {
    platform::metrics::SEARCHES.with_label_values(&["busy"]).inc();
    Problem::new(Code::Busy).retry_after(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(pairs: &[(&str, &str)]) -> Door {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Door::new(DoorConfig::from_env(&Env::from_pairs(pairs)).unwrap())
    }

    #[test]
    fn beyond_its_bounds_a_search_is_refused() {
        let door =
            door(&[("DOCDE_SEARCH_IN_FLIGHT", "2"), ("DOCDE_SEARCH_DATABASE_IN_FLIGHT", "1")]);
        let first = door.enter().unwrap();
        let _second = door.enter().unwrap();
        assert_eq!(door.enter().unwrap_err().code(), Code::Busy);
        drop(first);
        assert!(door.enter().is_ok());
        let _first = door.enter_database().unwrap();
        assert_eq!(door.enter_database().unwrap_err().code(), Code::Busy);
    }

    #[test]
    fn an_engine_that_has_failed_is_left_alone_for_a_moment() {
        let door = door(&[("SEARCH_URL", "http://127.0.0.1:1")]);
        door.failed(&SearchError::Refused { status: 404, reason: "no index yet".to_owned() });
        assert!(door.engine().is_some());
        door.failed(&SearchError::TimedOut);
        assert!(door.engine().is_none());
    }

    #[test]
    fn an_outage_is_told_once_and_so_is_its_end() {
        let door = door(&[("SEARCH_URL", "http://127.0.0.1:1")]);
        assert!(!door.ends(), "nothing was out");
        assert_eq!([0, 0, 0].map(|until| door.begins(until)), [true, false, false]);
        assert!(door.ends() && !door.ends());
        // An answer right beside a failure ends nothing.
        assert!(door.begins(u64::MAX) && !door.ends() && !door.begins(0));
        assert!(door.ends() && door.begins(0), "the next outage is told again");
    }
}
