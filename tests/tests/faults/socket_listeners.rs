//! One account's socket: listens on either notifier, comes back with its cursor after every break, and
//! writes down all that it is told.

use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use uuid::Uuid;

use crate::journal::Journal;
use crate::stage::Patient;

/// Above two pings of the server: a socket that is silent for so long is left.
const SILENCE: Duration = Duration::from_secs(45);
const HANDSHAKE: Duration = Duration::from_secs(6);
const AGAIN_AFTER: Duration = Duration::from_millis(60);

/// A frame, as far as it is looked at.
#[derive(Deserialize)]
struct Frame<'f> {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    code: Option<String>,
    #[serde(borrow)]
    request: Option<&'f RawValue>,
}

#[derive(Deserialize)]
struct Named {
    id: Uuid,
}

/// A listener of one account.
pub struct SocketListener {
    pub journal: Arc<Journal>,
    pub patient: Patient,
    pub notifiers: Vec<String>,
    cursor: Option<String>,
    connection: u32,
    listening: watch::Sender<bool>,
}

impl SocketListener {
    /// With what tells that it has a cursor: what comes after is not missed.
    pub fn new(
        journal: Arc<Journal>,
        patient: Patient,
        notifiers: Vec<String>,
    ) -> (Self, watch::Receiver<bool>) {
        let (listening, listens) = watch::channel(false);
        (Self { journal, patient, notifiers, cursor: None, connection: 0, listening }, listens)
    }

    /// Until it is dropped.
    pub async fn listen(mut self, first: usize) {
        let mut turn = first;
        loop {
            let notifier = self.notifiers[turn % self.notifiers.len()].clone();
            // The error is that of a broken socket: killed, frozen, or told to go away.
            let _ = self.connect(&notifier).await;
            turn += 1;
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    async fn connect(&mut self, notifier: &str) -> Result<(), tungstenite::Error> {
        let query =
            self.cursor.as_ref().map(|cursor| format!("?after={cursor}")).unwrap_or_default();
        let mut request = format!("ws://{notifier}/ws{query}").into_client_request()?;
        let protocols = format!("docde.v1, token.{}", self.patient.token);
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse()?);
        let opening =
            tokio::time::timeout(HANDSHAKE, tokio_tungstenite::connect_async(request)).await;
        let Ok(Ok((mut stream, _))) = opening else { return Ok(()) };
        self.connection += 1;
        while let Ok(Some(message)) = tokio::time::timeout(SILENCE, stream.next()).await {
            match message? {
                Message::Text(text) => self.hear(&text),
                Message::Close(_) => break,
                _ => {}
            }
        }
        Ok(())
    }

    fn hear(&mut self, text: &str) {
        let account = self.patient.account;
        let Ok(frame) = serde_json::from_str::<Frame<'_>>(text) else {
            return self
                .journal
                .strange(format!("{account} got a frame that cannot be read: {text}"));
        };
        match (frame.kind.as_str(), frame.request) {
            ("outcome", Some(document)) => match serde_json::from_str::<Named>(document.get()) {
                Ok(Named { id }) => {
                    let cursor = frame.id.as_deref().unwrap_or_default();
                    self.journal.framed(account, id, document.get(), cursor, self.connection);
                }
                Err(_) => {
                    self.journal.strange(format!("{account} got an outcome of nothing: {text}"));
                }
            },
            ("notice", None) if frame.code.as_deref() == Some("CONNECTED") => {
                let _ = self.listening.send(true);
            }
            ("notice", None) => self.journal.noticed(account, text),
            // A place is how things stand, and no event that must come.
            ("place", None) => {}
            _ => self.journal.strange(format!("{account} got {text}")),
        }
        if frame.id.is_some() {
            self.cursor = frame.id;
        }
    }
}
