//! Which sessions have ended while tokens of them still look valid. A service reads them from the database once a second and
//! keeps them in memory, so that a request costs one look into a small table and a revoked token opens nothing anywhere
//! a second later. Redis is not asked. What is kept of a session goes when its last access token has ended by itself.

use domain::ids::{AccountId, SessionId};
use domain::time::Timestamp;
use sqlx::MySqlPool;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::config::{ConfigError, Env};
use crate::sessions_store::{self, Ended};
use crate::tasks::Tasks;
use crate::{crash, retry};

/// Ends that were written so long before the last look are looked for again: a transaction may take so long to commit, and
/// another service's clock may be behind.
const LOOK_BACK: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

/// How the ended sessions are followed.
#[derive(Clone, Copy, Debug)]
pub struct SessionSettings {
    /// `DOCDE_SESSIONS_MS` (1000): between two looks.
    pub read_every: Duration,
    /// `DOCDE_SESSIONS_STALE_MS` (30000): without a look for so long, staff are refused.
    pub stale_after: Duration,
}

impl SessionSettings {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let span =
            |name, default, most| env.number(name, default, 1..=most).map(Duration::from_millis);
        Ok(Self {
            read_every: span("DOCDE_SESSIONS_MS", 1_000, 5_000)?,
            stale_after: span("DOCDE_SESSIONS_STALE_MS", 30_000, 3_600_000)?,
        })
    }
}

/// The ended sessions as far as they are known. Cheap to clone; clones see the same.
#[derive(Clone)]
pub struct EndedSessions(Arc<Inner>);

struct Inner {
    /// Each with the end of its last access token.
    ended: RwLock<HashMap<SessionId, Timestamp>>,
    read_at: Mutex<Instant>,
    settings: SessionSettings,
    /// Told of each that was not known before.
    heard: Box<dyn Fn(AccountId, SessionId) + Send + Sync>,
}

impl EndedSessions {
    /// Reads them, waiting for the database, and goes on reading. `heard` is told of each new one.
    pub async fn start(
        (pool, clock, tasks): (&MySqlPool, &Clock, &Tasks),
        settings: SessionSettings,
        heard: impl Fn(AccountId, SessionId) + Send + Sync + 'static,
    ) -> Self {
        let ended = Self(Arc::new(Inner {
            ended: RwLock::default(),
            read_at: Mutex::new(Instant::now()),
            settings,
            heard: Box::new(heard),
        }));
        let read = || async { sessions_store::ended(pool, None, clock.now()).await };
        let first = retry::until_it_works("reading the ended sessions", read);
        tokio::select! {
            first = first => ended.take(first, clock.now()),
            () = tasks.shutdown().stopping() => {}
        }
        tasks.spawn("sessions", ended.clone().follow(pool.clone(), clock.clone()));
        ended
    }

    async fn follow(self, pool: MySqlPool, clock: Clock) {
        let mut retry = retry::Retry::new("reading the ended sessions");
        let mut since = clock.now() - LOOK_BACK;
        loop {
            crash::round("sessions");
            tokio::time::sleep(self.0.settings.read_every).await;
            let now = clock.now();
            match sessions_store::ended(&pool, Some(since), now).await {
                Ok(found) => {
                    retry.worked();
                    self.take(found, now);
                    since = now - LOOK_BACK;
                }
                Err(error) => drop(retry.failed(&error)),
            }
        }
    }

    fn take(&self, found: Vec<Ended>, now: Timestamp) {
        self.0
            .ended
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, until| *until > now);
        for Ended { session, account, until } in found {
            self.note(account, session, until);
        }
        *self.0.read_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// The session has ended: from now on it opens nothing here.
    pub fn note(&self, account: AccountId, session: SessionId, until: Timestamp) {
        let before =
            self.0.ended.write().unwrap_or_else(PoisonError::into_inner).insert(session, until);
        if before.is_none() {
            (self.0.heard)(account, session);
        }
    }

    pub fn has(&self, session: SessionId) -> bool {
        let ended = self.0.ended.read().unwrap_or_else(PoisonError::into_inner);
        !ended.is_empty() && ended.contains_key(&session)
    }

    /// Whether so long nothing could be read that sessions may have ended which are not known here.
    pub fn is_stale(&self) -> bool {
        let read_at = *self.0.read_at.lock().unwrap_or_else(PoisonError::into_inner);
        read_at.elapsed() > self.0.settings.stale_after
    }
}
