//! The owner of a partition for one tenure: takes it over, consumes its queues, settles batches, tells
//! and acknowledges, until it is told to give it up. Giving up closes the channels: the next owner
//! then resumes in order (a `basic.cancel` would not keep it).

use domain::partition::PartitionId;
use futures_util::FutureExt;
use platform::broker::{Broker, BrokerError, Channel};
use platform::lifecycle::Shutdown;
use platform::lock::{self, LockState};
use platform::{Failure, crash, metrics};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_util::task::AbortOnDropHandle;

use crate::batch::PartitionState;
use crate::partition_queues::PartitionQueues;
use crate::rooms::Caches;
use crate::waiting::End;
use crate::{
    Shared, events_store, held_back_store, ledgers, ledgers_store, ownership_store, singles, timers,
};

/// Between two tries of a tenure that broke.
const AGAIN_AFTER: Duration = Duration::from_millis(250);
/// A third of the lock's life.
const RENEW_EVERY: Duration = Duration::from_secs(5);

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
    let channels = (shared.consuming.channel().await?, shared.consuming.channel().await?);
    let epoch = ownership_store::take_over(&shared.pool, partition, shared.id).await?;
    // What this process knows of the doctors may be from before another worker had the partition.
    shared
        .directory
        .forget_of(|hospital| PartitionId::of(hospital, shared.partitions) == partition);
    let tenure = stop.child();
    let renewal = renew(Arc::clone(shared), partition, epoch, tenure.clone());
    let renewal = AbortOnDropHandle::new(tokio::spawn(shared.tasks.guard("renewal", renewal)));
    let pump = timers::pump(Arc::clone(shared), partition);
    let pump = AbortOnDropHandle::new(tokio::spawn(shared.tasks.guard("timers", pump)));
    let mut connection = shared.pool.acquire().await?;
    let ledgers = ledgers_store::load(&mut connection, partition).await?;
    let held = held_back_store::load(&mut connection, partition).await?;
    drop(connection);
    let mut state = PartitionState {
        partition,
        epoch,
        ledgers: Some(ledgers),
        held: Some(held),
        caches: Caches::default(),
        permit: None,
    };
    let mut queues = PartitionQueues::consume(partition, channels).await?;
    tracing::info!(%partition, epoch, "partition taken over");
    // A panic must not drop the consumers before the channels are closed: that would be a `basic.cancel`.
    let result =
        AssertUnwindSafe(serve(shared, &mut state, &mut queues, &tenure)).catch_unwind().await;
    drop((renewal, pump));
    ledgers::hide(partition);
    queues.close().await;
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Keeps the Redis lock. A higher epoch there ends the tenure if the database knows of a newer owner too; if
/// not, the lock is wrong and is put right, or nobody could own the partition for as long as it stands.
async fn renew(shared: Arc<Shared>, partition: PartitionId, epoch: u64, tenure: Shutdown) {
    loop {
        crash::round("renewal");
        if let LockState::Newer(held) = lock::take(&shared.kv, partition, epoch).await {
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
    queues: &mut PartitionQueues,
    stop: &Shutdown,
) -> Result<(), Failure> {
    let label = state.partition.to_string();
    queues.look(shared, state).await?;
    let published = events_store::published_seq(&shared.pool, state.partition).await?;
    shared.outcome_publisher.take_over(queues.head(state), published);
    while let Some(mut batch) = queues.next_batch(shared, state, stop).await? {
        state.permit = batch.permit.take();
        crash::point("taken");
        let again = batch.messages.iter().filter(|message| message.redelivered).count();
        metrics::REDELIVERED.with_label_values(&[&label]).inc_by(again as u64);
        let head = queues.head(state);
        queues.backlog_told |= head.backlog > 0 || head.rate > 0.0;
        ledgers::show_backlog(head);
        singles::settle(shared, state, &batch, stop, head).await?;
        state.permit = None;
        crash::point("before_ack");
        queues.settled(&batch).await?;
        if let Some(ledgers) = &state.ledgers {
            ledgers.show(state.partition, None);
        }
        ledgers::show_held(state.partition, state.held.as_ref());
    }
    Ok(())
}
