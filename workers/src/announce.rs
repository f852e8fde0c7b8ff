//! Tells notifiers and ingresses what was committed: one message a batch. A watermark per partition
//! says up to which event the broker has confirmed; what is above it is sent again from the database, at a takeover
//! and each second after a failure. Nothing waits for this: a lost message costs time, never truth.

use domain::feed::{Feed, Head, Line};
use domain::partition::PartitionId;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Confirmation};
use platform::broker::{Broker, Channel};
use platform::lifecycle::Shutdown;
use platform::{crash, topology};
use sqlx::MySqlPool;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

use crate::store_facts::unpublished;

const RESEND_EVERY: Duration = Duration::from_secs(1);
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(8);
/// Batches waiting to be told; past it they are left to the resend.
const QUEUE: usize = 1_024;

enum Notice {
    Batch { partition: PartitionId, last_seq: u64, message: Vec<u8> },
    Resend { partition: PartitionId, epoch: u64 },
}

type Published = Arc<Mutex<BTreeMap<PartitionId, u64>>>;

/// Hands batches to the task that publishes them.
pub struct Announcer {
    sender: mpsc::Sender<Notice>,
    published: Published,
}

impl Announcer {
    pub fn start(broker: &Broker, pool: MySqlPool, shutdown: &Shutdown) -> Self {
        let (sender, notices) = mpsc::channel(QUEUE);
        let published = Published::default();
        let task = Task {
            broker: broker.clone(),
            pool,
            channel: None,
            published: Arc::clone(&published),
            behind: BTreeSet::new(),
            epochs: BTreeMap::new(),
        };
        tokio::spawn(task.run(notices, shutdown.clone()));
        Self { sender, published }
    }

    /// Events of the partition up to here were confirmed by the broker.
    pub fn published(&self, partition: PartitionId) -> u64 {
        lock(&self.published).get(&partition).copied().unwrap_or(0)
    }

    /// Tells a committed batch.
    pub fn tell(&self, partition: PartitionId, last_seq: u64, message: Vec<u8>) {
        // A full queue drops the message; the gap makes the next confirm trigger a resend.
        let _ = self.sender.try_send(Notice::Batch { partition, last_seq, message });
    }

    /// Tells how the line stands, with nothing committed.
    pub fn tell_head(&self, head: Head) {
        self.tell(head.partition, self.published(head.partition), Feed::new(head).into_bytes());
    }

    /// At a takeover: from the watermark of the owner before.
    pub async fn take_over(&self, partition: PartitionId, epoch: u64, published_seq: u64) {
        lock(&self.published).insert(partition, published_seq);
        let _ = self.sender.send(Notice::Resend { partition, epoch }).await;
    }
}

fn lock(published: &Published) -> std::sync::MutexGuard<'_, BTreeMap<PartitionId, u64>> {
    published.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Task {
    broker: Broker,
    pool: MySqlPool,
    channel: Option<Channel>,
    published: Published,
    /// Partitions with something unconfirmed to send again.
    behind: BTreeSet<PartitionId>,
    epochs: BTreeMap<PartitionId, u64>,
}

type Confirms = FuturesOrdered<BoxFuture<'static, (PartitionId, u64, bool)>>;

impl Task {
    async fn run(mut self, mut notices: mpsc::Receiver<Notice>, shutdown: Shutdown) {
        let mut confirms = Confirms::new();
        let mut resend = tokio::time::interval(RESEND_EVERY);
        loop {
            tokio::select! {
                notice = notices.recv() => match notice {
                    Some(notice) => self.tell(notice, &mut confirms).await,
                    None => break,
                },
                Some((partition, seq, confirmed)) = confirms.next() => self.settle(partition, seq, confirmed),
                _ = resend.tick() => self.resend(&mut confirms).await,
                () = shutdown.stopped_hard() => return,
            }
        }
        while let Some((partition, seq, confirmed)) = confirms.next().await {
            self.settle(partition, seq, confirmed);
        }
    }

    async fn tell(&mut self, notice: Notice, confirms: &mut Confirms) {
        match notice {
            Notice::Batch { partition, last_seq, message } => self.publish(partition, last_seq, message, confirms).await,
            Notice::Resend { partition, epoch } => {
                self.epochs.insert(partition, epoch);
                self.behind.insert(partition);
                self.resend(confirms).await;
            }
        }
    }

    fn settle(&mut self, partition: PartitionId, seq: u64, confirmed: bool) {
        if !confirmed {
            self.channel = None;
            self.behind.insert(partition);
        } else if !self.behind.contains(&partition) {
            let mut published = lock(&self.published);
            let mark = published.entry(partition).or_default();
            *mark = seq.max(*mark);
        }
    }

    async fn publish(&mut self, partition: PartitionId, last_seq: u64, message: Vec<u8>, confirms: &mut Confirms) {
        if self.channel.as_ref().is_none_or(|channel| !channel.is_open()) {
            self.channel = self.broker.confirm_channel().await.ok();
        }
        let Some(channel) = &self.channel else { return self.settle(partition, last_seq, false) };
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let write = channel.channel.basic_publish(topology::OUTCOMES.into(), "".into(), options, &message, properties);
        match tokio::time::timeout(CONFIRM_TIMEOUT, write).await {
            Ok(Ok(confirm)) => confirms.push_back(Box::pin(async move {
                let confirmed = tokio::time::timeout(CONFIRM_TIMEOUT, confirm).await;
                (partition, last_seq, matches!(confirmed, Ok(Ok(Confirmation::Ack(None)))))
            })),
            Ok(Err(_)) | Err(_) => self.settle(partition, last_seq, false),
        }
        crash::point("after_outcomes");
    }

    /// Sends what is committed above the watermark, for partitions that are behind.
    async fn resend(&mut self, confirms: &mut Confirms) {
        for partition in self.behind.iter().copied().collect::<Vec<_>>() {
            let from = lock(&self.published).get(&partition).copied().unwrap_or(0);
            let Ok(events) = unpublished(&self.pool, partition, from).await else { continue };
            self.behind.remove(&partition);
            let epoch = self.epochs.get(&partition).copied().unwrap_or(0);
            for chunk in events.chunks(200) {
                let mut feed = Feed::new(Head { partition, epoch, backlog: 0, rate: 0.0 });
                for event in chunk {
                    feed.push(Line::Event {
                        seq: event.seq,
                        account: event.account,
                        kind: &event.kind,
                        request: event.request,
                        body_hash: event.body_hash,
                        document: &event.document,
                    });
                }
                let last_seq = chunk.last().map_or(from, |event| event.seq);
                self.publish(partition, last_seq, feed.into_bytes(), confirms).await;
            }
        }
    }
}
