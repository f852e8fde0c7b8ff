//! Redis: one multiplexed connection with short time-outs and a breaker, because nothing here may wait for it:
//! every use has a slower, safe way without.

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{ConnectionInfo, IntoConnectionInfo};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use tokio::sync::RwLock;

use crate::address::address;
use crate::config::{ConfigError, Env, invalid};

/// After a failure nothing is asked for so long: a frozen Redis must not cost its time-out at each use.
const PAUSE: Duration = Duration::from_secs(1);

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A shared handle. Cheap to clone.
#[derive(Clone)]
pub struct Kv {
    client: redis::Client,
    manager: Arc<RwLock<Option<ConnectionManager>>>,
    /// Before every key, so that tests share a server.
    prefix: Arc<str>,
    /// Milliseconds since [`BEGAN`] until which Redis is left alone.
    paused_until: Arc<AtomicU64>,
}

impl Kv {
    /// `REDIS_URL`, and `DOCDE_REDIS_PREFIX` (default none). Connects on first use.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let bad = |error| invalid("REDIS_URL", &error);
        let address: ConnectionInfo =
            address(env, "REDIS_URL")?.into_connection_info().map_err(bad)?;
        // Without this, what is asked while an answer is under way waits for it.
        let client =
            redis::Client::open(address.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
                .map_err(bad)?;
        let prefix = env.optional("DOCDE_REDIS_PREFIX").unwrap_or_default().into();
        Ok(Self { client, manager: Arc::default(), prefix, paused_until: Arc::default() })
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The key under this prefix.
    pub fn key(&self, name: impl std::fmt::Display) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The connection, or an error at once while Redis is away. It reconnects by itself.
    pub async fn connection(&self) -> redis::RedisResult<ConnectionManager> {
        self.check_pause()?;
        self.connect().await
    }

    /// The text of a key, if there is one.
    pub async fn get(&self, key: &str) -> redis::RedisResult<Option<String>> {
        let mut connection = self.connection().await?;
        self.note_failure(redis::cmd("GET").arg(key).query_async(&mut connection).await)
    }

    fn check_pause(&self) -> redis::RedisResult<()> {
        if millis() < self.paused_until.load(Ordering::Relaxed) {
            return Err((redis::ErrorKind::Io, "Redis failed a moment ago").into());
        }
        Ok(())
    }

    /// Passes a result on. After an error Redis is not asked for a moment. An error of that moment does not make it longer, or
    /// whoever asks all the time would never ask Redis again.
    pub fn note_failure<T>(&self, result: redis::RedisResult<T>) -> redis::RedisResult<T> {
        if result.is_err() && self.check_pause().is_ok() {
            let until = millis().saturating_add(u64::try_from(PAUSE.as_millis()).unwrap_or(0));
            self.paused_until.store(until, Ordering::Relaxed);
        }
        result
    }

    async fn connect(&self) -> redis::RedisResult<ConnectionManager> {
        if let Some(manager) = self.manager.read().await.as_ref() {
            return Ok(manager.clone());
        }
        let mut slot = self.manager.write().await;
        if let Some(manager) = slot.as_ref() {
            return Ok(manager.clone());
        }
        // Whoever waited for this lock before may have found Redis away: then nobody behind tries again at once.
        self.check_pause()?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_millis(500)))
            .set_response_timeout(Some(Duration::from_millis(500)))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(500));
        let manager = self
            .note_failure(ConnectionManager::new_with_config(self.client.clone(), config).await)?;
        *slot = Some(manager.clone());
        Ok(manager)
    }
}

fn millis() -> u64 {
    u64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(u64::MAX)
}
