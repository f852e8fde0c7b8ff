//! The notifier relays committed events to the people concerned: any account's sockets, on any replica.
//! It decides nothing and writes nothing. Every replica hears every committed batch on a queue of its
//! own, keeps what concerns its sockets, and fills what it did not hear from the database.

mod booking;
mod close;
mod config;
mod follow;
mod frame;
mod handshake;
mod hub;
mod line;
mod listen;
mod progress;
mod relay;
mod resume;
mod rooms;
mod session;
mod store;
mod wire;

use platform::Failure;
use platform::service::Context;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub use config::{Config, SocketLimits};

/// Serves sockets on `listener` until stopped.
pub async fn run(config: Config, listener: TcpListener, context: Context) -> Result<(), Failure> {
    let store = store::Store::new(config.pool.clone());
    // Events between this and the subscription are a gap that the follower sees and fills.
    let Some(heads) =
        platform::start::wait(&config.pool, &config.management, &context.shutdown).await?
    else {
        return Ok(());
    };
    let hub = Arc::new(hub::Hub::new(&heads, config.sockets.buffer, config.sockets.per_account));
    let Some(messages) =
        platform::outcomes::subscribe(config.broker, "notifier", &context.tasks).await
    else {
        return Ok(());
    };
    let follower = follow::Follower::new(Arc::clone(&hub), store.clone(), context.clock.clone());
    context.tasks.spawn("follower", follower.run(messages, config.poll));

    let policy = handshake::HandshakePolicy {
        verifier: config.verifier,
        origins: config.origins,
        partitions: hub.partitions(),
    };
    // One connection is left to the feed.
    let backlogs = Semaphore::new(usize::try_from(config.connections - 1).unwrap_or(1));
    let relay =
        relay::Relay { hub, store, clock: context.clock, ping: config.sockets.ping, backlogs };
    context.readiness.set(true);
    let (policy, relay, sockets) = (Arc::new(policy), Arc::new(relay), config.sockets.count);
    listen::serve(listener, policy, relay, sockets, config.drain, &context.shutdown).await;
    context.readiness.set(false);
    Ok(())
}
