//! The socket as a patient's program uses it: signed in by subprotocol, waiting for one outcome.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::failure::CliError;

/// For the hand-shake and the first frame.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// An open socket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects and waits for the notice that says so.
    pub async fn open(url: &str, token: &str) -> Result<Self, CliError> {
        let mut request = url.into_client_request()?;
        let protocols = HeaderValue::from_str(&format!("docde.v1, token.{token}"));
        let protocols =
            protocols.map_err(|_| CliError::refused("the token does not fit into a header"))?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocols);
        let open = async {
            let (stream, _) = connect_async(request).await?;
            let mut socket = Self(stream);
            while let Some(frame) = socket.next().await? {
                if frame["type"] == "notice" && frame["code"] == "CONNECTED" {
                    return Ok(socket);
                }
            }
            Err(CliError::refused("the socket was closed before it said CONNECTED"))
        };
        tokio::time::timeout(OPEN_TIMEOUT, open)
            .await
            .unwrap_or_else(|_| Err(CliError::refused("the socket does not open in time")))
    }

    /// The outcome of that request, if it comes in time. Others are of earlier bookings.
    pub async fn outcome(
        &mut self,
        request: &str,
        until: Instant,
    ) -> Result<Option<Value>, CliError> {
        let wait = async {
            while let Some(frame) = self.next().await? {
                if frame["type"] == "outcome" && frame["request"]["id"] == request {
                    return Ok(Some(frame));
                }
            }
            Err(CliError::refused("the socket was closed before the outcome came"))
        };
        tokio::time::timeout_at(until.into(), wait).await.unwrap_or(Ok(None))
    }

    /// The next frame of text as JSON; `None` once the socket is closed.
    async fn next(&mut self) -> Result<Option<Value>, CliError> {
        while let Some(message) = self.0.next().await {
            match message? {
                Message::Text(text) => {
                    let frame = serde_json::from_str(&text);
                    return frame.map(Some).map_err(|_| {
                        CliError::refused(format!("the socket sent what is not JSON: {text}"))
                    });
                }
                Message::Close(_) => return Ok(None),
                _ => {}
            }
        }
        Ok(None)
    }

    pub async fn close(mut self) {
        let _ = self.0.send(Message::Close(None)).await;
    }
}
