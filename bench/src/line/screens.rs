//! Sockets of those who wait, and the desk's screen, which reads or has stopped to.

use futures_util::{StreamExt, TryStreamExt, stream};
use platform::Failure;
use platform::config::Env;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::pushes::Pushes;
use crate::http::Connection;
use crate::targets::{run_dir, run_files};
use crate::world::Account;

/// A socket that nobody reads holds this little of what it was sent.
const SMALL: u32 = 4_096;
const OPENING: Duration = Duration::from_secs(20);
/// The library's default for reading is 128 KiB a socket.
const READ_BUFFER: usize = 4_096;

/// The notifier that is measured.
#[derive(Clone, Debug)]
pub struct Notifier {
    pub http: String,
    health: Option<String>,
    pub pid: u32,
}

/// The first that runs.
pub fn notifier(env: &Env) -> Option<Notifier> {
    let (_, facts) = run_files(&run_dir(env)?, "notifier").into_iter().next()?;
    let text = |name: &str| facts.get(name)?.as_str().map(str::to_owned);
    let pid = u32::try_from(facts.get("pid")?.as_u64()?).ok()?;
    Some(Notifier { http: text("http")?, health: text("health"), pid })
}

/// Sockets that it has closed because their readers were too slow.
pub async fn too_slow(notifier: &Notifier) -> u64 {
    let Some(health) = &notifier.health else { return 0 };
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {health}\r\n\r\n");
    let Ok(mut connection) = Connection::open(health).await else { return 0 };
    let Ok(answer) = connection.exchange(request.as_bytes()).await else { return 0 };
    let count =
        |line: &str| line.strip_prefix(r#"docde_sockets_closed_total{code="1013"} "#)?.parse().ok();
    answer.body.lines().find_map(count).unwrap_or(0)
}

/// Everybody's sockets; dropping them hangs up.
#[derive(Debug)]
pub struct Sockets(Vec<JoinHandle<()>>);

impl Drop for Sockets {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

impl Sockets {
    /// Opens them, so many at a time. One that ends is a frame missed, and counted as that.
    pub async fn open(
        address: &str,
        people: &[Account],
        pushes: &Arc<Pushes>,
        at_once: usize,
    ) -> Result<Self, Failure> {
        let opening = people.iter().map(|account| async move {
            let stream = TcpStream::connect(address).await?;
            let mut socket = sign_in(address, &account.token, stream).await?;
            // The first frame says that what comes from now on is not missed.
            tokio::time::timeout(OPENING, socket.next()).await?.ok_or("a socket was closed")??;
            let pushes = Arc::clone(pushes);
            Ok::<_, Failure>(tokio::spawn(async move {
                while let Some(Ok(message)) = socket.next().await {
                    if let Message::Text(text) = message {
                        pushes.receive(text.as_str());
                    }
                }
            }))
        });
        Ok(Self(stream::iter(opening).buffer_unordered(at_once).try_collect().await?))
    }
}

/// The desk's screen.
#[derive(Debug)]
pub struct Screen {
    reader: Option<JoinHandle<()>>,
    _unread: Option<WebSocketStream<TcpStream>>,
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(reader) = &self.reader {
            reader.abort();
        }
    }
}

impl Screen {
    /// Opens it; one that does not read stops after the first frame.
    pub async fn open(address: &str, token: &str, reads: bool) -> Result<Self, Failure> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(SMALL)?;
        let stream = socket.connect(address.parse::<SocketAddr>()?).await?;
        let mut socket = sign_in(address, token, stream).await?;
        tokio::time::timeout(OPENING, socket.next()).await?.ok_or("a socket was closed")??;
        if !reads {
            return Ok(Self { reader: None, _unread: Some(socket) });
        }
        let reader = tokio::spawn(async move { while let Some(Ok(_)) = socket.next().await {} });
        Ok(Self { reader: Some(reader), _unread: None })
    }
}

async fn sign_in(
    address: &str,
    token: &str,
    stream: TcpStream,
) -> Result<WebSocketStream<TcpStream>, Failure> {
    stream.set_nodelay(true)?;
    let mut request = format!("ws://{address}/ws").into_client_request()?;
    let protocols = HeaderValue::from_str(&format!("docde.v1, token.{token}"))?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocols);
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER).write_buffer_size(0);
    let opening = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
    Ok(tokio::time::timeout(OPENING, opening).await??.0)
}
