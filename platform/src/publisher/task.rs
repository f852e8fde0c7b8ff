//! The task of one confirm channel: packs, numbers, publishes, settles, and starts again when the channel breaks.

use domain::partition::PartitionId;
use domain::wire::header;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use lapin::options::BasicPublishOptions;
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Confirmation};
use std::collections::BTreeMap;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use uuid::Uuid;

use super::books::{Book, show_ranges};
use super::pack::Waiting;
use super::{Job, NotPublished, PublisherConfig, Reply};
use crate::broker::{Broker, Channel};
use crate::lifecycle::Shutdown;
use crate::{crash, topology};

/// How soon confirms that no message carried are reported.
const REPORT_EVERY: Duration = Duration::from_millis(500);
/// Between two attempts to reach the broker.
const RECONNECT_EVERY: Duration = Duration::from_millis(250);

/// In place of a message's first number: it is a report.
const REPORT: u64 = 0;

type InFlight = FuturesUnordered<BoxFuture<'static, Settled>>;

/// A message's end.
struct Settled {
    /// Which channel of the lane carried it.
    channel: u64,
    partition: PartitionId,
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
    /// An outage is told of once.
    away: bool,
    books: BTreeMap<PartitionId, Book>,
    /// Identities that have ended and still owe their last words.
    closing: Vec<(PartitionId, Book)>,
    waiting: Waiting<Job>,
    in_flight: InFlight,
}

/// Runs until every handle is dropped and all jobs are answered, or hard shutdown.
pub(super) async fn run(broker: Broker, config: PublisherConfig, mut jobs: mpsc::Receiver<Job>, shutdown: Shutdown) {
    let mut lane = Lane {
        waiting: Waiting::new(config.pack),
        config,
        channel: None,
        number: 0,
        away: false,
        books: BTreeMap::new(),
        closing: Vec::new(),
        in_flight: FuturesUnordered::new(),
    };
    let mut report = tokio::time::interval(REPORT_EVERY);
    let mut retry_at = Instant::now();
    let mut open = true;
    while open || !lane.in_flight.is_empty() || !lane.waiting.is_empty() {
        if lane.channel.as_ref().is_none_or(|channel| !channel.is_open()) && Instant::now() >= retry_at {
            lane.reconnect(&broker).await;
            retry_at = Instant::now() + RECONNECT_EVERY;
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
    lane.report().await;
    while let Some(settled) = lane.in_flight.next().await {
        lane.settle(settled);
    }
}

impl Lane {
    /// Opens the next channel. What was confirmed over the one before is said over this one: a loss would not be
    /// seen else, and a broker that has just fallen is where losses happen.
    async fn reconnect(&mut self, broker: &Broker) {
        self.channel = None;
        self.number += 1;
        self.closing.extend(std::mem::take(&mut self.books).into_iter().filter(|(_, book)| book.next() > 1));
        match broker.confirm_channel().await {
            Ok(channel) => {
                self.channel = Some(channel);
                self.away = false;
            }
            Err(error) if !self.away => {
                self.away = true;
                tracing::warn!(%error, connection = broker.name(), "publishing is not possible; trying again until it is");
            }
            Err(_) => {}
        }
    }

    fn enqueue(&mut self, first: Job, jobs: &mut mpsc::Receiver<Job>) {
        let now = Instant::now();
        let mut next = Some(first);
        while let Some(job) = next {
            self.waiting.push(job.partition, job, now);
            next = jobs.try_recv().ok();
        }
    }

    fn has_room(&self) -> bool {
        self.in_flight.len() < self.config.in_flight
    }

    /// When there is something to publish, unless a confirm must come first.
    fn due(&self) -> Option<Instant> {
        self.waiting.due(Instant::now()).filter(|_| self.has_room())
    }

    /// Publishes what is due while the window has room; without a channel it is surely not taken.
    async fn pump(&mut self) {
        while self.has_room()
            && let Some((partition, pack)) = self.waiting.next(Instant::now())
        {
            if self.channel.as_ref().is_some_and(Channel::is_open) {
                self.send(partition, pack).await;
            } else {
                for job in pack {
                    job.reply.send(Err(NotPublished::NotAccepted));
                }
            }
        }
    }

    async fn send(&mut self, partition: PartitionId, pack: Vec<Job>) {
        let book = self.books.entry(partition).or_insert_with(Book::open);
        if book.is_broken() {
            let broken = std::mem::replace(book, Book::open());
            self.closing.push((partition, broken));
        }
        let (acked, publisher) = (book.report(), book.publisher);
        let first = book.send(pack.len() as u64);
        let key = match pack.as_slice() {
            [only] => partition.key(only.doctor),
            _ => partition.key_of_many(),
        };
        let mut headers = headers(publisher, first, pack.len(), acked);
        if pack.len() > 1 {
            let doctors: Vec<_> = pack.iter().filter_map(|job| job.doctor).map(|doctor| doctor.to_string()).collect();
            headers.insert(header::DOCTORS.into(), AMQPValue::LongString(doctors.join(",").into()));
        }
        let mut body = String::with_capacity(pack.iter().map(|job| job.frame.len() + 1).sum());
        let mut replies = Vec::with_capacity(pack.len());
        for job in pack {
            if !body.is_empty() {
                body.push('\n');
            }
            body.push_str(&job.frame);
            replies.push(job.reply);
        }
        let channel = self.number;
        self.publish(key, headers, body, Settled { channel, partition, publisher, first, result: Ok(()), replies }).await;
    }

    /// Hands the message to the connection and leaves its write and confirm in flight. Waiting for the write would
    /// cost a turn of the connection's own loop a message (0.8 ms under load).
    async fn publish(&mut self, key: String, headers: FieldTable, body: String, mut settled: Settled) {
        let Some(channel) = self.channel.as_ref().map(|open| open.channel.clone()) else {
            settled.result = Err(NotPublished::NotAccepted);
            return self.settle(settled);
        };
        let limit = self.config.confirm_timeout;
        let mut publish: BoxFuture<'static, Settled> = Box::pin(async move {
            let properties =
                BasicProperties::default().with_delivery_mode(2).with_content_type("application/x-ndjson".into()).with_headers(headers);
            let (exchange, options) = (topology::COMMANDS.into(), BasicPublishOptions::default());
            let write = channel.basic_publish(exchange, key.into(), options, body.as_bytes(), properties);
            settled.result = match tokio::time::timeout(limit, write).await {
                Ok(Ok(confirm)) => confirmed(&tokio::time::timeout(limit, confirm).await),
                Ok(Err(_)) | Err(_) => Err(NotPublished::Unknown),
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
        let Settled { channel, partition, publisher, first, result, replies } = settled;
        if first == REPORT {
            self.said(publisher, result.is_ok());
        } else {
            let open = self.books.get_mut(&partition).into_iter();
            let closing = self.closing.iter_mut().map(|(_, book)| book);
            if let Some(book) = open.chain(closing).find(|book| book.publisher == publisher) {
                book.settle(first, result.is_ok());
            }
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

    /// A report has its answer.
    fn said(&mut self, publisher: Uuid, confirmed: bool) {
        self.closing.retain(|(_, book)| !(confirmed && book.publisher == publisher));
        let closing = self.closing.iter_mut().map(|(_, book)| book);
        if let Some(book) = self.books.values_mut().chain(closing).find(|book| book.publisher == publisher) {
            book.said(confirmed);
        }
    }

    /// Tells the owners what is confirmed where no further command has said so.
    async fn report(&mut self) {
        if self.channel.is_none() {
            return;
        }
        for (partition, book) in &mut self.books {
            if book.is_broken() {
                let broken = std::mem::replace(book, Book::open());
                self.closing.push((*partition, broken));
            }
        }
        let last = self.closing.iter_mut().filter(|(_, book)| book.owes_last_words()).map(|(partition, book)| (*partition, book));
        let usual = self.books.iter_mut().filter(|(_, book)| book.owes_report()).map(|(partition, book)| (*partition, book));
        let reports: Vec<_> = last.chain(usual).map(|(partition, book)| (partition, book.publisher, report_of(book))).collect();
        for (partition, publisher, headers) in reports {
            let settled = Settled { channel: self.number, partition, publisher, first: REPORT, result: Ok(()), replies: Vec::new() };
            self.publish(partition.key(None), headers, String::new(), settled).await;
        }
    }
}

/// Only a clean acknowledgement is one; silence and a forgotten `confirm_select` tell nothing.
fn confirmed(answer: &Result<lapin::Result<Confirmation>, tokio::time::error::Elapsed>) -> Result<(), NotPublished> {
    match answer {
        Ok(Ok(Confirmation::Ack(None))) => Ok(()),
        Ok(Ok(Confirmation::Nack(_) | Confirmation::Ack(Some(_)))) => Err(NotPublished::NotAccepted),
        Ok(Ok(Confirmation::NotRequested) | Err(_)) | Err(_) => Err(NotPublished::Unknown),
    }
}

/// What the book says, once it is confirmed.
fn report_of(book: &mut Book) -> FieldTable {
    let mut headers = headers(book.publisher, book.next(), 0, book.report());
    let beyond = book.confirmed_beyond();
    if !beyond.is_empty() {
        headers.insert(header::CONFIRMED_BEYOND.into(), AMQPValue::LongString(show_ranges(&beyond).into()));
    }
    book.say();
    headers
}

fn headers(publisher: Uuid, first: u64, count: usize, acked: u64) -> FieldTable {
    let number = |value: u64| AMQPValue::LongLongInt(i64::try_from(value).unwrap_or(i64::MAX));
    let mut headers = FieldTable::default();
    headers.insert(header::VERSION.into(), AMQPValue::LongInt(1));
    headers.insert(header::PUBLISHER.into(), AMQPValue::LongString(publisher.hyphenated().to_string().into()));
    headers.insert(header::SEQ.into(), number(first));
    headers.insert(header::COUNT.into(), number(count as u64));
    headers.insert(header::ACKED.into(), number(acked));
    headers
}
