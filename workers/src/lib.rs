//! Workers own partitions, take their commands in batches and decide them. A batch is one database
//! transaction that holds inbox, bookings, outcomes, events and the books; outcomes are published
//! after it, messages acknowledged last. Replicas share the partitions among themselves.

mod announce;
mod backlog;
mod batch;
mod books;
mod config;
mod dead_letters;
mod directory;
mod facts;
mod intake;
mod owner;
mod ownership;
mod rows;
mod singles;
mod store_books;
mod store_facts;
mod store_ownership;
mod store_rows;
mod teller;
mod work;

pub use config::Config;

use platform::broker::Broker;
use platform::clock::Clock;
use platform::kv::Kv;
use platform::management::Management;
use platform::service::Context;
use platform::{Failure, start};
use sqlx::MySqlPool;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use uuid::Uuid;

use announce::Announcer;
use directory::Directory;

/// What the partition owners of one process share.
pub(crate) struct Shared {
    pub id: Uuid,
    pub config: Config,
    pub pool: MySqlPool,
    pub kv: Kv,
    pub clock: Clock,
    pub directory: Directory,
    pub announcer: Announcer,
    pub consuming: owner::Consuming,
    /// Who may decide a batch now.
    pub turns: Arc<Semaphore>,
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
    let shared = Arc::new(Shared {
        id: Uuid::now_v7(),
        pool: config.pool.clone(),
        kv: config.kv.clone(),
        clock: context.clock.clone(),
        directory: Directory::new(config.pool.clone(), config.directory_fresh_for),
        announcer: Announcer::start(&config.publish, config.pool.clone(), &context.shutdown),
        consuming,
        turns: Arc::new(Semaphore::new(config.batching.transactions)),
        config,
    });
    let letters = tokio::spawn(dead_letters::drain(
        Arc::clone(&shared),
        partitions,
        context.shutdown.clone(),
    ));
    context.readiness.set(true);
    let result = ownership::run(Arc::clone(&shared), partitions, context.shutdown.clone()).await;
    context.readiness.set(false);
    let _ = letters.await;
    result
}

/// The broker connections that a worker needs, by purpose.
pub(crate) fn brokers(
    env: &platform::config::Env,
) -> Result<(Broker, Broker, Management), platform::config::ConfigError> {
    Ok((
        Broker::from_env(env, "workers consume", 4)?,
        Broker::from_env(env, "workers publish", 4)?,
        Management::from_env(env)?,
    ))
}
