//! One WebSocket with small, bounded buffers. Nothing on it waits for ever: every wait ends when the hub
//! sends the socket away, or when patience does.

use futures_util::{SinkExt, StreamExt};
use platform::linger::hear_out;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use crate::close::Close;

const KIB: usize = 1024;
/// For the peer to answer our goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// The defaults are 128 KiB a socket each way, messages of 64 MiB and no bound on what waits to be
/// written. The bound must hold the largest single frame, which is a resync.
pub fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4 * KIB)
        .write_buffer_size(4 * KIB)
        .max_write_buffer_size(512 * KIB)
        .max_message_size(Some(4 * KIB))
        .max_frame_size(Some(4 * KIB))
}

/// A socket that the hub can end.
pub struct Wire {
    socket: WebSocketStream<TcpStream>,
    closing: oneshot::Receiver<Close>,
    /// For one wait.
    patience: Duration,
}

/// What was heard from the peer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard {
    Pong,
    Text(Utf8Bytes),
    Other,
}

impl Wire {
    pub fn new(
        socket: WebSocketStream<TcpStream>,
        closing: oneshot::Receiver<Close>,
        patience: Duration,
    ) -> Self {
        Self { socket, closing, patience }
    }

    /// Sends frames in order, flushed once.
    pub async fn send(
        &mut self,
        frames: impl IntoIterator<Item = Utf8Bytes, IntoIter: Send> + Send,
    ) -> Result<(), Close> {
        self.write(frames.into_iter().map(Message::Text)).await
    }

    pub async fn ping(&mut self) -> Result<(), Close> {
        self.write([Message::Ping(Bytes::new())].into_iter()).await
    }

    async fn write(&mut self, messages: impl Iterator<Item = Message> + Send) -> Result<(), Close> {
        let Self { socket, closing, patience } = self;
        let write = async {
            for message in messages {
                socket.feed(message).await?;
            }
            socket.flush().await
        };
        let written = guarded(closing, *patience, write).await?;
        written.map_err(|error| Close::of(&error))
    }

    /// Waits for something else.
    pub async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Close> {
        guarded(&mut self.closing, self.patience, work).await
    }

    /// The hub's reason, once it has let go.
    pub async fn dismissed(&mut self) -> Close {
        (&mut self.closing).await.unwrap_or(Close::Restart)
    }

    /// The next message, however long it takes. May be dropped and called again.
    pub async fn hear(&mut self) -> Result<Heard, Close> {
        let message = tokio::select! {
            biased;
            reason = &mut self.closing => return Err(reason.unwrap_or(Close::Restart)),
            message = self.socket.next() => message,
        };
        match message {
            Some(Ok(Message::Pong(_))) => Ok(Heard::Pong),
            Some(Ok(Message::Text(text))) => Ok(Heard::Text(text)),
            Some(Ok(Message::Close(frame))) => {
                Err(Close::ByPeer(frame.map_or(1005, |frame| frame.code.into())))
            }
            Some(Ok(_)) => Ok(Heard::Other),
            Some(Err(error)) => Err(Close::of(&error)),
            None => Err(Close::Gone),
        }
    }

    /// Says goodbye with the reason, waits a little for the answer, and hears out a peer that still sends.
    pub async fn finish(mut self, reason: Close) {
        let end = async {
            let _ = self.goodbye(reason).await;
            hear_out(self.socket.get_mut(), GOODBYE).await;
        };
        if reason != Close::Gone {
            let _ = tokio::time::timeout(GOODBYE, end).await;
        }
    }

    async fn goodbye(&mut self, reason: Close) -> Result<(), Error> {
        if let Some(frame) = reason.frame() {
            self.socket.close(Some(frame)).await?;
        }
        while let Some(message) = self.socket.next().await {
            message?;
        }
        Ok(())
    }
}

async fn guarded<T>(
    closing: &mut oneshot::Receiver<Close>,
    patience: Duration,
    work: impl Future<Output = T>,
) -> Result<T, Close> {
    tokio::select! {
        biased;
        reason = closing => Err(reason.unwrap_or(Close::Restart)),
        done = tokio::time::timeout(patience, work) => done.map_err(|_| Close::TryLater),
    }
}
