//! Publishes what was committed to notifiers and ingresses: one message a batch. A watermark per partition says up to
//! which event the broker has confirmed everything. What is above it is sent again from the database, at a takeover and
//! within a second of a failure. Nothing waits for this: a lost message costs time, never truth.

use domain::feed::{Entry, Feed, Head};
use domain::partition::PartitionId;
use domain::trace::{self, TraceParent};
use domain::wire::header;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use platform::broker::{Broker, CONFIRM_TIMEOUT, Channel, Outgoing, publish_confirmed};
use platform::lifecycle::Shutdown;
use platform::tasks::Tasks;
use platform::{crash, topology};
use sqlx::MySqlPool;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

use crate::events_store::{MAX_UNPUBLISHED, unpublished};

const RESEND_EVERY: Duration = Duration::from_secs(1);
/// Batches waiting to be told; past it they are left to the resend.
const QUEUE: usize = 1_024;
/// Traces that a message names at most: its headers have to fit one frame of the broker's protocol (128 KiB).
const MAX_TRACES: usize = 256;
/// Events in a message of the resend.
const RESENT_AT_ONCE: usize = 200;

/// A message on its way, and the events that it tells: from `first` to `last`, none where `first` is above.
#[derive(Clone, Copy)]
struct Span {
    partition: PartitionId,
    first: u64,
    last: u64,
}

struct Notice {
    span: Span,
    message: Vec<u8>,
    /// Of the commands whose decisions it tells; what is sent again from the database has none.
    traces: Vec<TraceParent>,
}

/// How far a partition's listeners were told.
struct Mark {
    /// Every event up to here was confirmed by the broker.
    published: u64,
    /// Something above is neither confirmed nor on its way: to be sent again.
    behind: bool,
    /// The partition's backlog as it was told last.
    head: Head,
}

#[derive(Clone, Default)]
struct Marks(Arc<Mutex<BTreeMap<PartitionId, Mark>>>);

impl Marks {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<PartitionId, Mark>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message was confirmed, or it was not. One that starts above the mark leaves something out.
    fn settle(&self, span: Span, confirmed: bool) {
        let mut marks = self.lock();
        let Some(mark) = marks.get_mut(&span.partition) else { return };
        if confirmed && span.first <= mark.published + 1 {
            mark.published = mark.published.max(span.last);
        } else {
            mark.behind = true;
        }
    }

    /// Something above the mark will not be told by what is on its way.
    fn fall_behind(&self, partition: PartitionId) {
        if let Some(mark) = self.lock().get_mut(&partition) {
            mark.behind = true;
        }
    }

    /// What is behind, from which event on. It counts as on its way from now on.
    fn take_behind(&self) -> Vec<(PartitionId, u64)> {
        let mut marks = self.lock();
        let behind = marks.iter_mut().filter_map(|(partition, mark)| {
            std::mem::take(&mut mark.behind).then_some((*partition, mark.published))
        });
        behind.collect()
    }
}

/// Hands batches to the task that publishes them.
pub struct OutcomePublisher {
    sender: mpsc::Sender<Notice>,
    marks: Marks,
    taken_over: Arc<Notify>,
}

impl OutcomePublisher {
    pub fn start(broker: &Broker, pool: MySqlPool, tasks: &Tasks) -> Self {
        let (sender, notices) = mpsc::channel(QUEUE);
        let (marks, taken_over) = (Marks::default(), Arc::new(Notify::new()));
        let task = Task { broker: broker.clone(), pool, channel: None, marks: marks.clone() };
        let task = task.run(notices, Arc::clone(&taken_over), tasks.shutdown().clone());
        tasks.spawn("outcome_publisher", task);
        Self { sender, marks, taken_over }
    }

    /// Events of the partition up to here were confirmed by the broker.
    pub fn published(&self, partition: PartitionId) -> u64 {
        self.marks.lock().get(&partition).map_or(0, |mark| mark.published)
    }

    /// Tells a committed batch with the events from `first` to `last`; `first` is above where it made none.
    pub fn tell(
        &self,
        head: Head,
        (first, last): (u64, u64),
        message: Vec<u8>,
        traces: &[TraceParent],
    ) {
        let partition = head.partition;
        if let Some(mark) = self.marks.lock().get_mut(&partition) {
            mark.head = head;
        }
        let span = Span { partition, first, last };
        let traces = traces.iter().copied().take(MAX_TRACES).collect();
        if self.sender.try_send(Notice { span, message, traces }).is_err() {
            self.marks.fall_behind(partition);
        }
    }

    /// Tells the backlog, with nothing committed.
    pub fn tell_head(&self, head: Head) {
        let published = self.published(head.partition);
        self.tell(head, (published + 1, published), Feed::new(head).into_bytes(), &[]);
    }

    /// At a takeover: from the watermark of the owner before.
    pub fn take_over(&self, head: Head, published: u64) {
        self.marks.lock().insert(head.partition, Mark { published, behind: true, head });
        self.taken_over.notify_one();
    }
}

struct Task {
    broker: Broker,
    pool: MySqlPool,
    channel: Option<Channel>,
    marks: Marks,
}

type Confirms = FuturesOrdered<BoxFuture<'static, (Span, bool)>>;

impl Task {
    async fn run(
        mut self,
        mut notices: mpsc::Receiver<Notice>,
        taken_over: Arc<Notify>,
        shutdown: Shutdown,
    ) {
        let mut confirms = Confirms::new();
        let mut resend = tokio::time::interval(RESEND_EVERY);
        loop {
            crash::round("outcome_publisher");
            tokio::select! {
                notice = notices.recv() => match notice {
                    Some(notice) => self.publish(notice, &mut confirms).await,
                    None => break,
                },
                Some((span, confirmed)) = confirms.next() => self.settle(span, confirmed),
                () = taken_over.notified() => self.resend(&mut confirms).await,
                _ = resend.tick() => self.resend(&mut confirms).await,
                () = shutdown.stopped_hard() => return,
            }
        }
        while let Some((span, confirmed)) = confirms.next().await {
            self.settle(span, confirmed);
        }
    }

    fn settle(&mut self, span: Span, confirmed: bool) {
        if !confirmed {
            self.channel = None;
        }
        self.marks.settle(span, confirmed);
    }

    async fn open(&mut self) -> Option<&Channel> {
        if self.channel.as_ref().is_none_or(|channel| !channel.is_open()) {
            self.channel = self.broker.confirm_channel().await.ok();
        }
        self.channel.as_ref()
    }

    async fn publish(&mut self, notice: Notice, confirms: &mut Confirms) {
        let Notice { span, message, traces } = notice;
        let Some(channel) = self.open().await else { return self.settle(span, false) };
        let message = Outgoing {
            exchange: topology::OUTCOMES,
            key: String::new(),
            properties: properties(traces),
            body: &message,
        };
        match publish_confirmed(&channel.channel, message, CONFIRM_TIMEOUT).await {
            Ok(confirm) => {
                confirms.push_back(Box::pin(async move { (span, confirm.await.is_ok()) }));
            }
            Err(_) => self.settle(span, false),
        }
        crash::point("after_outcomes");
    }

    /// Sends what is committed above the watermark, for partitions that are behind.
    async fn resend(&mut self, confirms: &mut Confirms) {
        if self.open().await.is_none() {
            return;
        }
        for (partition, from) in self.marks.take_behind() {
            let read = unpublished(&self.pool, partition, from).await;
            let Some(head) = self.marks.lock().get(&partition).map(|mark| mark.head) else {
                continue;
            };
            // Not read, or not all of it: the next look goes on.
            if read.as_ref().map_or(true, |events| events.len() >= MAX_UNPUBLISHED) {
                self.marks.fall_behind(partition);
            }
            let mut first = from + 1;
            for chunk in read.unwrap_or_default().chunks(RESENT_AT_ONCE) {
                let mut feed = Feed::new(head);
                for event in chunk {
                    feed.push(Entry::Event {
                        seq: event.seq,
                        to: event.to,
                        kind: event.kind,
                        about: event.about,
                        body_hash: event.body_hash,
                        document: &event.document,
                    });
                }
                let last = chunk.last().map_or(from, |event| event.seq);
                let span = Span { partition, first, last };
                first = last + 1;
                let (message, traces) = (feed.into_bytes(), Vec::new());
                self.publish(Notice { span, message, traces }, confirms).await;
            }
        }
    }
}

/// Of a message that tells what became of commands with these traces.
fn properties(traces: Vec<TraceParent>) -> BasicProperties {
    if traces.is_empty() {
        return BasicProperties::default();
    }
    let mut headers = FieldTable::default();
    let traces = AMQPValue::LongString(trace::show_list(traces).into());
    headers.insert(header::TRACEPARENT.into(), traces);
    BasicProperties::default().with_headers(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: PartitionId = PartitionId::new(3);

    fn at(published: u64) -> Marks {
        let marks = Marks::default();
        let head = Head { partition: P, epoch: 1, backlog: 0, rate: 0.0, settled: 0 };
        marks.lock().insert(P, Mark { published, behind: false, head });
        marks
    }

    fn settle(marks: &Marks, first: u64, last: u64, confirmed: bool) -> (u64, bool) {
        marks.settle(Span { partition: P, first, last }, confirmed);
        marks.lock().get(&P).map_or((0, true), |mark| (mark.published, mark.behind))
    }

    #[test]
    fn the_mark_passes_over_nothing() {
        let marks = at(10);
        assert_eq!(settle(&marks, 11, 14, true), (14, false));
        assert_eq!(settle(&marks, 15, 14, true), (14, false), "echoes alone");
        assert_eq!(settle(&marks, 15, 18, false), (14, true), "not confirmed");
        assert_eq!(settle(&marks, 19, 30, true), (14, true), "confirmed, behind one that is not");
        assert_eq!(marks.take_behind(), [(P, 14)]);
        assert!(marks.take_behind().is_empty());
        assert_eq!(settle(&marks, 31, 40, true), (14, true), "while it is sent again");
        assert_eq!(settle(&marks, 15, 30, true), (30, true));
        assert_eq!(marks.take_behind(), [(P, 30)]);
        assert_eq!(settle(&marks, 31, 40, true), (40, false));
        assert_eq!(settle(&marks, 20, 35, true), (40, false), "told twice");
    }
}
