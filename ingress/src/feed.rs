//! Listening to what workers have committed: outcomes for those who wait, days that changed, how long the
//! lines are. What is missed while the connection is away costs latency only: waiters read the
//! database at their deadline and copies grow old.

use domain::feed::{self, Line};
use domain::time;
use platform::broker::Broker;
use platform::tasks::Tasks;
use platform::{crash, outcomes};
use serde::Deserialize;
use std::sync::Arc;

use crate::days::Days;
use crate::partitions::Partitions;
use crate::waiters::Waiters;

/// Who is told.
#[derive(Clone)]
pub(crate) struct Listeners {
    pub waiters: Arc<Waiters>,
    pub partitions: Arc<Partitions>,
    pub days: Arc<Days>,
}

/// Listens until hard shutdown.
pub(crate) async fn run(broker: Broker, listeners: Listeners, tasks: Tasks) {
    crash::round("feed");
    if let Some(mut messages) = outcomes::subscribe(broker, "ingress", &tasks).await {
        while let Some(message) = messages.recv().await {
            crash::round("feed");
            listeners.hear(&message);
        }
    }
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
        let (mut reached, mut last) = (0, None);
        for line in lines {
            if let Line::Event { seq, kind, document, .. } = line {
                reached = seq;
                last = if kind == "outcome" { Some(document) } else { last };
            }
            match line {
                Line::Event {
                    kind: "outcome" | "notice", request, body_hash, document, ..
                }
                | Line::Echo { request, body_hash, document } => {
                    self.waiters.tell(request, body_hash, document);
                }
                Line::Event { .. } => {}
                Line::Day { doctor, day, revision } => {
                    self.days.changed((doctor, day), (head.epoch, revision));
                }
            }
        }
        self.partitions.reached(head.partition, reached);
        let accepted_at =
            last.and_then(|document| serde_json::from_str::<Accepted<'_>>(document).ok());
        if let Some(at) = accepted_at.and_then(|accepted| time::parse(accepted.accepted_at).ok()) {
            self.partitions.decided(head.partition, at);
        }
    }
}
