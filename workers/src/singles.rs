//! The way of a batch, and the slow way: one by one, for what the broker delivered again, for what the owner before may have
//! died of, and for batches that a unique key or an unexpected error broke.

use domain::feed::Head;
use domain::partition::PartitionId;
use platform::lifecycle::Shutdown;
use platform::{database, metrics};
use uuid::Uuid;

use crate::Shared;
use crate::batch::{BatchError, Committed, PartitionState, commit};
use crate::held_back_store::HeldFrame;
use crate::intake::{Frame, Message};
use crate::partition_queues::Batch;
use crate::waiting::{End, pause, rest};
use crate::work::{Inbox, Item, Override, Work};
use crate::{after_commit, attempts, held_back_store, rooms};

/// Times that a deadlock or clash is simply tried again.
const MAX_RETRIES: u32 = 5;
/// Connections in a row that end with what is written, while the database answers others: it is what is written.
const MAX_RESETS: u32 = 10;

/// Decides what was held back and then the messages, whole where possible. Each commit is told before the next begins.
pub async fn settle(
    shared: &Shared,
    state: &mut PartitionState,
    batch: &Batch,
    stop: &Shutdown,
    head: Head,
) -> Result<(), End> {
    let first = held_back(shared, state.partition, &batch.held.places, stop).await?;
    let careful = batch.held.careful;
    if !careful && !batch.messages.iter().any(Message::is_special) {
        let items = first.iter().map(Single::held).chain(batch.messages.iter().flat_map(singles));
        let work = Work {
            items: items.map(|single| single.item(None)).collect(),
            heard: batch.messages.iter().collect(),
            inbox: Inbox::Doubted,
        };
        match patiently(shared, state, work, stop).await? {
            Ok(committed) => {
                after_commit::run(shared, state, head, committed).await;
                return Ok(());
            }
            Err(error) => {
                tracing::info!(partition = %state.partition, error = kind_of(&error), "a batch is decided one by one");
            }
        }
    }
    for kept in &first {
        let single = Single { is_counted: careful, ..Single::held(kept) };
        alone(shared, state, (single, None), stop, head).await?;
    }
    for message in &batch.messages {
        one_by_one(shared, state, message, stop, head).await?;
    }
    Ok(())
}

/// Reads what is held back at these places, for as long as the database is away.
async fn held_back(
    shared: &Shared,
    partition: PartitionId,
    places: &[u64],
    stop: &Shutdown,
) -> Result<Vec<HeldFrame>, End> {
    while !places.is_empty() {
        match held_back_store::frames(&shared.pool, partition, places).await {
            Ok(frames) => return Ok(frames),
            Err(error) => pause(&error, stop).await?,
        }
    }
    Ok(Vec::new())
}

/// A command that may be decided with others or alone.
#[derive(Clone, Copy)]
struct Single<'m> {
    publisher: Uuid,
    frame: &'m Frame,
    held: Option<u64>,
    /// Whoever had it before may have died of it, so that its attempts are counted.
    is_counted: bool,
    /// The broker gave its message up.
    dead: Option<&'m str>,
}

impl<'m> Single<'m> {
    fn held(held: &'m HeldFrame) -> Self {
        let HeldFrame { place, publisher, frame } = held;
        let (held, is_counted, dead) = (Some(*place), false, None);
        Self { publisher: *publisher, frame, held, is_counted, dead }
    }

    fn item(self, settled: Option<Override>) -> Item<'m> {
        Item { publisher: self.publisher, frame: self.frame, held: self.held, settled }
    }
}

fn singles(message: &Message) -> impl Iterator<Item = Single<'_>> {
    let (publisher, held, dead) = (message.publisher, None, message.dead.as_deref());
    let is_counted = message.redelivered && dead.is_none();
    message.frames.iter().map(move |frame| Single { publisher, frame, held, is_counted, dead })
}

async fn one_by_one(
    shared: &Shared,
    state: &mut PartitionState,
    message: &Message,
    stop: &Shutdown,
    head: Head,
) -> Result<(), End> {
    let last = message.frames.len().saturating_sub(1);
    for (index, single) in singles(message).enumerate() {
        let ending = (index == last).then_some(message);
        alone(shared, state, (single, ending), stop, head).await?;
    }
    if message.frames.is_empty() {
        let report = Work { items: Vec::new(), heard: vec![message], inbox: Inbox::All };
        if let Ok(committed) = patiently(shared, state, report, stop).await? {
            after_commit::run(shared, state, head, committed).await;
        }
    }
    Ok(())
}

/// Decides one command in a transaction of its own, which also ends the message whose last it is.
async fn alone(
    shared: &Shared,
    state: &mut PartitionState,
    (single, ending): (Single<'_>, Option<&Message>),
    stop: &Shutdown,
    head: Head,
) -> Result<(), End> {
    let Single { frame, is_counted, dead, .. } = single;
    let mut settled =
        dead.map(|reason| Override::Park { reason: "dead_letter", detail: reason.to_owned() });
    if is_counted {
        settled = attempts::counted(shared, frame, stop).await?;
    }
    let mut failures = 0;
    loop {
        let work = Work {
            items: vec![single.item(settled.clone())],
            heard: ending.into_iter().collect(),
            inbox: Inbox::All,
        };
        let ended = match patiently(shared, state, work, stop).await {
            Ok(Ok(committed)) => {
                after_commit::run(shared, state, head, committed).await;
                break;
            }
            Ok(Err(error)) => {
                failures += 1;
                tracing::warn!(
                    error = kind_of(&error),
                    failures,
                    trace_id = frame.trace_id(),
                    "a command cannot be decided yet"
                );
                settled = give_up(&error, failures).or(settled);
                if failures > 1 { rest(stop).await } else { Ok(()) }
            }
            Err(end) => Err(end),
        };
        if let Err(end) = ended {
            if is_counted {
                attempts::uncount(shared, frame).await;
            }
            return Err(end);
        }
    }
    if is_counted {
        attempts::forget(shared, frame).await;
    }
    Ok(())
}

/// After some failures of a command alone: what a breached key means in words, or the parking of what cannot be decided.
fn give_up(error: &BatchError, failures: u32) -> Option<Override> {
    if let BatchError::Clash(key) = error
        && let Some(code) = rooms::code_of(key)
    {
        return (failures >= 3).then_some(Override::Reject(code));
    }
    if failures < MAX_RETRIES {
        return None;
    }
    let detail = kind_of(error);
    // Neither is the command's fault: a person has to mend the program, and then to replay the command.
    if matches!(error, BatchError::Clash(_) | BatchError::Unasked(_)) {
        tracing::error!(error = detail, "a command is parked for a fault of this build");
    }
    Some(Override::Park { reason: "undecidable", detail })
}

/// Only the kind and the number: a database's message may quote values.
fn kind_of(error: &BatchError) -> String {
    match error {
        BatchError::Clash(key) => format!("unique key {key}"),
        BatchError::Failed(sqlx::Error::Database(error)) => {
            format!("database error {}", error.code().unwrap_or_default())
        }
        BatchError::Failed(sqlx::Error::Io(_)) => {
            "the database ends the connection each time".to_owned()
        }
        BatchError::Failed(_) => "the database's answer could not be read".to_owned(),
        BatchError::Unasked(unasked) => unasked.to_string(),
        BatchError::Again => "deadlocks without end".to_owned(),
        BatchError::Stale | BatchError::Unavailable(_) => "the database was away".to_owned(),
    }
}

/// Commits, waiting for as long as the database is away. What waiting cannot mend comes back. After any failure the whole
/// inbox is looked into: a request may have come before unknown to its sender, a commit may have happened. A batch that broke
/// a unique key is tried once more as a whole, over facts read anew: mostly they know by then what the key knew. A database that
/// answers all others and ends the connection each time it gets this, is not away: a statement is larger than it takes.
async fn patiently(
    shared: &Shared,
    state: &mut PartitionState,
    mut work: Work<'_>,
    stop: &Shutdown,
) -> Result<Result<Committed, BatchError>, End> {
    let (mut retries, mut resets) = (0, 0);
    loop {
        let error = match commit(shared, state, &work).await {
            Ok(committed) => return Ok(Ok(committed)),
            Err(error) => error,
        };
        let before = std::mem::replace(&mut work.inbox, Inbox::All);
        match error {
            BatchError::Stale => return Err(End::Stale),
            BatchError::Unavailable(error) => {
                pause(&error, stop).await?;
                let is_reset =
                    matches!(error, sqlx::Error::Io(_)) && database::answers(&shared.pool).await;
                resets = if is_reset { resets + 1 } else { 0 };
                if resets == MAX_RESETS {
                    return Ok(Err(BatchError::Failed(error)));
                }
            }
            BatchError::Again if retries < MAX_RETRIES => {
                retries += 1;
                let partition = state.partition.to_string();
                metrics::BATCHES_AGAIN.with_label_values(&[&partition]).inc();
            }
            BatchError::Clash(_) if before == Inbox::Doubted => {}
            error => return Ok(Err(error)),
        }
    }
}
