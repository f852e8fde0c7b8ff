//! The notifier relays committed events to the people concerned: any account's sockets, on any replica.
//! It decides nothing and writes nothing. Every replica hears every committed batch on a queue of its
//! own, keeps what concerns its sockets, and fills what it did not hear from the database.

mod booking;
mod close;
mod config;
mod door;
mod follow;
mod frame;
mod handshake;
mod hearing;
mod hub;
mod line;
mod listen;
mod progress;
mod public;
mod relay;
mod resume;
mod rooms;
mod session;
mod states;
mod store;
mod waiting;
mod wire;

use platform::Failure;
use platform::service::Context;
use platform::sessions::EndedSessions;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub use config::{Config, SocketLimits};
pub use public::PublicLimits;

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
    let listeners = Arc::clone(&hub);
    let sessions = EndedSessions::start(
        (&config.pool, &context.clock, &context.tasks),
        config.sessions,
        move |account, session| listeners.end_session(account, session),
    )
    .await;
    let rooms = rooms::Rooms::new(Arc::clone(&hub), config.pool.clone(), context.clock.clone());
    let (places, pool) = (Arc::clone(&rooms.places), config.pool.clone());
    context.tasks.spawn("places", places.run(pool));
    context.tasks.spawn("boards", Arc::clone(&rooms.boards).run());
    let settled = platform::heads_store::settled(&config.pool).await?;
    let waiting = waiting::Waiting::new(
        Arc::clone(&hub),
        store.clone(),
        config.kv,
        context.clock.clone(),
        &settled,
    );
    let waiting = Arc::new(waiting);
    context.tasks.spawn("waiting", Arc::clone(&waiting).run());
    let (clock, ping) = (context.clock.clone(), config.sockets.ping);
    let listeners = (Arc::clone(&hub), rooms.clone(), Arc::clone(&waiting));
    let follower = follow::Follower::new(listeners, store.clone(), clock.clone());
    context.tasks.spawn("follower", follower.run(messages, config.poll));

    let policy = handshake::HandshakePolicy {
        verifier: config.verifier,
        origins: config.origins,
        partitions: hub.partitions(),
    };
    // A connection each is left to the feed, places, boards and ended sessions.
    let backlogs = config.connections.saturating_sub(4).max(1);
    let backlogs = Semaphore::new(usize::try_from(backlogs).unwrap_or(1));
    let door = door::Door {
        policy,
        rooms: rooms.clone(),
        sessions: sessions.clone(),
        budget: Arc::new(public::Budget::new(config.public)),
        trust_forwarded: config.trust_forwarded,
    };
    let relay = relay::Relay { hub, rooms, waiting, store, sessions, clock, ping, backlogs };
    context.readiness.set(true);
    let (door, relay, sockets) = (Arc::new(door), Arc::new(relay), config.sockets.count);
    listen::serve(listener, door, relay, sockets, config.drain, &context.shutdown).await;
    context.readiness.set(false);
    Ok(())
}

#[cfg(test)]
mod tests;
