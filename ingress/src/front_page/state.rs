//! Whether the system is ready, asked of its parts at the time of the request. Whoever comes within a moment gets the
//! same answer, so that many visitors are no load on what they look at.

use platform::health::Readiness;
use platform::kv::Kv;
use platform::management::Management;
use sqlx::MySqlPool;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::state_store;

/// For one part to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// How old an answer may be.
const FRESH: Duration = Duration::from_millis(250);

/// Who is asked.
pub(crate) struct Parts {
    pub database: MySqlPool,
    pub management: Management,
    pub kv: Kv,
    pub readiness: Readiness,
}

/// The parts and what they said last.
pub(crate) struct SystemState {
    parts: Parts,
    last: Mutex<Option<(Instant, Seen)>>,
}

/// What was seen.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    /// This ingress itself.
    serving: bool,
    pub broker: bool,
    pub redis: bool,
    /// Workers that live; `None` where the database does not answer.
    pub workers: Option<i64>,
}

impl Seen {
    /// Bookings are taken and decided. Without Redis they are, too.
    pub fn is_ready(self) -> bool {
        self.serving && self.broker && self.workers.is_some_and(|workers| workers > 0)
    }
}

impl SystemState {
    pub fn new(parts: Parts) -> Self {
        Self { parts, last: Mutex::default() }
    }

    pub async fn look(&self) -> Seen {
        let mut last = self.last.lock().await;
        if let Some((at, seen)) = *last
            && at.elapsed() < FRESH
        {
            return seen;
        }
        let seen = self.parts.ask().await;
        *last = Some((Instant::now(), seen));
        seen
    }
}

impl Parts {
    async fn ask(&self) -> Seen {
        let redis = async {
            let mut connection = self.kv.connection().await?;
            redis::cmd("PING").query_async::<()>(&mut connection).await
        };
        let (workers, broker, redis) = tokio::join!(
            timeout(PATIENCE, state_store::live_workers(&self.database)),
            timeout(PATIENCE, self.management.queues()),
            timeout(PATIENCE, redis),
        );
        Seen {
            serving: self.readiness.is_ready(),
            broker: matches!(broker, Ok(Ok(_))),
            redis: matches!(redis, Ok(Ok(()))),
            workers: workers.ok().and_then(Result::ok),
        }
    }
}
