//! Accepts sockets up to a limit, ends those whose token has expired, and closes all when told to stop.

use platform::lifecycle::Shutdown;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::handshake::{Handshake, HandshakePolicy};
use crate::relay::Relay;
use crate::session;
use crate::wire;

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// For the last sockets to say goodbye; below the grace period of a shutdown.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(8);
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Runs until soft shutdown, then drains over `drain`; ends at once on a hard one.
pub async fn serve(
    listener: TcpListener,
    policy: Arc<HandshakePolicy>,
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
                    sockets.spawn(receive(stream, place, Arc::clone(&policy), Arc::clone(&relay)));
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
    policy: Arc<HandshakePolicy>,
    relay: Arc<Relay>,
) {
    let Some(_place) = place else {
        let _ = tokio::time::timeout(HANDSHAKE_TIMEOUT, refuse(stream)).await;
        return;
    };
    let _ = stream.set_nodelay(true);
    let mut client = None;
    let handshake = Handshake { policy: &policy, now: relay.clock.now(), client: &mut client };
    let socket =
        tokio_tungstenite::accept_hdr_async_with_config(stream, handshake, Some(wire::limits()));
    let Ok(Ok(socket)) = tokio::time::timeout(HANDSHAKE_TIMEOUT, socket).await else { return };
    let Some(client) = client else { return };
    session::serve(socket, client, relay).await;
}

/// Full. The request is read, lest closing with unread bytes takes the answer back.
async fn refuse(mut stream: TcpStream) -> std::io::Result<()> {
    const ANSWER: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await?;
    stream.write_all(ANSWER).await?;
    stream.shutdown().await
}
