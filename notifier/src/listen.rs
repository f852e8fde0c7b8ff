//! Accepts sockets up to a limit, ends those whose token has expired, and closes all when told to stop.

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use platform::lifecycle::Shutdown;
use platform::linger::hear_out;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::door::{Door, Opened};
use crate::relay::Relay;
use crate::wire;
use crate::{public, session};

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// For the last sockets to say goodbye; below the grace period of a shutdown.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(8);
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Runs until soft shutdown, then drains over `drain`; ends at once on a hard one.
pub async fn serve(
    listener: TcpListener,
    door: Arc<Door>,
    relay: Arc<Relay>,
    max_sockets: usize,
    drain: Duration,
    shutdown: &Shutdown,
) {
    platform::metrics::SOCKETS.add(0); // shown from the start
    // Dropped with this future, and every socket with it.
    let mut sockets = JoinSet::new();
    let places = Arc::new(Semaphore::new(max_sockets));
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let place = Arc::clone(&places).try_acquire_owned().ok();
                    let (door, relay) = (Arc::clone(&door), Arc::clone(&relay));
                    sockets.spawn(receive(stream, place, door, relay, shutdown.clone()));
                }
                Err(error) => {
                    // Out of file descriptors, most likely: some will come back.
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(ended) = sockets.join_next() => report(ended),
            _ = sweep.tick() => relay.hub.expire(relay.clock.now().timestamp()),
            () = shutdown.stopping() => break,
        }
    }
    drop(listener);
    let goodbyes = async {
        relay.hub.drain(drain).await;
        let rest = async {
            while let Some(ended) = sockets.join_next().await {
                report(ended);
            }
        };
        let _ = tokio::time::timeout(GOODBYE_TIMEOUT, rest).await;
    };
    tokio::select! {
        () = goodbyes => {}
        () = shutdown.stopped_hard() => {}
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "the task of a socket failed");
    }
}

async fn receive(
    stream: TcpStream,
    place: Option<OwnedSemaphorePermit>,
    door: Arc<Door>,
    relay: Arc<Relay>,
    shutdown: Shutdown,
) {
    let _ = stream.set_nodelay(true);
    let mut opened = None;
    let shaken = shake_hands(stream, place.is_some(), &door, &relay, &mut opened);
    let Ok(Some((mut stream, read))) = tokio::time::timeout(HANDSHAKE_TIMEOUT, shaken).await else {
        return;
    };
    let Some(opened) = opened else {
        drop(place);
        hear_out(&mut stream, HANDSHAKE_TIMEOUT).await;
        return;
    };
    let (server, limits) = (Role::Server, Some(wire::limits()));
    let socket = WebSocketStream::from_partially_read(stream, read, server, limits).await;
    match opened {
        Opened::Account(client) => session::serve(socket, client, relay).await,
        Opened::Public(viewer, seat) => {
            // It has a budget of its own.
            drop(place);
            return public::serve(socket, viewer, seat, relay.ping, shutdown).await;
        }
    }
    drop(place);
}

/// Answers one request. Where it opened a socket, there is a client; what else came is returned with the stream.
async fn shake_hands(
    stream: TcpStream,
    has_place: bool,
    door: &Door,
    relay: &Relay,
    opened: &mut Option<Opened>,
) -> Option<(TcpStream, Vec<u8>)> {
    let (result, peer) = (Mutex::new(opened), stream.peer_addr().ok());
    let service = service_fn(async |request: Request<Incoming>| {
        let opened = door.open(&request, peer, has_place, relay.clock.now()).await;
        let answer = opened.map_or_else(
            |refusal| refusal.answer(request.headers()),
            |(opened, answer)| {
                if let Ok(mut result) = result.lock() {
                    **result = Some(opened);
                }
                answer
            },
        );
        Ok::<_, Infallible>(answer)
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let parts = connection.without_shutdown().await.ok()?;
    Some((parts.io.into_inner(), parts.read_buf.into()))
}
