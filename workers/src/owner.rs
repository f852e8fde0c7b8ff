//! The owner of a partition for one tenure: takes it over, consumes its queue, settles batches, tells
//! and acknowledges, until it is told to give it up. Giving up closes the channel: the next owner
//! then resumes in order (a `basic.cancel` would not keep it).

use domain::partition::PartitionId;
use futures_util::{FutureExt, StreamExt};
use lapin::Consumer;
use lapin::options::{BasicAckOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use platform::broker::{Broker, BrokerError, Channel};
use platform::lifecycle::Shutdown;
use platform::lock::{self, Held};
use platform::{Failure, crash, metrics};
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio_util::task::AbortOnDropHandle;

use crate::backlog::{Backlog, LOOK_EVERY};
use crate::batch::{DecidePermit, PartitionState};
use crate::config::{EVENT_DAYS, PREFETCH};
use crate::intake::{self, Message};
use crate::rooms::Caches;
use crate::singles::{self, End};
use crate::{Shared, events_store, ledgers, ledgers_store, ownership_store};

/// Between two tries of a tenure that broke.
const AGAIN_AFTER: Duration = Duration::from_millis(250);
/// A third of the lock's life.
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// Between two sweeps of events that nobody may ask for any more.
const SWEEP_EVERY: Duration = Duration::from_hours(1);
/// Commands in a batch from which on the next one waits for company.
const BATCHING_THRESHOLD: usize = 3;
/// Longest wait for a turn.
const PERMIT_TIMEOUT: Duration = Duration::from_millis(250);

/// The consumers' connection, shared by the partitions of a process.
pub struct Consuming {
    broker: Broker,
    connection: Mutex<Option<Channel>>,
}

impl Consuming {
    pub fn new(broker: Broker) -> Self {
        Self { broker, connection: Mutex::default() }
    }

    async fn channel(&self) -> Result<lapin::Channel, BrokerError> {
        let mut connection = self.connection.lock().await;
        if connection.as_ref().is_none_or(|open| !open.is_open()) {
            *connection = None;
            *connection = Some(self.broker.channel().await?);
        }
        match connection.as_ref() {
            Some(open) => open.another().await,
            None => Err(BrokerError::TimedOut),
        }
    }
}

/// Owns the partition until `stop`, or until another worker has taken it over.
pub async fn own(shared: Arc<Shared>, partition: PartitionId, stop: Shutdown) {
    while !stop.is_stopping() {
        match tenure(&shared, partition, &stop).await {
            Ok(()) => return,
            // The tenure was ended while it waited for the database.
            Err(error) if matches!(error.downcast_ref::<End>(), Some(End::Stopped)) => return,
            Err(error) if matches!(error.downcast_ref::<End>(), Some(End::Stale)) => {
                tracing::warn!(%partition, "a batch was refused: another worker has taken the partition over");
                metrics::STALE.with_label_values(&[&partition.to_string()]).inc();
                let _ = ownership_store::note_stale(&shared.pool, partition).await;
                return;
            }
            Err(error) => {
                tracing::warn!(%partition, error = %platform::service::chain(error.as_ref()), "the partition waits");
            }
        }
        tokio::select! { () = tokio::time::sleep(AGAIN_AFTER) => {}, () = stop.stopping() => {} }
    }
}

async fn tenure(
    shared: &Arc<Shared>,
    partition: PartitionId,
    stop: &Shutdown,
) -> Result<(), Failure> {
    // The broker first: while it is away, no epoch is used up.
    let channel = shared.consuming.channel().await?;
    let epoch = ownership_store::take_over(&shared.pool, partition, shared.id).await?;
    let tenure = stop.child();
    let renewal = renew(Arc::clone(shared), partition, epoch, tenure.clone());
    let renewal = AbortOnDropHandle::new(tokio::spawn(shared.tasks.guard("renewal", renewal)));
    let ledgers = ledgers_store::load(&mut *shared.pool.acquire().await?, partition).await?;
    let mut state = PartitionState {
        partition,
        epoch,
        ledgers: Some(ledgers),
        caches: Caches::default(),
        permit: None,
    };
    let consumer = platform::broker::consume(&channel, &partition.queue(), PREFETCH).await?;
    tracing::info!(%partition, epoch, "partition taken over");
    let mut queue = PartitionQueue {
        channel: channel.clone(),
        consumer,
        prefetched: VecDeque::new(),
        backlog: Backlog::new(),
        swept: None,
        backlog_told: false,
        last: (0, Instant::now()),
    };
    // A panic must not drop the consumer before the channel is closed: that would be a `basic.cancel`.
    let result =
        AssertUnwindSafe(serve(shared, &mut state, &mut queue, &tenure)).catch_unwind().await;
    drop(renewal);
    ledgers::hide(partition);
    // Closing hands what is unacknowledged to the next owner, in order. It can hang on a broken connection.
    let _ =
        tokio::time::timeout(Duration::from_secs(2), channel.close(200, "given up".into())).await;
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Keeps the Redis lock. A higher epoch there ends the tenure if the database knows of a newer owner too; if
/// not, the lock is wrong and is put right, or nobody could own the partition for as long as it stands.
async fn renew(shared: Arc<Shared>, partition: PartitionId, epoch: u64, tenure: Shutdown) {
    loop {
        crash::round("renewal");
        if let Held::Newer(held) = lock::take(&shared.kv, partition, epoch).await {
            match ownership_store::epoch(&shared.pool, partition).await {
                Ok(current) if current == epoch => {
                    tracing::warn!(%partition, epoch, held, "the lock held an epoch that never was; it is put right");
                    lock::seize(&shared.kv, partition, epoch).await;
                }
                Ok(newer) => {
                    tracing::warn!(%partition, epoch, newer, "the lock is held by a newer owner");
                    return tenure.stop();
                }
                // Whoever holds it has a database; this worker has none. If the lock is wrong, giving up costs a takeover.
                Err(error) => {
                    tracing::warn!(%partition, epoch, held, %error, "the lock looks newer and the database is away: giving up");
                    return tenure.stop();
                }
            }
        }
        tokio::time::sleep(RENEW_EVERY).await;
    }
}

async fn serve(
    shared: &Shared,
    state: &mut PartitionState,
    queue: &mut PartitionQueue,
    stop: &Shutdown,
) -> Result<(), Failure> {
    let label = state.partition.to_string();
    queue.look(shared, state).await?;
    let published = events_store::published_seq(&shared.pool, state.partition).await?;
    shared.announcer.take_over(
        queue.backlog.head(state.partition, state.epoch, queue.prefetched_counts()),
        published,
    );
    while let Some((messages, permit)) = queue.next_batch(shared, state, stop).await? {
        state.permit = permit;
        crash::point("taken");
        let count: usize = messages.iter().map(|message| message.frames.len()).sum();
        let again = messages.iter().filter(|message| message.redelivered).count();
        metrics::REDELIVERED.with_label_values(&[&label]).inc_by(again as u64);
        let head = queue.backlog.head(state.partition, state.epoch, queue.prefetched_counts());
        queue.backlog_told |= head.backlog > 0 || head.rate > 0.0;
        ledgers::show_backlog(head);
        singles::settle(shared, state, &messages, stop, head).await?;
        state.permit = None;
        crash::point("before_ack");
        if let Some(last) = messages.last() {
            queue.channel.basic_ack(last.tag, BasicAckOptions { multiple: true }).await?;
        }
        queue.backlog.done(messages.len() as u64, count as u64);
        if let Some(ledgers) = &state.ledgers {
            ledgers.show(state.partition, None);
        }
    }
    Ok(())
}

/// The partition's queue, as far as it is in hand.
struct PartitionQueue {
    channel: lapin::Channel,
    consumer: Consumer,
    prefetched: VecDeque<Message>,
    backlog: Backlog,
    /// When events that nobody may ask for any more were last let go.
    swept: Option<Instant>,
    /// Whether listeners were told of a line that is now empty.
    backlog_told: bool,
    /// Commands of the batch before, and when it was taken.
    last: (usize, Instant),
}

impl PartitionQueue {
    /// The next messages to settle together; `None` when the partition is to be given up. A message
    /// that came again, or was given up by the broker, comes alone.
    async fn next_batch(
        &mut self,
        shared: &Shared,
        state: &PartitionState,
        stop: &Shutdown,
    ) -> Result<Option<(Vec<Message>, DecidePermit)>, Failure> {
        crash::round("owner");
        while self.prefetched.is_empty() {
            if self.backlog.is_old() {
                self.look(shared, state).await?;
            }
            tokio::select! {
                biased;
                () = stop.stopping() => return Ok(None),
                delivery = self.consumer.next() => self.take(delivery)?,
                () = tokio::time::sleep(LOOK_EVERY) => self.idle(shared, state),
            }
        }
        if stop.is_stopping() {
            return Ok(None);
        }
        if self.backlog.is_old() {
            self.look(shared, state).await?;
        }
        // What comes while others have their turn joins this batch; only where nobody has is company waited for.
        let all_busy = shared.permits.available_permits() == 0;
        let wait =
            if all_busy { Duration::ZERO } else { self.batching_wait(shared.config.batching.age) };
        self.fill(shared.config.batching.size, wait).await?;
        let permit =
            tokio::time::timeout(PERMIT_TIMEOUT, Arc::clone(&shared.permits).acquire_owned())
                .await
                .ok()
                .and_then(Result::ok);
        self.fill(shared.config.batching.size, Duration::ZERO).await?;
        let mut batch = Vec::new();
        let mut size = 0;
        while let Some(message) = self.prefetched.front() {
            let special = message.redelivered || message.dead.is_some();
            if size >= shared.config.batching.size || (special && !batch.is_empty()) {
                break;
            }
            size += message.frames.len();
            batch.extend(self.prefetched.pop_front());
            if special {
                break;
            }
        }
        self.last = (size, Instant::now());
        Ok(Some((batch, permit)))
    }

    /// Waiting for more pays while commands come thick; one that comes alone is decided at once.
    fn batching_wait(&self, age: Duration) -> Duration {
        let (commands, at) = self.last;
        if commands >= BATCHING_THRESHOLD && at.elapsed() < age * 4 { age } else { Duration::ZERO }
    }

    /// Takes what is there, and waits for more while the batch is incomplete and young.
    async fn fill(&mut self, size: usize, age: Duration) -> Result<(), Failure> {
        let until = Instant::now() + age;
        while self.prefetched.iter().map(|message| message.frames.len()).sum::<usize>() < size {
            match self.consumer.next().now_or_never() {
                Some(delivery) => self.take(delivery)?,
                None => match tokio::time::timeout_at(until.into(), self.consumer.next()).await {
                    Ok(delivery) => self.take(delivery)?,
                    Err(_) => return Ok(()),
                },
            }
        }
        Ok(())
    }

    /// Messages and commands taken from the consumer, of which the batch at work is none.
    fn prefetched_counts(&self) -> (u64, u64) {
        (
            self.prefetched.len() as u64,
            self.prefetched.iter().map(|message| message.frames.len() as u64).sum(),
        )
    }

    /// Nothing came for a while. Whoever was told of a line that waits, is told that none does.
    fn idle(&mut self, shared: &Shared, state: &PartitionState) {
        self.backlog.idle();
        if std::mem::take(&mut self.backlog_told) {
            let head = self.backlog.head(state.partition, state.epoch, (0, 0));
            ledgers::show_backlog(head);
            shared.announcer.tell_head(head);
        }
    }

    fn take(
        &mut self,
        delivery: Option<lapin::Result<lapin::message::Delivery>>,
    ) -> Result<(), Failure> {
        let delivery = delivery.ok_or("the broker closed the channel")??;
        self.prefetched.push_back(intake::read(&delivery));
        Ok(())
    }

    /// Asks how many messages wait, shows the books, lets old events go.
    async fn look(&mut self, shared: &Shared, state: &PartitionState) -> Result<(), Failure> {
        self.backlog.looking();
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let declare = self.channel.queue_declare(
            state.partition.queue().into(),
            passive,
            FieldTable::default(),
        );
        let queue = tokio::time::timeout(LOOK_EVERY * 5, declare).await??;
        self.backlog.ready(u64::from(queue.message_count()), u64::from(PREFETCH));
        let parked = ledgers_store::count_parked(&shared.pool, state.partition).await.ok();
        if let Some(ledgers) = &state.ledgers {
            ledgers.show(state.partition, parked);
        }
        if self.swept.is_none_or(|swept| swept.elapsed() >= SWEEP_EVERY) {
            let before = (shared.clock.now() - chrono::TimeDelta::days(EVENT_DAYS)).naive_utc();
            // If more are left, or it failed, the next look goes on.
            if ownership_store::forget_events(&shared.pool, state.partition, before)
                .await
                .is_ok_and(|all| all)
            {
                self.swept = Some(Instant::now());
            }
        }
        Ok(())
    }
}
