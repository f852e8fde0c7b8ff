//! Ingress: the HTTP door. It authenticates, parses, refuses what is already known to be impossible, publishes
//! commands with a confirm and answers; and it serves the reads. It never writes a booking.

use platform::levers::Levers;
use platform::publisher::Publisher;
use platform::service::Context;
use platform::sessions::EndedSessions;
use platform::{Failure, start};
use std::sync::Arc;
use tokio::net::TcpListener;

mod access_store;
pub mod account;
mod addressed;
mod admission;
mod answer;
mod asked;
pub mod booking;
pub mod closing;
mod config;
mod cors;
pub mod directory;
mod drain;
mod edit;
mod feed;
mod feed_caches;
mod finish;
mod front_page;
mod handover;
mod kept;
mod late_markers;
mod leftovers;
pub mod line;
mod linger;
mod mail;
mod marker;
mod marker_coverage;
mod markers;
pub mod membership;
mod note;
mod once;
mod once_store;
mod page;
mod paused;
mod peak;
mod phone;
mod prefer;
mod problem;
mod rate;
mod redis_batcher;
mod requests;
mod requests_store;
mod resident;
mod revision;
mod room_state;
mod rooms;
mod routes;
pub mod schema;
pub mod search;
mod session;
mod shown_subject;
mod staff;
mod staff_store;
mod state;
mod submit;
mod text;
pub mod timetable;
mod unbroken;
mod waiters;

pub use config::{Config, rabbitmq_ui};

use crate::linger::{Lingering, Peer};
use crate::state::App;

/// Serves on the listener until told to stop. Several may run in one process.
pub async fn run(
    mut config: Config,
    listener: TcpListener,
    context: Context,
) -> Result<(), Failure> {
    let Some(heads) = start::wait(&config.database, &config.management, &context.shutdown).await?
    else {
        return Ok(());
    };
    let levers = Levers::start(&config.database, &context.clock, &context.tasks).await;
    config.publisher.levers = levers.clone();
    let publisher = Publisher::start(&config.publish, &config.publisher, &context.tasks);
    let settled = platform::heads_store::settled(&config.database).await?;
    let outcomes = config.outcomes.clone();
    let followed = (&config.database, &context.clock, &context.tasks);
    let sessions = EndedSessions::start(followed, config.sessions, |_, _| ()).await;
    let kept = leftovers::run(config.database.clone(), context.clock.clone(), config.kept);
    context.tasks.spawn("leftovers", kept);
    let shared = (publisher.clone(), levers, sessions);
    let app = Arc::new(App::new(config, &context, shared, &settled));
    context.tasks.spawn("feed", feed::run(outcomes, app.listeners(), context.tasks.clone()));
    rooms::start(&app, &context.tasks);
    let listener = Lingering::new(listener, context.shutdown.clone());
    let service = routes::router(Arc::clone(&app)).into_make_service_with_connect_info::<Peer>();
    let soft = context.shutdown.clone();
    let serving =
        axum::serve(listener, service).with_graceful_shutdown(async move { soft.stopping().await });
    context.readiness.set(true);
    tracing::info!(partitions = heads.len(), "ingress is ready");
    let served = serving.await.map_err(Failure::from);
    context.readiness.set(false);
    drop(app);
    if served.is_ok() {
        publisher.close().await;
    }
    served
}
