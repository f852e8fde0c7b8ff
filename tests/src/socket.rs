//! Listening on the WebSocket as a client does.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use uuid::Uuid;

use crate::people::Patient;
use crate::wait::LIMIT;
use crate::world::Service;

/// An open socket and the last cursor that it gave.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub cursor: String,
    /// Places that were told and not asked for yet: they may come between any two events.
    places: VecDeque<Value>,
}

impl Socket {
    /// Signs in; the first frame (CONNECTED) is read already.
    pub async fn open(at: &Service, patient: &Patient, after: Option<&str>) -> Self {
        let (stream, _) =
            Self::try_open(at, &patient.token, after, &[]).await.expect("the socket opens");
        let mut socket = Self { stream, cursor: String::new(), places: VecDeque::new() };
        if after.is_none() {
            let first = socket.next().await.expect("a first frame");
            assert_eq!(first["code"], "CONNECTED", "{first}");
        }
        socket
    }

    /// The handshake, with further headers.
    pub async fn try_open(
        at: &Service,
        token: &str,
        after: Option<&str>,
        headers: &[(&'static str, &str)],
    ) -> Result<
        (WebSocketStream<MaybeTlsStream<TcpStream>>, tungstenite::handshake::client::Response),
        tungstenite::Error,
    > {
        let query = after.map(|cursor| format!("?after={cursor}")).unwrap_or_default();
        let mut request = format!("ws://{}/ws{query}", at.address).into_client_request()?;
        let protocols = format!("docde.v1, token.{token}").parse().expect("a header value");
        request.headers_mut().insert("sec-websocket-protocol", protocols);
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header value"));
        }
        tokio_tungstenite::connect_async(request).await
    }

    /// Says for which request it waits.
    ///
    /// # Panics
    /// When the socket is closed.
    pub async fn watch(&mut self, request: Uuid) {
        let text = serde_json::json!({"watch": request}).to_string();
        self.stream.send(Message::text(text)).await.expect("an open socket");
    }

    /// The next frame of any type, however long it takes; `None` when the server closed.
    pub async fn frame(&mut self) -> Option<Value> {
        loop {
            match self.stream.next().await?.ok()? {
                Message::Text(text) => {
                    let frame: Value = serde_json::from_str(&text).expect("JSON");
                    if let Some(id) = frame["id"].as_str() {
                        id.clone_into(&mut self.cursor);
                    }
                    return Some(frame);
                }
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// The next frame that is no place; `None` when the server closed.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            let frame =
                tokio::time::timeout(LIMIT, self.frame()).await.expect("a frame in time")?;
            if frame["type"] != "place" {
                return Some(frame);
            }
            self.places.push_back(frame);
        }
    }

    /// The next place that is told.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn place(&mut self) -> Value {
        while self.places.is_empty() {
            let frame = tokio::time::timeout(LIMIT, self.frame()).await.expect("a place in time");
            let frame = frame.expect("a place before the end");
            if frame["type"] == "place" {
                self.places.push_back(frame);
            }
        }
        self.places.pop_front().expect("a place")
    }

    /// Whether a place was told that nobody has asked for yet.
    pub fn has_place(&self) -> bool {
        !self.places.is_empty()
    }

    /// The next outcome frame.
    pub async fn outcome(&mut self) -> Value {
        loop {
            let frame = self.next().await.expect("an outcome before the end");
            if frame["type"] == "outcome" {
                return frame;
            }
        }
    }

    /// Outcome frames until that request's, all of them.
    pub async fn until_outcome_of(&mut self, request: Uuid) -> Vec<Value> {
        let mut frames = Vec::new();
        loop {
            let frame = self.outcome().await;
            let found = frame["request"]["id"] == request.to_string();
            frames.push(frame);
            if found {
                return frames;
            }
        }
    }

    /// Frames that come within a moment and are no places: for asserting that none do.
    pub async fn within(&mut self, moment: Duration) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = tokio::time::timeout(moment, self.frame()).await {
            if frame["type"] == "place" {
                self.places.push_back(frame);
            } else {
                frames.push(frame);
            }
        }
        frames
    }

    /// Whether the server has not said goodbye by now.
    pub async fn is_open(&mut self) -> bool {
        let heard = tokio::time::timeout(Duration::from_millis(100), self.stream.next()).await;
        !matches!(heard, Ok(None | Some(Err(_) | Ok(Message::Close(_)))))
    }

    /// The code and reason of the close frame.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            match tokio::time::timeout(LIMIT, self.stream.next()).await.expect("a close in time") {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                _ => return 0,
            }
        }
    }
}
