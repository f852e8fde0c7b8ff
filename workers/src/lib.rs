//! Workers own partitions, take their commands in batches and decide them. A batch is one database
//! transaction that holds inbox, bookings, outcomes, events and the books; outcomes are published
//! after it, messages acknowledged last. Replicas share the partitions among themselves.

mod after_commit;
mod attempts;
mod backlog;
mod batch;
mod booking;
mod closing;
mod config;
mod dead_letters;
mod deciding;
mod events_store;
mod heartbeat;
mod held_back;
mod held_back_store;
mod inbox_store;
mod index_store;
mod intake;
mod ledgers;
mod ledgers_store;
mod lengths;
mod line;
mod outcome_publisher;
mod owner;
mod ownership;
mod ownership_store;
mod parking;
mod partition_queues;
mod people_store;
mod permits;
mod queue;
mod rooms;
mod rows;
mod rows_store;
mod script_store;
mod sharing;
mod singles;
mod stamp;
mod sweep;
mod timers;
mod timers_store;
mod waiting;
mod work;

use config::Batching;
pub use config::{Config, PUBLISHER_DAYS};
pub use ownership::owner_of;
pub use rooms::code_of;
pub use script_store::{Literal, Script};

use platform::broker::Broker;
use platform::clock::Clock;
use platform::kv::Kv;
use platform::lever::Lever;
use platform::levers::Levers;
use platform::management::Management;
use platform::publisher::Publisher;
use platform::service::Context;
use platform::tasks::Tasks;
use platform::{Failure, start};
use sqlx::MySqlPool;
use std::sync::Arc;
use tokio::net::TcpListener;
use uuid::Uuid;

use outcome_publisher::OutcomePublisher;
use permits::Permits;
use platform::directory::Directory;

/// What the partition owners of one process share.
pub(crate) struct Shared {
    pub id: Uuid,
    pub config: Config,
    pub pool: MySqlPool,
    pub kv: Kv,
    pub clock: Clock,
    pub tasks: Tasks,
    pub directory: Directory,
    pub outcome_publisher: OutcomePublisher,
    /// Of what falls due.
    pub publisher: Publisher,
    pub consuming: owner::Consuming,
    /// Who may decide a batch now.
    pub permits: Permits,
    pub levers: Levers,
}

impl Shared {
    /// How commands are gathered, as operators want it now.
    pub fn batching(&self) -> Batching {
        let Batching { size, age, transactions } = self.config.batching;
        let size = self.levers.number_or(Lever::Batch, size);
        let transactions = self.levers.number_or(Lever::Transactions, transactions);
        Batching { size, age, transactions }
    }
}

/// Runs a worker until it is told to stop; then its partitions are drained and given up in order.
/// The listener is not used: a worker is spoken to through the broker and its health port.
pub async fn run(config: Config, listener: TcpListener, context: Context) -> Result<(), Failure> {
    drop(listener);
    let Some(heads) = start::wait(&config.pool, &config.management, &context.shutdown).await?
    else {
        return Ok(());
    };
    let partitions = start::count(&heads);
    let consuming = owner::Consuming::new(config.consume.clone());
    let (directory, reading) = Directory::new(config.pool.clone(), config.directory_fresh_for);
    context.tasks.spawn("directory", reading);
    let publisher = Publisher::start(&config.publish, &config.publisher, &context.tasks);
    let shared = Arc::new(Shared {
        id: Uuid::now_v7(),
        pool: config.pool.clone(),
        kv: config.kv.clone(),
        clock: context.clock.clone(),
        tasks: context.tasks.clone(),
        directory,
        outcome_publisher: OutcomePublisher::start(
            &config.publish,
            config.pool.clone(),
            &context.tasks,
        ),
        publisher: publisher.clone(),
        consuming,
        permits: Permits::new(config.batching.transactions),
        levers: Levers::start(&config.pool, &context.clock, &context.tasks).await,
        config,
    });
    let drain = dead_letters::drain(Arc::clone(&shared), partitions, context.shutdown.clone());
    let letters = context.tasks.spawn("dead_letters", drain);
    let Context { readiness, shutdown, .. } = context;
    let result = ownership::run(Arc::clone(&shared), partitions, &readiness, shutdown).await;
    let _ = letters.await;
    drop(shared);
    publisher.close().await;
    result
}

/// The broker connections that a worker needs, by purpose.
pub(crate) fn brokers(
    env: &platform::config::Env,
) -> Result<(Broker, Broker, Management), platform::config::ConfigError> {
    Ok((
        Broker::from_env(env, "workers consume", 4)?,
        Broker::from_env(env, "workers publish", 5)?,
        Management::from_env(env)?,
    ))
}
