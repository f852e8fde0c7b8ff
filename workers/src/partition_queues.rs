//! A partition's two queues at the broker, as its owner sees them: how batches are made of what is prefetched, and how many
//! commands wait behind.

use domain::feed::Head;
use domain::partition::PartitionId;
use platform::broker::BrokerError;
use platform::lifecycle::Shutdown;
use platform::{Failure, crash};
use std::time::{Duration, Instant};

use crate::backlog::LOOK_EVERY;
use crate::batch::PartitionState;
use crate::config::Batching;
use crate::held_back::Picked;
use crate::intake::Message;
use crate::permits::DecidePermit;
use crate::queue::Queue;
use crate::sharing::{self, Sharing};
use crate::sweep::{self, SWEEP_EVERY};
use crate::{Shared, held_back_store, ledgers, ledgers_store};

/// Commands in a batch from which on the next one waits for more.
const BATCHING_THRESHOLD: usize = 3;

/// What was taken from the queues, and what is known of the rest.
pub struct PartitionQueues {
    desk: Queue,
    usual: Queue,
    sharing: Sharing,
    /// When what is of no more use was last let go.
    swept: Option<Instant>,
    /// Whether listeners were told of a line that is now empty.
    pub backlog_told: bool,
    /// Commands of the batch before, and when it was taken.
    last: (usize, Instant),
}

/// What is settled together.
pub struct Batch {
    /// Before the messages.
    pub held: Picked,
    /// The desk's first.
    pub messages: Vec<Message>,
    of_desk: usize,
    pub permit: DecidePermit,
}

impl PartitionQueues {
    /// Consumes both, each on a channel of its own: two consumers on one would share the numbers of their deliveries.
    pub async fn consume(
        partition: PartitionId,
        (of_desk, of_usual): (lapin::Channel, lapin::Channel),
    ) -> Result<Self, BrokerError> {
        let desk = Queue::consume(of_desk, partition.desk()).await?;
        let usual = match Queue::consume(of_usual, partition.usual()).await {
            Ok(usual) => usual,
            Err(error) => {
                desk.close().await;
                return Err(error);
            }
        };
        let (sharing, last) = (Sharing::default(), (0, Instant::now()));
        Ok(Self { desk, usual, sharing, swept: None, backlog_told: false, last })
    }

    /// Gives both up.
    pub async fn close(&self) {
        tokio::join!(self.desk.close(), self.usual.close());
    }

    /// What is held back and the next messages, to settle together; `None` when the partition is to be given up. A message
    /// that came again, or was given up by the broker, comes alone.
    pub async fn next_batch(
        &mut self,
        shared: &Shared,
        state: &mut PartitionState,
        stop: &Shutdown,
    ) -> Result<Option<Batch>, Failure> {
        crash::round("owner");
        let has_held = has_held(shared, state).await?;
        while (self.is_empty() && !has_held) || shared.levers.is_paused(state.partition) {
            if self.usual.backlog.is_old() {
                self.look(shared, state).await?;
            }
            let Self { desk, usual, .. } = self;
            let is_idle = tokio::select! {
                biased;
                () = stop.stopping() => return Ok(None),
                taken = desk.next() => taken.map(|()| false)?,
                taken = usual.next() => taken.map(|()| false)?,
                () = tokio::time::sleep(LOOK_EVERY) => true,
            };
            if is_idle {
                self.idle(shared, state);
            }
        }
        if stop.is_stopping() {
            return Ok(None);
        }
        if self.usual.backlog.is_old() {
            self.look(shared, state).await?;
        }
        // What comes while others have their turn joins this batch; only where nobody has is company waited for.
        let Batching { size, age, transactions } = shared.batching();
        let all_busy = shared.permits.all_taken();
        let held = pick_held(shared, state, size);
        let size = size.saturating_sub(held.places.len()).max(1);
        let at_once = all_busy || !held.places.is_empty();
        let wait = if at_once { Duration::ZERO } else { self.batching_wait(age) };
        self.fill(size, wait).await?;
        let permit = shared.permits.acquire(transactions).await;
        self.fill(size, Duration::ZERO).await?;
        let (desk, usual) = (&mut self.desk.prefetched, &mut self.usual.prefetched);
        let sharing::Shared { messages, of_desk } = self.sharing.next(desk, usual, size);
        let taken = messages.iter().map(|message| message.frames.len()).sum();
        self.last = (taken, Instant::now());
        Ok(Some(Batch { held, messages, of_desk, permit }))
    }

    /// Whether nothing is prefetched.
    fn is_empty(&self) -> bool {
        self.desk.prefetched.is_empty() && self.usual.prefetched.is_empty()
    }

    /// Waiting for more pays while commands come thick; one that comes alone is decided at once.
    fn batching_wait(&self, age: Duration) -> Duration {
        let (commands, at) = self.last;
        if commands >= BATCHING_THRESHOLD && at.elapsed() < age * 4 { age } else { Duration::ZERO }
    }

    /// Takes what is there, and waits for more while the batch is incomplete and young.
    async fn fill(&mut self, size: usize, age: Duration) -> Result<(), Failure> {
        let until = Instant::now() + age;
        loop {
            let Self { desk, usual, .. } = self;
            desk.take_ready(size)?;
            usual.take_ready(size)?;
            if desk.commands() + usual.commands() >= size {
                return Ok(());
            }
            tokio::select! {
                biased;
                taken = desk.next() => taken?,
                taken = usual.next() => taken?,
                () = tokio::time::sleep_until(until.into()) => return Ok(()),
            }
        }
    }

    /// The batch is settled: it is acknowledged, each queue's part on its channel.
    pub async fn settled(&mut self, batch: &Batch) -> Result<(), Failure> {
        let (of_desk, of_usual) = batch.messages.split_at(batch.of_desk);
        self.desk.settled(of_desk).await?;
        self.usual.settled(of_usual).await
    }

    /// What the feed says of both together.
    pub fn head(&self, state: &PartitionState) -> Head {
        let of = |queue: &Queue| queue.backlog.head(state.partition, state.epoch, queue.counts());
        let (desk, usual) = (of(&self.desk), of(&self.usual));
        Head { backlog: desk.backlog + usual.backlog, rate: desk.rate + usual.rate, ..usual }
    }

    /// Nothing came for a while, or nothing is decided. Whoever was told of a line that waits, is told that none does, or
    /// that it stands.
    fn idle(&mut self, shared: &Shared, state: &PartitionState) {
        let is_empty = self.is_empty();
        for queue in [&mut self.desk, &mut self.usual] {
            if is_empty { queue.backlog.idle() } else { queue.backlog.stand() }
        }
        self.backlog_told |= !is_empty;
        if std::mem::take(&mut self.backlog_told) {
            let head = self.head(state);
            ledgers::show_backlog(head);
            shared.outcome_publisher.tell_head(head);
        }
    }

    /// Asks how many messages wait, shows the books, lets go of what is of no more use.
    pub async fn look(
        &mut self,
        shared: &Shared,
        state: &mut PartitionState,
    ) -> Result<(), Failure> {
        let waiting = self.desk.look().await? + self.usual.look().await?;
        let parked = ledgers_store::count_parked(&shared.pool, state.partition).await.ok();
        if let Some(ledgers) = &state.ledgers {
            ledgers.show(state.partition, parked);
        }
        ledgers::show_held(state.partition, state.held.as_ref());
        if self.swept.is_none_or(|swept| swept.elapsed() >= SWEEP_EVERY) {
            let taken = self.desk.prefetched.len() + self.usual.prefetched.len();
            // If more is left, or it failed, the next look goes on.
            if sweep::run(shared, state, waiting == 0 && taken == 0).await {
                self.swept = Some(Instant::now());
            }
        }
        Ok(())
    }
}

/// Whether commands are held back, which then are decided although no message comes.
async fn has_held(shared: &Shared, state: &mut PartitionState) -> Result<bool, Failure> {
    let held = match &mut state.held {
        Some(held) => held,
        unread => {
            let mut connection = shared.pool.acquire().await?;
            unread.insert(held_back_store::load(&mut connection, state.partition).await?)
        }
    };
    Ok(held.count() > 0)
}

/// At most half of a batch, so that other hospitals have the rest.
fn pick_held(shared: &Shared, state: &mut PartitionState, size: usize) -> Picked {
    let admits = |hospital| shared.levers.admission(hospital);
    state.held.as_mut().map(|held| held.pick((size / 2).max(1), admits)).unwrap_or_default()
}
