//! The notifier's settings, read once.

use platform::auth::Verifier;
use platform::broker::Broker;
use platform::config::{ConfigError, Env, invalid};
use platform::kv::Kv;
use platform::management::Management;
use platform::origins::Origin;
use platform::sessions::SessionSettings;
use sqlx::mysql::MySqlPool;
use std::time::Duration;

use crate::public::PublicLimits;

/// Settings. `DATABASE_URL`, `AMQP_URL`, `RABBITMQ_UI_URL` and the keys of tokens are described where
/// they are read, in `platform`.
pub struct Config {
    pub pool: MySqlPool,
    pub broker: Broker,
    /// `REDIS_URL`, `DOCDE_REDIS_PREFIX`: where requests stand that wait.
    pub kv: Kv,
    pub management: Management,
    pub verifier: Verifier,
    /// `DOCDE_ALLOWED_ORIGINS` (none): pages that may connect, joined by commas; without it, those of
    /// the host that the socket is asked of.
    pub origins: Vec<Origin>,
    /// `DOCDE_DB_CONNECTIONS` (8): one each is for the feed, places, boards and ended sessions, the others read backlogs.
    pub connections: u32,
    pub sockets: SocketLimits,
    pub sessions: SessionSettings,
    pub public: PublicLimits,
    /// `DOCDE_TRUST_FORWARDED` (false): the last `X-Forwarded-For` names the address, set by our own proxy.
    pub trust_forwarded: bool,
    /// `DOCDE_POLL_MS` (500): how often the database is asked for events that no message brought.
    pub poll: Duration,
    /// `DOCDE_DRAIN_MS` (2000): over how long a stopping replica spreads its closings.
    pub drain: Duration,
}

/// What a socket may cost.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// `DOCDE_MAX_SOCKETS` (20000).
    pub count: usize,
    /// `DOCDE_MAX_SOCKETS_PER_ACCOUNT` (50): a desk's screens share an account, and the dead ones of a phone in a
    /// tunnel count until they miss their pings.
    pub per_account: usize,
    /// `DOCDE_SOCKET_BUFFER` (64): frames that wait for a slow reader before it is sent away.
    pub buffer: usize,
    /// `DOCDE_PING_MS` (20000): two of these without a sign of life end a socket.
    pub ping: Duration,
}

impl Config {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let connections = env.number("DOCDE_DB_CONNECTIONS", 8, 2..=1000)?;
        let connections =
            u32::try_from(connections).map_err(|error| invalid("DOCDE_DB_CONNECTIONS", &error))?;
        let size = |name, default, most| {
            env.number(name, default, 1..=most)
                .map(|value| usize::try_from(value).unwrap_or(usize::MAX))
        };
        Ok(Self {
            pool: platform::database::pool(env, connections)?,
            broker: Broker::from_env(env, "notifier outcomes", 1)?,
            kv: Kv::from_env(env)?,
            management: Management::from_env(env)?,
            verifier: Verifier::from_env(env)?,
            origins: platform::origins::allowed(env)?,
            connections,
            sockets: SocketLimits {
                count: size("DOCDE_MAX_SOCKETS", 20_000, 1_000_000)?,
                per_account: size("DOCDE_MAX_SOCKETS_PER_ACCOUNT", 50, 1_000_000)?,
                buffer: size("DOCDE_SOCKET_BUFFER", 64, 65_536)?,
                ping: interval(env, "DOCDE_PING_MS", 20_000)?,
            },
            sessions: SessionSettings::from_env(env)?,
            public: PublicLimits {
                count: size("DOCDE_MAX_BOARDS", 500, 1_000_000)?,
                per_address: size("DOCDE_MAX_BOARDS_PER_ADDRESS", 5, 1_000_000)?,
            },
            trust_forwarded: env.parsed("DOCDE_TRUST_FORWARDED", false)?,
            poll: interval(env, "DOCDE_POLL_MS", 500)?,
            drain: env.millis("DOCDE_DRAIN_MS", 2_000)?,
        })
    }
}

fn interval(env: &Env, name: &str, default: u64) -> Result<Duration, ConfigError> {
    env.number(name, default, 1..=86_400_000).map(Duration::from_millis)
}
