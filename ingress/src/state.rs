//! What all handlers share.

use axum::body::Bytes;
use domain::ids::AccountId;
use platform::auth::{Claims, Verifier};
use platform::clock::Clock;
use platform::lifecycle::Shutdown;
use platform::publisher::Publisher;
use platform::seal::SealKeys;
use platform::service::Context;
use quick_cache::sync::Cache;
use sqlx::MySqlPool;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use crate::Config;
use crate::config::Settings;
use crate::days::Days;
use crate::directory::Directory;
use crate::feed::Listeners;
use crate::markers::Markers;
use crate::partitions::Partitions;
use crate::rate::Limiter;
use crate::session::TOKENS;
use crate::trust::Trust;
use crate::waiters::Waiters;

/// One ingress.
pub(crate) struct App {
    pub clock: Clock,
    pub shutdown: Shutdown,
    pub database: MySqlPool,
    pub publisher: Publisher,
    pub markers: Markers,
    pub trust: Trust,
    pub directory: Directory,
    pub days: Arc<Days>,
    pub waiters: Arc<Waiters>,
    pub partitions: Arc<Partitions>,
    pub seal: SealKeys,
    pub verifier: Verifier,
    pub tokens: Cache<String, Arc<Claims>>,
    pub per_account: Limiter<AccountId>,
    pub per_address: Limiter<IpAddr>,
    pub settings: Settings,
    /// The API's own description, written once.
    pub openapi: OnceLock<Bytes>,
}

impl App {
    /// `heads` is the last event of every partition. Its background tasks are spawned too.
    pub fn new(config: Config, context: &Context, publisher: Publisher, heads: &[u64]) -> Self {
        let settings = config.settings;
        let (days, warming) = Days::new(config.kv.clone(), config.database.clone());
        let (directory, reading) =
            Directory::new(config.database.clone(), config.directory_fresh_for);
        let (markers, asking) = Markers::new(config.kv);
        context.tasks.spawn("gather", asking);
        context.tasks.spawn("days", warming);
        context.tasks.spawn("directory", reading);
        Self {
            clock: context.clock.clone(),
            shutdown: context.shutdown.clone(),
            publisher,
            markers,
            trust: Trust::new(config.database.clone()),
            database: config.database,
            directory,
            days,
            waiters: Arc::new(Waiters::new(settings.max_waiters)),
            partitions: Arc::new(Partitions::new(heads)),
            seal: config.seal,
            verifier: config.verifier,
            tokens: Cache::new(TOKENS),
            per_account: Limiter::new(settings.rate_per_account, settings.rate_burst),
            per_address: Limiter::new(settings.rate_per_address, settings.rate_burst),
            settings,
            openapi: OnceLock::new(),
        }
    }

    /// What the outcomes feed is heard by.
    pub fn listeners(&self) -> Listeners {
        Listeners {
            waiters: Arc::clone(&self.waiters),
            partitions: Arc::clone(&self.partitions),
            days: Arc::clone(&self.days),
        }
    }
}
