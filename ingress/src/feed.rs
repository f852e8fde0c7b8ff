//! Listening to what workers have committed: outcomes for those who wait, days that changed, how long the
//! lines are. What is missed while the connection is away costs latency only: waiters read the
//! database at their deadline and copies grow old.

use domain::feed::{self, Line};
use domain::time;
use futures_util::StreamExt;
use platform::broker::{Broker, BrokerError};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

use crate::days::Days;
use crate::partitions::Partitions;
use crate::waiters::Waiters;

/// Between two attempts to listen.
const BACK_OFF: Duration = Duration::from_millis(250);

/// Who is told.
#[derive(Clone)]
pub(crate) struct Listeners {
    pub waiters: Arc<Waiters>,
    pub partitions: Arc<Partitions>,
    pub days: Arc<Days>,
}

/// Listens, and again after each break, until it is dropped. An outage is told of once.
pub(crate) async fn run(broker: Broker, listeners: Listeners) {
    let mut quiet = false;
    loop {
        match listen(&broker, &listeners, &mut quiet).await {
            Ok(()) if !quiet => tracing::warn!("the outcomes feed ended: listening again"),
            Err(error) if !quiet => tracing::warn!(%error, "the outcomes feed cannot be heard: trying again until it can"),
            Ok(()) | Err(_) => {}
        }
        quiet = true;
        tokio::time::sleep(BACK_OFF).await;
    }
}

async fn listen(broker: &Broker, listeners: &Listeners, quiet: &mut bool) -> Result<(), BrokerError> {
    let channel = broker.channel().await?;
    let mut outcomes = channel.consume_outcomes("ingress").await?;
    *quiet = false;
    tracing::info!("listening to outcomes");
    while let Some(delivery) = outcomes.next().await {
        listeners.hear(&delivery?.data);
    }
    Ok(())
}

/// The member of a Request that says when it came.
#[derive(Deserialize)]
struct Accepted<'d> {
    accepted_at: &'d str,
}

impl Listeners {
    fn hear(&self, message: &[u8]) {
        let Some((head, lines)) = feed::read(message) else {
            tracing::warn!(bytes = message.len(), "a message of the outcomes feed cannot be read");
            return;
        };
        self.partitions.hear(head);
        let mut last = None;
        for line in lines {
            if let Line::Event { kind: "outcome", document, .. } = line {
                last = Some(document);
            }
            match line {
                Line::Event { kind: "outcome" | "notice", request, body_hash, document, .. }
                | Line::Echo { request, body_hash, document } => {
                    self.waiters.tell(request, body_hash, document);
                }
                Line::Event { .. } => {}
                Line::Day { doctor, day } => self.days.drop_copy((doctor, day)),
            }
        }
        let accepted_at = last.and_then(|document| serde_json::from_str::<Accepted<'_>>(document).ok());
        if let Some(at) = accepted_at.and_then(|accepted| time::parse(accepted.accepted_at).ok()) {
            self.partitions.decided(head.partition, at);
        }
    }
}
