//! What ingress is told at its start.

use platform::auth::Verifier;
use platform::broker::Broker;
use platform::config::{ConfigError, Env, invalid};
use platform::kv::Kv;
use platform::management::Management;
use platform::origins::Origin;
use platform::publisher::PublisherConfig;
use platform::seal::SealKeys;
use platform::sessions::SessionSettings;
use sqlx::MySqlPool;
use std::time::Duration;
use url::Url;

use crate::kept::Kept;
use crate::mail::MailConfig;
use crate::peak::PeakWindow;
use crate::room_state::RoomState;
use crate::search::door::DoorConfig;

/// All of it, with the connections that it names (opened on first use).
pub struct Config {
    /// `DATABASE_URL`, with `DOCDE_DATABASE_CONNECTIONS` (16) connections at most.
    pub(crate) database: MySqlPool,
    /// `REDIS_URL`, `DOCDE_REDIS_PREFIX`.
    pub(crate) kv: Kv,
    /// `AMQP_URL`, to publish.
    pub(crate) publish: Broker,
    /// `AMQP_URL`, to listen: never on the connection that publishes.
    pub(crate) outcomes: Broker,
    pub(crate) publisher: PublisherConfig,
    /// `RABBITMQ_UI_URL`, to verify the topology.
    pub(crate) management: Management,
    /// `DOCDE_JWT_PUBLIC_KEYS`, `DOCDE_JWT_HS256_SECRET`.
    pub(crate) verifier: Verifier,
    /// `DOCDE_SEAL_KEYS`.
    pub(crate) seal: SealKeys,
    /// `DOCDE_DIRECTORY_MS` (10000), see [`platform::directory::fresh_for`].
    pub(crate) directory_fresh_for: Duration,
    /// `DOCDE_ALLOWED_ORIGINS` (none): pages of other origins that may call.
    pub(crate) origins: Vec<Origin>,
    /// `DOCDE_RABBITMQ_UI` (none): where people's browsers find RabbitMQ's UI.
    pub(crate) rabbitmq_ui: Option<Url>,
    /// See there.
    pub(crate) search: DoorConfig,
    pub(crate) sessions: SessionSettings,
    /// `MAIL_URL` and what belongs to it.
    pub(crate) mail: MailConfig,
    pub(crate) kept: Kept,
    pub(crate) rooms: RoomState,
    pub(crate) settings: Settings,
}

/// The plain values.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// `DOCDE_PEAK` (08:00-10:00, or `none`): hours of the hospital's day in which nobody waits by default.
    pub peak: PeakWindow,
    /// `DOCDE_PEAK_BACKLOG` (2000): with more commands than this before it, a command is answered 202.
    pub peak_backlog: u64,
    /// `DOCDE_MAX_WAITERS` (10000): requests that wait for their outcome at the same time.
    pub max_waiters: usize,
    /// `DOCDE_RATE_PER_ACCOUNT` (20): requests a second of one account; 0 means no limit.
    pub rate_per_account: u32,
    /// `DOCDE_RATE_PER_ADDRESS` (0): the same of one address.
    pub rate_per_address: u32,
    /// `DOCDE_RATE_BURST` (60): requests at once before either rate counts.
    pub rate_burst: u32,
    /// `DOCDE_ARRIVAL_CODE_S` (600): seconds for which an arrival code holds at most, half of them at least.
    pub arrival_code: Duration,
    /// `DOCDE_TRUST_FORWARDED` (false): the last `X-Forwarded-For` names the address, set by our own proxy.
    pub trust_forwarded: bool,
}

impl Config {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let publisher = PublisherConfig::from_env(env)?;
        let connections = env.number("DOCDE_DATABASE_CONNECTIONS", 16, 1..=1000)?;
        let kv = Kv::from_env(env)?;
        Ok(Self {
            database: platform::database::pool(env, u32::try_from(connections).unwrap_or(16))?,
            rooms: RoomState::from_env(env, &kv)?,
            kv,
            directory_fresh_for: platform::directory::fresh_for(env)?,
            publish: Broker::from_env(env, "ingress publish", publisher.channels + 1)?,
            outcomes: Broker::from_env(env, "ingress outcomes", 1)?,
            publisher,
            management: Management::from_env(env)?,
            verifier: Verifier::from_env(env)?,
            seal: SealKeys::from_env(env)?,
            origins: platform::origins::allowed(env)?,
            rabbitmq_ui: rabbitmq_ui(env)?,
            search: DoorConfig::from_env(env)?,
            sessions: SessionSettings::from_env(env)?,
            mail: MailConfig::from_env(env)?,
            kept: Kept::from_env(env)?,
            settings: Settings::from_env(env)?,
        })
    }
}

/// The address that the front page names.
pub fn rabbitmq_ui(env: &Env) -> Result<Option<Url>, ConfigError> {
    const NAME: &str = "DOCDE_RABBITMQ_UI";
    let parse = |text: &str| match Url::parse(text) {
        Ok(url) if ["http", "https"].contains(&url.scheme()) => Ok(url),
        _ => Err(invalid(NAME, &"an address of http or https")),
    };
    env.optional(NAME).map(parse).transpose()
}

impl Settings {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let rate = |name, default| {
            env.number(name, default, 0..=1_000_000)
                .map(|value| u32::try_from(value).unwrap_or(u32::MAX))
        };
        let waiters = env.number("DOCDE_MAX_WAITERS", 10_000, 0..=1_000_000)?;
        Ok(Self {
            peak: env.parsed("DOCDE_PEAK", PeakWindow::default())?,
            peak_backlog: env.parsed("DOCDE_PEAK_BACKLOG", 2_000)?,
            max_waiters: usize::try_from(waiters).unwrap_or(usize::MAX),
            rate_per_account: rate("DOCDE_RATE_PER_ACCOUNT", 20)?,
            rate_per_address: rate("DOCDE_RATE_PER_ADDRESS", 0)?,
            rate_burst: rate("DOCDE_RATE_BURST", 60)?,
            arrival_code: Duration::from_secs(env.number(
                "DOCDE_ARRIVAL_CODE_S",
                600,
                60..=86_400,
            )?),
            trust_forwarded: env.parsed("DOCDE_TRUST_FORWARDED", false)?,
        })
    }
}
