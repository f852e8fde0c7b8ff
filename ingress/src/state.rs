//! What all handlers share.

use axum::body::Bytes;
use domain::ids::AccountId;
use platform::auth::{Claims, Verifier};
use platform::clock::Clock;
use platform::directory::Directory;
use platform::levers::Levers;
use platform::lifecycle::Shutdown;
use platform::origins::Origin;
use platform::publisher::Publisher;
use platform::seal::SealKeys;
use platform::service::Context;
use platform::sessions::EndedSessions;
use quick_cache::sync::Cache;
use sqlx::MySqlPool;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use url::Url;

use crate::booking::Days;
use crate::config::{Config, Settings};
use crate::feed::Listeners;
use crate::feed_caches::FeedCaches;
use crate::front_page::state::{Parts, SystemState};
use crate::mail::Mailer;
use crate::marker_coverage::MarkerCoverage;
use crate::markers::Markers;
use crate::rate::Limiter;
use crate::room_state::RoomState;
use crate::search::door::Door;
use crate::waiters::Waiters;
use platform::partitions::Partitions;

/// Tokens remembered as verified.
const TOKENS: usize = 100_000;

/// One ingress.
pub(crate) struct App {
    pub clock: Clock,
    pub shutdown: Shutdown,
    pub database: MySqlPool,
    pub publisher: Publisher,
    pub levers: Levers,
    pub markers: Markers,
    pub marker_coverage: MarkerCoverage,
    pub directory: Arc<Directory>,
    pub days: Arc<Days>,
    pub waiters: Arc<Waiters>,
    pub partitions: Arc<Partitions>,
    pub seal: Arc<SealKeys>,
    pub mail: Mailer,
    pub sessions: EndedSessions,
    pub rooms: RoomState,
    pub verifier: Verifier,
    pub tokens: Cache<String, Arc<Claims>>,
    pub per_account: Limiter<AccountId>,
    pub per_address: Limiter<IpAddr>,
    pub settings: Settings,
    pub origins: Vec<Origin>,
    pub rabbitmq_ui: Option<Url>,
    pub system: SystemState,
    pub search: Door,
    /// The API's own description, written once.
    pub openapi: OnceLock<Bytes>,
}

impl App {
    /// `settled` is how many commands of every partition have ever been settled. Its background tasks are spawned too.
    pub fn new(
        config: Config,
        context: &Context,
        (publisher, levers, sessions): (Publisher, Levers, EndedSessions),
        settled: &[u64],
    ) -> Self {
        let settings = config.settings;
        let seal = Arc::new(config.seal);
        let sending = (config.database.clone(), context.clock.clone(), &context.tasks);
        let mail = Mailer::start(config.mail, sending, &seal);
        let (days, warming) = Days::new(config.kv.clone(), config.database.clone());
        let (directory, reading) =
            Directory::new(config.database.clone(), config.directory_fresh_for);
        let system = SystemState::new(Parts {
            database: config.database.clone(),
            management: config.management,
            kv: config.kv.clone(),
            readiness: context.readiness.clone(),
        });
        let (markers, asking, marking) = Markers::new(config.kv, context.clock.clone());
        let (marker_coverage, finding) = MarkerCoverage::new(config.database.clone());
        context.tasks.spawn("marker_coverage", finding);
        context.tasks.spawn("redis_batcher", asking);
        context.tasks.spawn("late_markers", marking);
        context.tasks.spawn("days", warming);
        context.tasks.spawn("directory", reading);
        Self {
            clock: context.clock.clone(),
            shutdown: context.shutdown.clone(),
            publisher,
            levers,
            markers,
            marker_coverage,
            database: config.database,
            directory: Arc::new(directory),
            days,
            waiters: Arc::new(Waiters::new(settings.max_waiters)),
            partitions: Arc::new(Partitions::new(settled)),
            seal,
            mail,
            sessions,
            rooms: config.rooms,
            verifier: config.verifier,
            tokens: Cache::new(TOKENS),
            per_account: Limiter::new(settings.rate_per_account, settings.rate_burst),
            per_address: Limiter::new(settings.rate_per_address, settings.rate_burst),
            settings,
            origins: config.origins,
            rabbitmq_ui: config.rabbitmq_ui,
            system,
            search: Door::new(config.search),
            openapi: OnceLock::new(),
        }
    }

    /// What the outcomes feed is heard by.
    pub fn listeners(&self) -> Listeners {
        Listeners {
            waiters: Arc::clone(&self.waiters),
            partitions: Arc::clone(&self.partitions),
            rooms: FeedCaches {
                days: Arc::clone(&self.days),
                directory: Arc::clone(&self.directory),
            },
        }
    }
}
