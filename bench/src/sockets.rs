//! One WebSocket an account, signed in by subprotocol, feeding an inbox. A socket that is closed comes back
//! where it was, by the cursor of its last frame, as a phone's would.

use futures_util::{StreamExt, TryStreamExt, stream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::{Error, Message};

use platform::Failure;

use crate::http::member;
use crate::inbox::Inbox;
use crate::targets::Targets;
use crate::world::Account;

/// Sockets that are being opened at the same time.
const MAX_OPENING: usize = 64;

/// An open socket's task; dropping it hangs up without a word.
#[derive(Debug)]
pub struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Opens a socket at `host:port` and listens until dropped. Returns once the server has said that it is
/// connected, so that no outcome can be missed.
pub async fn listen(address: String, token: &str, inbox: Arc<Inbox>) -> Result<Listener, Failure> {
    let protocols = HeaderValue::from_str(&format!("docde.v1, token.{token}"))?;
    let (ready, is_ready) = oneshot::channel();
    let task = tokio::spawn(keep_listening(address, protocols, inbox, ready));
    let listener = Listener(task);
    match tokio::time::timeout(Duration::from_secs(20), is_ready).await {
        Ok(Ok(())) => Ok(listener),
        _ => Err("a WebSocket was not connected within 20 s".into()),
    }
}

/// A socket and an inbox for each of these accounts; none where the target answers with the outcome itself.
pub async fn listen_all(
    targets: &Targets,
    accounts: &[Account],
) -> Result<(Vec<Arc<Inbox>>, Vec<Listener>), Failure> {
    let opening = accounts.iter().enumerate().filter_map(|(index, account)| {
        let (address, inbox) = (targets.socket_of(index)?.to_owned(), Arc::new(Inbox::default()));
        Some(async move {
            let listener = listen(address, &account.token, Arc::clone(&inbox)).await?;
            Ok::<_, Failure>((inbox, listener))
        })
    });
    let open: Vec<_> = stream::iter(opening).buffered(MAX_OPENING).try_collect().await?;
    Ok(open.into_iter().unzip())
}

async fn keep_listening(
    address: String,
    protocols: HeaderValue,
    inbox: Arc<Inbox>,
    ready: oneshot::Sender<()>,
) {
    let mut ready = Some(ready);
    let mut cursor = String::new();
    loop {
        if let Ok(mut socket) = open(&address, protocols.clone(), &cursor).await {
            while let Some(Ok(message)) = socket.next().await {
                let Message::Text(text) = message else { continue };
                inbox.receive(text.as_str(), Instant::now());
                if let Some(id) = frame_id(text.as_str()) {
                    id.clone_into(&mut cursor);
                }
                if let Some(ready) = ready.take() {
                    let _ = ready.send(());
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn open(
    address: &str,
    protocols: HeaderValue,
    cursor: &str,
) -> Result<WebSocketStream<TcpStream>, Error> {
    let after = if cursor.is_empty() { String::new() } else { format!("?after={cursor}") };
    let mut request = format!("ws://{address}/ws{after}").into_client_request()?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocols);
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    Ok(socket)
}

/// The frame's own id, a cursor; the ids inside it are UUIDs.
fn frame_id(frame: &str) -> Option<&str> {
    member(frame, "id").filter(|id| uuid::Uuid::parse_str(id).is_err())
}
