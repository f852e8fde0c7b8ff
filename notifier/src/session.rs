//! The life of one socket: listed first, then brought up to date from the database, then told as
//! it happens, until either side ends it. Of what a client sends, only for which request it waits is read; closing changes nothing but that
//! nobody is told.

use platform::metrics;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;

use crate::close::Close;
use crate::frame::{self, Told};
use crate::handshake::Client;
use crate::hearing::Hearing;
use crate::hub::Registration;
use crate::progress::Progress;
use crate::relay::Relay;
use crate::resume::Resumption;
use crate::states::{Sent, Shown};
use crate::wire::{Heard, Wire};

/// One socket.
pub struct Session<'a> {
    pub relay: &'a Relay,
    pub client: &'a Client,
    pub wire: Wire,
    pub progress: Progress,
    registration: Registration,
    sent: Sent,
}

/// Counts a socket for as long as it is open.
struct Open;

impl Open {
    fn count() -> Self {
        metrics::SOCKETS.inc();
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics::SOCKETS.dec();
    }
}

/// Serves an open socket to its end.
pub async fn serve(socket: WebSocketStream<TcpStream>, client: Client, relay: Arc<Relay>) {
    let _open = Open::count();
    let (account, session) = (client.account, client.session);
    let mut registration = relay.hub.register(account, session, client.expires);
    // It may have ended after the handshake and before there was a listener to send away.
    if relay.sessions.has(session) {
        relay.hub.end_session(account, session);
    }
    let Some(closing) = registration.close.take() else { return };
    // The base is read after registering: see `progress`.
    let progress = Progress::new(client.after.clone(), relay.hub.base(), relay.hub.partitions());
    let wire = Wire::new(socket, closing, relay.ping * 2);
    let sent = Sent::default();
    let mut session =
        Session { relay: &relay, client: &client, wire, progress, registration, sent };
    let Err(reason) = session.run().await;
    drop(session.registration);
    metrics::SOCKETS_CLOSED.with_label_values(&[&*reason.label()]).inc();
    session.wire.finish(reason).await;
}

impl Session<'_> {
    async fn run(&mut self) -> Result<Infallible, Close> {
        if self.client.after.is_some() {
            let (relay, account) = (self.relay, self.client.account);
            let (wire, progress) = (&mut self.wire, &mut self.progress);
            Resumption { relay, account, wire, progress }.run().await?;
        } else {
            self.wire.send([frame::connected(&self.progress.id(), self.relay.clock.now())]).await?;
        }
        self.relay.rooms.came(self.registration.listener());
        self.live().await
    }

    async fn live(&mut self) -> Result<Infallible, Close> {
        let mut pings = tokio::time::interval_at(Instant::now() + self.relay.ping, self.relay.ping);
        let mut hearing = Hearing::new(self.relay.ping);
        loop {
            tokio::select! {
                heard = self.wire.hear() => {
                    let heard = heard?;
                    hearing.note(&heard)?;
                    if let Heard::Text(text) = heard {
                        self.relay.waiting.hear(self.client.account, &text);
                    }
                }
                told = self.registration.frames.recv() => match told {
                    Some(told) => self.tell(&told).await?,
                    // The hub has let go, and says why.
                    None => return Err(self.wire.dismissed().await),
                },
                states = self.registration.states.take() => self.show(&states).await?,
                _ = pings.tick() => {
                    hearing.check()?;
                    self.wire.ping().await?;
                }
            }
        }
    }

    /// Sends an event and all that wait behind it.
    async fn tell(&mut self, first: &Told) -> Result<(), Close> {
        let mut frames = Vec::from_iter(self.take(first));
        while let Ok(next) = self.registration.frames.try_recv() {
            frames.extend(self.take(&next));
        }
        self.wire.send(frames).await
    }

    /// Sends states that are news. They carry the cursor as it is, for they move it nowhere.
    async fn show(&mut self, states: &[Arc<Shown>]) -> Result<(), Close> {
        let id = self.progress.id();
        let news = states.iter().filter(|shown| self.sent.takes(shown));
        let frames: Vec<_> = news.map(|shown| shown.frame(&id)).collect();
        self.wire.send(frames).await
    }

    fn take(&mut self, told: &Told) -> Option<tokio_tungstenite::tungstenite::Utf8Bytes> {
        self.progress.take(told.partition, told.seq).then(|| told.frame(&self.progress.id()))
    }
}
