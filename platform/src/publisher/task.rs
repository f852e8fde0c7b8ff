//! The task of one confirm channel: packs, numbers, publishes, settles, and starts again when the channel breaks.

use domain::partition::QueueId;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use uuid::Uuid;

use super::message::{self, Message};
use super::pack::SendQueue;
use super::sequences::{Numbered, PublisherSequences, Report};
use super::{Job, NotPublished, PublisherConfig, Reply};
use crate::broker::{Broker, Channel, Outgoing, publish_confirmed};
use crate::guard::{self, Guard};
use crate::lifecycle::Shutdown;
use crate::retry::Retry;
use crate::{crash, topology};

/// How soon confirms that no message carried are reported, and how often is looked what is to be said again.
const REPORT_EVERY: Duration = Duration::from_millis(500);
/// Between two channels of which the first was opened and broke.
const RECONNECT_EVERY: Duration = Duration::from_millis(250);

/// In place of a message's first number: it is a report.
const REPORT: u64 = 0;

type InFlight = FuturesUnordered<BoxFuture<'static, Settled>>;

/// A message's end.
struct Settled {
    /// Which channel of the lane carried it.
    channel: u64,
    queue: QueueId,
    publisher: Uuid,
    /// Its first number, or [`REPORT`].
    first: u64,
    result: Result<(), NotPublished>,
    replies: Vec<Reply>,
}

struct Lane {
    config: PublisherConfig,
    channel: Option<Channel>,
    /// Counts the channels.
    number: u64,
    retry: Retry,
    sequences: PublisherSequences,
    queue: SendQueue<Job>,
    in_flight: InFlight,
}

/// Runs until every handle is dropped and all jobs are answered, or hard shutdown.
pub(super) async fn run(
    broker: Broker,
    config: PublisherConfig,
    mut jobs: mpsc::Receiver<Job>,
    shutdown: Shutdown,
) {
    let mut lane = Lane {
        queue: SendQueue::new(config.pack),
        sequences: PublisherSequences::new(config.repeat),
        config,
        channel: None,
        number: 0,
        retry: Retry::new("opening a channel to publish"),
        in_flight: FuturesUnordered::new(),
    };
    let mut report = tokio::time::interval(REPORT_EVERY);
    let mut retry_at = Instant::now();
    let mut open = true;
    while open || !lane.in_flight.is_empty() || !lane.queue.is_empty() {
        crash::round("publisher");
        if lane.channel.as_ref().is_none_or(|channel| !channel.is_open())
            && Instant::now() >= retry_at
        {
            let wait = lane.reconnect(&broker).await;
            retry_at = Instant::now() + wait;
        }
        let due = lane.due();
        tokio::select! {
            Some(settled) = lane.in_flight.next() => lane.settle(settled),
            job = jobs.recv(), if open => match job {
                Some(job) => lane.enqueue(job, &mut jobs),
                None => open = false,
            },
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            _ = report.tick() => lane.report().await,
            () = shutdown.stopped_hard() => return,
        }
        lane.pump().await;
    }
    tokio::select! { () = lane.send_final_reports(&broker) => {}, () = shutdown.stopped_hard() => {} }
}

impl Lane {
    /// Opens the next channel. What was confirmed over the one before is said over this one: a loss would not be
    /// seen else, and a broker that has just fallen is where losses happen.
    /// Returns how long to wait before the next may be opened.
    async fn reconnect(&mut self, broker: &Broker) -> Duration {
        self.channel = None;
        self.number += 1;
        self.sequences.end_all();
        match broker.confirm_channel().await {
            Ok(channel) => {
                self.channel = Some(channel);
                self.retry.worked();
                RECONNECT_EVERY
            }
            Err(error) => self.retry.failed(&error),
        }
    }

    fn enqueue(&mut self, first: Job, jobs: &mut mpsc::Receiver<Job>) {
        let now = Instant::now();
        let mut next = Some(first);
        while let Some(job) = next {
            self.queue.push(job.queue, job, now);
            next = jobs.try_recv().ok();
        }
    }

    fn has_room(&self) -> bool {
        self.in_flight.len() < self.config.in_flight()
    }

    /// When there is something to publish, unless a confirm must come first.
    fn due(&self) -> Option<Instant> {
        self.queue.due(Instant::now()).filter(|_| self.has_room())
    }

    /// Publishes what is due while the window has room; without a channel it is surely not taken.
    async fn pump(&mut self) {
        while self.has_room()
            && let Some((queue, pack)) = self.queue.next(Instant::now())
        {
            if self.channel.as_ref().is_some_and(Channel::is_open) {
                self.send(queue, pack).await;
            } else {
                for job in pack {
                    job.reply.send(Err(NotPublished::NotAccepted));
                }
            }
        }
    }

    async fn send(&mut self, queue: QueueId, pack: Vec<Job>) {
        let Numbered { publisher, first, acked } =
            self.sequences.send(queue, pack.len() as u64, Instant::now());
        let message = message::of_pack(queue, publisher, (first, acked), &pack);
        let replies = pack.into_iter().map(|job| job.reply).collect();
        let channel = self.number;
        let settled = Settled { channel, queue, publisher, first, result: Ok(()), replies };
        self.publish(message, settled).await;
    }

    /// Hands the message to the connection and leaves its write and confirm in flight. Waiting for the write would
    /// cost a turn of the connection's own loop a message (0.8 ms under load).
    async fn publish(&mut self, message: Message, mut settled: Settled) {
        let Some(channel) = self.channel.as_ref().map(|open| open.channel.clone()) else {
            settled.result = Err(NotPublished::NotAccepted);
            return self.settle(settled);
        };
        let limit = self.config.confirm_timeout;
        let mut publish: BoxFuture<'static, Settled> = Box::pin(async move {
            let Message { key, properties, body } = message;
            let message =
                Outgoing { exchange: topology::COMMANDS, key, properties, body: body.as_bytes() };
            settled.result = match publish_confirmed(&channel, message, limit).await {
                Ok(_) if guard::is_off(Guard::Confirm) => Ok(()),
                Ok(confirm) => confirm.await.map_err(NotPublished::from),
                Err(error) => Err(error.into()),
            };
            settled
        });
        // The first poll puts the frames in line, so messages keep the order of these calls.
        match futures_util::poll!(&mut publish) {
            Poll::Ready(settled) => self.settle(settled),
            Poll::Pending => self.in_flight.push(publish),
        }
    }

    fn settle(&mut self, settled: Settled) {
        let Settled { channel, queue, publisher, first, result, replies } = settled;
        if first == REPORT {
            self.sequences.said(queue, publisher, result.is_ok());
        } else {
            self.sequences.settle(queue, publisher, first, result.is_ok());
        }
        if result.is_ok() {
            crash::point("after_confirm");
        }
        if result == Err(NotPublished::Unknown) && channel == self.number {
            // Nothing more is known of this channel: a new one, with new identities, goes on.
            self.channel = None;
        }
        for reply in replies {
            reply.send(result);
        }
    }

    /// Tells the owners what is confirmed where no further command has said so, and again what was said a while ago.
    /// Commands have the same window: reports that a full queue refuses must not starve the other queues.
    async fn report(&mut self) {
        while self.channel.is_some()
            && self.has_room()
            && let Some(report) = self.sequences.next_report(Instant::now())
        {
            self.say(report).await;
        }
    }

    async fn say(&mut self, report: Report) {
        let (queue, publisher) = (report.queue, report.publisher);
        let settled = Settled {
            channel: self.number,
            queue,
            publisher,
            first: REPORT,
            result: Ok(()),
            replies: Vec::new(),
        };
        self.publish(message::of_report(&report), settled).await;
    }

    /// At the end everything is said once more: nobody will repeat it.
    async fn send_final_reports(&mut self, broker: &Broker) {
        let reports = self.sequences.final_reports();
        if !reports.is_empty() && self.channel.as_ref().is_none_or(|channel| !channel.is_open()) {
            self.reconnect(broker).await;
        }
        for report in reports {
            self.say(report).await;
            while !self.has_room()
                && let Some(settled) = self.in_flight.next().await
            {
                self.settle(settled);
            }
        }
        while let Some(settled) = self.in_flight.next().await {
            self.settle(settled);
        }
    }
}
