//! A partition's queue at the broker, as its owner sees it: messages that are prefetched, how batches are made of them, and
//! how many commands wait behind.

use futures_util::{FutureExt, StreamExt};
use lapin::Consumer;
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use platform::lifecycle::Shutdown;
use platform::{Failure, crash};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::backlog::{Backlog, LOOK_EVERY};
use crate::batch::PartitionState;
use crate::config::PREFETCH;
use crate::intake::{self, Message};
use crate::permits::DecidePermit;
use crate::sweep::{self, SWEEP_EVERY};
use crate::{Shared, ledgers, ledgers_store};

/// Commands in a batch from which on the next one waits for more.
const BATCHING_THRESHOLD: usize = 3;

/// What was taken from the queue, and what is known of the rest.
pub struct PartitionQueue {
    pub channel: lapin::Channel,
    consumer: Consumer,
    prefetched: VecDeque<Message>,
    pub backlog: Backlog,
    /// When what is of no more use was last let go.
    swept: Option<Instant>,
    /// Whether listeners were told of a line that is now empty.
    pub backlog_told: bool,
    /// Commands of the batch before, and when it was taken.
    last: (usize, Instant),
}

impl PartitionQueue {
    pub fn new(channel: lapin::Channel, consumer: Consumer) -> Self {
        Self {
            channel,
            consumer,
            prefetched: VecDeque::new(),
            backlog: Backlog::new(),
            swept: None,
            backlog_told: false,
            last: (0, Instant::now()),
        }
    }

    /// The next messages to settle together; `None` when the partition is to be given up. A message
    /// that came again, or was given up by the broker, comes alone.
    pub async fn next_batch(
        &mut self,
        shared: &Shared,
        state: &mut PartitionState,
        stop: &Shutdown,
    ) -> Result<Option<(Vec<Message>, DecidePermit)>, Failure> {
        crash::round("owner");
        while self.prefetched.is_empty() || shared.levers.is_paused(state.partition) {
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
        let all_busy = shared.permits.all_taken();
        let batching = shared.batching();
        let wait = if all_busy { Duration::ZERO } else { self.batching_wait(batching.age) };
        self.fill(batching.size, wait).await?;
        let permit = shared.permits.acquire(batching.transactions).await;
        self.fill(batching.size, Duration::ZERO).await?;
        let mut batch = Vec::new();
        let mut size = 0;
        while let Some(message) = self.prefetched.front() {
            let special = message.redelivered || message.dead.is_some();
            if size >= batching.size || (special && !batch.is_empty()) {
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
    pub fn prefetched_counts(&self) -> (u64, u64) {
        (
            self.prefetched.len() as u64,
            self.prefetched.iter().map(|message| message.frames.len() as u64).sum(),
        )
    }

    /// Nothing came for a while, or nothing is decided. Whoever was told of a line that waits, is told that none does, or
    /// that it stands.
    fn idle(&mut self, shared: &Shared, state: &PartitionState) {
        if self.prefetched.is_empty() {
            self.backlog.idle();
        } else {
            self.backlog.stand();
            self.backlog_told = true;
        }
        if std::mem::take(&mut self.backlog_told) {
            let head = self.backlog.head(state.partition, state.epoch, self.prefetched_counts());
            ledgers::show_backlog(head);
            shared.outcome_publisher.tell_head(head);
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

    /// Asks how many messages wait, shows the books, lets go of what is of no more use.
    pub async fn look(
        &mut self,
        shared: &Shared,
        state: &mut PartitionState,
    ) -> Result<(), Failure> {
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
            let is_empty = queue.message_count() == 0 && self.prefetched.is_empty();
            // If more is left, or it failed, the next look goes on.
            if sweep::run(shared, state, is_empty).await {
                self.swept = Some(Instant::now());
            }
        }
        Ok(())
    }
}
