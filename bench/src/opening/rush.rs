//! One opening. Each HTTP connection takes the next request that is due, waits for its moment, sends it and reads the
//! answer; what is told on the sockets is taken in elsewhere. Where all connections are busy a request starts late, and
//! that is measured. All times are read from one clock, the generator's monotonic one.

use futures_util::{StreamExt, TryStreamExt, stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

use platform::Failure;

use super::calls::Call;
use crate::drive::drain;
use crate::http::{Connection, RequestTemplate};
use crate::inbox::{Inbox, OutcomeCounts, micros};
use crate::sockets::{self, Listener};
use crate::tally::{AnswerKind, ClientTally};
use crate::targets::Targets;
use crate::world::Account;

/// Connections that are being opened at the same time.
const MAX_OPENING: usize = 64;

/// From the last preparation to the first moment.
const LEAD: Duration = Duration::from_millis(200);

/// How long outcomes may stay away, after the last was told, before the wait ends.
const OUTCOME_TIMEOUT: Duration = Duration::from_secs(20);

/// An opening whose connections and sockets are open.
pub struct ReadyRush {
    calls: Arc<Vec<Call>>,
    connections: Vec<Connection>,
    inboxes: Arc<Vec<Arc<Inbox>>>,
    listeners: Vec<Listener>,
}

/// What an opening came to. Times are microseconds since each request was meant to start, unless they say otherwise.
#[derive(Clone, Debug, Default)]
pub struct RushTally {
    /// Answers by kind; their times are kept below.
    pub counts: ClientTally,
    /// Outcomes of what was accepted that are known to their patients, from a socket or from the answer.
    pub told: OutcomeCounts,
    /// How late each request started.
    pub late: Vec<u32>,
    /// To the 202s.
    pub accepted: Vec<u32>,
    /// To the 202s, since the request was really sent.
    pub accepted_since_sent: Vec<u32>,
    /// To the outcomes, told or answered.
    pub outcomes: Vec<u32>,
    /// From the opening to the last outcome.
    pub last: Duration,
}

impl ReadyRush {
    /// Opens everything. Patients are signed in and connected before the opening, as people are who wait for it: each
    /// connection has carried a request, which both sides refuse for its missing key once they have checked the token.
    pub async fn open(
        targets: &Targets,
        accounts: &[Account],
        calls: Vec<Call>,
        connections: usize,
    ) -> Result<Self, Failure> {
        let (inboxes, listeners) = sockets::listen_all(targets, accounts).await?;
        let account = |n: usize| accounts.get(n % accounts.len().max(1)).ok_or("no accounts");
        let opening = (0..connections).map(|n| async move {
            let address = targets.http_of(n);
            let template = RequestTemplate::new(address, &account(n)?.token, "");
            let mut connection = Connection::open(address).await?;
            connection.exchange(&template.booking("", "{}")).await?;
            Ok::<_, Failure>(connection)
        });
        let connections =
            stream::iter(opening)
                .buffer_unordered(MAX_OPENING)
                .try_collect()
                .await
                .map_err(|error| format!("of {connections} connections not all opened: {error}"))?;
        Ok(Self { calls: Arc::new(calls), connections, inboxes: Arc::new(inboxes), listeners })
    }

    pub async fn run(self) -> Result<RushTally, Failure> {
        let (opening, next) = (Instant::now() + LEAD, Arc::new(AtomicUsize::new(0)));
        let mut sending = JoinSet::new();
        for connection in self.connections {
            let sender = Sender {
                calls: Arc::clone(&self.calls),
                next: Arc::clone(&next),
                inboxes: Arc::clone(&self.inboxes),
                connection,
                opening,
                tally: RushTally::default(),
            };
            sending.spawn(sender.run());
        }
        let mut tally = RushTally::default();
        while let Some(part) = sending.join_next().await {
            tally.add(part?);
        }
        drain(&self.inboxes, OUTCOME_TIMEOUT).await;
        for inbox in self.inboxes.iter() {
            let (told, micros, last) = inbox.take();
            tally.told.add(told);
            tally.outcomes.extend(micros);
            tally.known(last, opening);
        }
        drop(self.listeners);
        tally.sort();
        Ok(tally)
    }
}

/// One connection's part.
struct Sender {
    calls: Arc<Vec<Call>>,
    next: Arc<AtomicUsize>,
    inboxes: Arc<Vec<Arc<Inbox>>>,
    connection: Connection,
    opening: Instant,
    tally: RushTally,
}

impl Sender {
    async fn run(mut self) -> RushTally {
        let calls = Arc::clone(&self.calls);
        while let Some(call) = calls.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let due = self.opening + call.due;
            tokio::time::sleep_until(due.into()).await;
            self.send(call, due).await;
        }
        self.tally
    }

    async fn send(&mut self, call: &Call, due: Instant) {
        let inbox = self.inboxes.get(call.account);
        if let Some(inbox) = inbox {
            inbox.expect(call.id, due, None);
        }
        let sent = Instant::now();
        let answer = self.connection.exchange(&call.request).await;
        let kind =
            answer.map_or(AnswerKind::Failed, |answer| AnswerKind::of(answer.status, answer.body));
        let now = Instant::now();
        let awaited =
            kind == AnswerKind::Accepted || inbox.is_none_or(|inbox| inbox.forget(call.id));
        let tally = &mut self.tally;
        let since_due = micros(now.saturating_duration_since(due));
        tally.late.push(micros(sent.saturating_duration_since(due)));
        tally.counts.count(kind, call.id);
        match kind {
            AnswerKind::Accepted => {
                tally.accepted.push(since_due);
                tally.accepted_since_sent.push(micros(now.saturating_duration_since(sent)));
            }
            // Unless the socket was quicker.
            AnswerKind::Decided { .. } | AnswerKind::Refused if awaited => {
                tally.outcomes.push(since_due);
                match kind {
                    AnswerKind::Decided { confirmed: true } => tally.told.confirmed += 1,
                    AnswerKind::Decided { confirmed: false } => tally.told.rejected += 1,
                    _ => {}
                }
                tally.known(Some(now), self.opening);
            }
            _ => {}
        }
    }
}

impl RushTally {
    fn add(&mut self, part: Self) {
        self.told.add(part.told);
        self.counts.add(part.counts);
        self.late.extend(part.late);
        self.accepted.extend(part.accepted);
        self.accepted_since_sent.extend(part.accepted_since_sent);
        self.outcomes.extend(part.outcomes);
        self.last = self.last.max(part.last);
    }

    fn known(&mut self, at: Option<Instant>, opening: Instant) {
        let since = at.map_or(Duration::ZERO, |at| at.saturating_duration_since(opening));
        self.last = self.last.max(since);
    }

    fn sort(&mut self) {
        let times =
            [&mut self.late, &mut self.accepted, &mut self.accepted_since_sent, &mut self.outcomes];
        for times in times {
            times.sort_unstable();
        }
    }
}
