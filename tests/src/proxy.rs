//! A wire that tests can cut, between a service and the broker: a TCP proxy that passes everything, holds back one
//! direction or both, or is down. What is held is delivered late, not lost, as on a real network.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

/// What the wire does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wire {
    Passes,
    /// What the service sends arrives; answers are held back.
    HoldsAnswers,
    /// Nothing arrives, on either side, until it passes again.
    Holds,
    /// Open connections are closed and new ones refused.
    Down,
}

/// The proxy; it ends with the test.
pub struct Proxy {
    address: SocketAddr,
    wire: Arc<watch::Sender<Wire>>,
    sent: Arc<AtomicU64>,
}

impl Proxy {
    /// Before the server of `url`.
    pub async fn before(url: &str) -> Self {
        Self::with(url, |_, _| true).await
    }

    /// The same; as soon as the service sends these bytes, which arrive, all answers are held back.
    pub async fn holding_after(url: &str, mark: &'static [u8]) -> Self {
        let seen = move |wire: &watch::Sender<Wire>, bytes: &[u8]| {
            if contains(bytes, mark) {
                wire.send_replace(Wire::HoldsAnswers);
            }
            true
        };
        Self::with(url, seen).await
    }

    /// The same; a connection on which the service sends these bytes is closed, and they do not arrive.
    pub async fn cutting_at(url: &str, mark: &'static [u8]) -> Self {
        Self::with(url, move |_, bytes| !contains(bytes, mark)).await
    }

    /// `seen` looks at what the service sends, and says whether the connection goes on.
    async fn with(
        url: &str,
        seen: impl Fn(&watch::Sender<Wire>, &[u8]) -> bool + Copy + Send + Sync + 'static,
    ) -> Self {
        let url = Url::parse(url).expect("a URL");
        let target = format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(5672));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("the port");
        let wire = Arc::new(watch::Sender::new(Wire::Passes));
        // It goes on when nobody holds its handle any more.
        let state = Arc::clone(&wire);
        let sent = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&sent);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *state.borrow() != Wire::Down {
                    tokio::spawn(serve(
                        client,
                        target.clone(),
                        Arc::clone(&state),
                        Arc::clone(&count),
                        seen,
                    ));
                }
            }
        });
        Self { address, wire, sent }
    }

    /// The URL, by way of the proxy.
    pub fn url(&self, url: &str) -> String {
        let mut url = Url::parse(url).expect("a URL");
        url.set_ip_host(self.address.ip()).expect("a host");
        url.set_port(Some(self.address.port())).expect("a port");
        url.to_string()
    }

    /// Bytes that the service has sent through it.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }

    /// Breaks all open connections; new ones pass.
    pub async fn cut(&self) {
        self.set(Wire::Down);
        // Long enough for the tasks of all connections to have seen it.
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.set(Wire::Passes);
    }
}

async fn serve(
    client: TcpStream,
    target: String,
    wire: Arc<watch::Sender<Wire>>,
    sent: Arc<AtomicU64>,
    seen: impl Fn(&watch::Sender<Wire>, &[u8]) -> bool,
) {
    let state = wire.subscribe();
    let Ok(server) = TcpStream::connect(target).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let mut down = state.clone();
    let (mut there, mut back) = (state.clone(), state);
    let not_counted = AtomicU64::new(0);
    let seen = |bytes: &[u8]| seen(&wire, bytes);
    tokio::select! {
        () = pass(&mut from_client, &mut to_server, &mut there, (&sent, seen), |wire| matches!(wire, Wire::Passes | Wire::HoldsAnswers)) => {}
        () = pass(&mut from_server, &mut to_client, &mut back, (&not_counted, |_: &[u8]| true), |wire| wire == Wire::Passes) => {}
        () = async { drop(down.wait_for(|wire| *wire == Wire::Down).await) } => {}
    }
}

async fn pass(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    state: &mut watch::Receiver<Wire>,
    (total, seen): (&AtomicU64, impl Fn(&[u8]) -> bool),
    open: impl Fn(Wire) -> bool,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else { return };
        if !seen(&buffer[..count]) {
            return;
        }
        let passes = state.wait_for(|wire| open(*wire)).await.is_ok();
        if !passes || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
        total.fetch_add(count as u64, Ordering::Relaxed);
    }
}

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}
