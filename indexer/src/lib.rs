//! The indexer keeps the search index in step with the database. It hears in the feed of committed batches which hospitals
//! have changed, compares revisions now and then for all that no message told, and knows when time alone changes a
//! document. Without an engine it follows the feed and waits for one; nothing else waits for it.

use platform::broker::Broker;
use platform::config::{ConfigError, Env};
use platform::management::Management;
use platform::search::{Client, SearchConfig};
use platform::service::Context;
use platform::{Failure, crash, heads_store, metrics, start};
use sqlx::mysql::MySqlPool;
use std::time::Duration;
use tokio::net::TcpListener;

mod changes;
mod keeper;
mod seen;
mod target;

use changes::Changes;
use keeper::Keeper;
use seen::Seen;

const POLL: Duration = Duration::from_secs(1);

/// Settings: `DATABASE_URL`, `AMQP_URL`, `RABBITMQ_UI_URL` and the engine's, as in `platform`.
pub struct Config {
    pub pool: MySqlPool,
    pub broker: Broker,
    pub management: Management,
    /// `None`: there is no search engine.
    pub search: Option<Client>,
}

impl Config {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let search = SearchConfig::from_env(env)?;
        Ok(Self {
            pool: platform::database::pool(env, 4)?,
            broker: Broker::from_env(env, "indexer outcomes", 1)?,
            management: Management::from_env(env)?,
            search: search.map(|config| Client::new(&config)).transpose()?,
        })
    }
}

/// Follows the feed and keeps the index until stopped. The listener is held for its port alone; nobody is answered.
pub async fn run(config: Config, listener: TcpListener, context: Context) -> Result<(), Failure> {
    let Some(heads) = start::wait(&config.pool, &config.management, &context.shutdown).await?
    else {
        return Ok(());
    };
    let changes = Changes::default();
    let Some(mut messages) =
        platform::outcomes::subscribe(config.broker, "indexer", &context.tasks).await
    else {
        return Ok(());
    };
    if let Some(client) = config.search {
        let keeper =
            Keeper::new(client, config.pool.clone(), context.clock.clone(), changes.clone());
        context.tasks.spawn("index", keep(keeper));
    }
    let mut seen = Seen::new(heads);
    metrics::INDEX_DAYS.inc_by(0); // shown from the start, not from the first change
    let mut poll = tokio::time::interval(POLL);
    context.readiness.set(true);
    loop {
        tokio::select! {
            message = messages.recv() => match message {
                Some(message) => seen.take(&message, &changes),
                None => return Err("the feed of outcomes ended".into()),
            },
            _ = poll.tick() => match heads_store::heads(&config.pool).await {
                // What no message told is found by comparing.
                Ok(heads) => if seen.compare(&heads) { changes.compare() },
                Err(error) => tracing::warn!(%error, "the database does not answer; the lag is not known"),
            },
            () = context.shutdown.stopping() => break,
        }
    }
    context.readiness.set(false);
    drop(listener);
    Ok(())
}

async fn keep(mut keeper: Keeper) {
    crash::round("index");
    loop {
        keeper.round().await;
        crash::round("index");
        keeper.wait().await;
    }
}
