//! Ingress: the HTTP door. It authenticates, parses, refuses what is already known to be impossible, publishes
//! commands with a confirm and answers; and it serves the reads. It never writes a booking.

use axum::serve::ListenerExt;
use platform::Failure;
use platform::lifecycle::Shutdown;
use platform::publisher::Publisher;
use platform::service::Context;
use platform::topology::TopologyError;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

mod admission;
mod answer;
mod body;
mod commands;
mod config;
mod days;
mod directory;
mod feed;
mod finish;
mod gather;
mod handover;
mod markers;
mod page;
mod partitions;
mod peak;
mod prefer;
mod problem;
mod rate;
mod routes;
pub mod schema;
mod session;
mod state;
mod store_bookings;
mod store_days;
mod store_doctors;
mod store_hospitals;
mod store_requests;
mod trust;
mod unbroken;
mod waiters;

pub use config::Config;

use crate::state::App;

/// Between two attempts to reach what the start waits for.
const RETRY_EVERY: Duration = Duration::from_millis(500);

/// Serves on the listener until told to stop. Several may run in one process.
pub async fn run(config: Config, listener: TcpListener, context: Context) -> Result<(), Failure> {
    let Some(partitions) = start(&config, &context.shutdown).await? else { return Ok(()) };
    let publisher = Publisher::start(&config.publish, &config.publisher, &context.shutdown);
    let outcomes = config.outcomes.clone();
    let mut tasks = JoinSet::new();
    let app = Arc::new(App::new(config, &context, publisher.clone(), partitions, &mut tasks));
    tasks.spawn(feed::run(outcomes, app.listeners()));
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let service = routes::router(Arc::clone(&app)).into_make_service_with_connect_info::<SocketAddr>();
    let soft = context.shutdown.clone();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move { soft.stopping().await });
    context.readiness.set(true);
    tracing::info!(partitions, "ingress is ready");
    let served = tokio::select! {
        served = serving => served.map_err(Failure::from),
        Some(ended) = tasks.join_next() => Err(format!("a task of ingress ended: {ended:?}").into()),
    };
    context.readiness.set(false);
    drop(app);
    if served.is_ok() {
        publisher.close().await;
    }
    served
}

/// Waits for the database and the broker, and refuses to go on with a wrong topology. The number of
/// partitions; `None` when told to stop meanwhile.
async fn start(config: &Config, shutdown: &Shutdown) -> Result<Option<u16>, Failure> {
    let partitions = loop {
        match store_requests::partitions(&config.database).await {
            Ok(0) => tracing::warn!("the database has no partitions yet: waiting for the migrations"),
            Ok(partitions) => break partitions,
            Err(error) => tracing::warn!(%error, "waiting for the database"),
        }
        if pause(shutdown).await {
            return Ok(None);
        }
    };
    loop {
        match config.management.verify(partitions).await {
            Ok(()) => return Ok(Some(partitions)),
            Err(TopologyError::Unreachable(error)) => tracing::warn!(%error, "waiting for the broker's management API"),
            Err(error @ TopologyError::Differs(_)) => return Err(error.into()),
        }
        if pause(shutdown).await {
            return Ok(None);
        }
    }
}

/// True when told to stop.
async fn pause(shutdown: &Shutdown) -> bool {
    tokio::select! { () = shutdown.stopping() => true, () = tokio::time::sleep(RETRY_EVERY) => false }
}
