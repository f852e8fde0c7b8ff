//! The way of a batch, and the slow way: one by one, for what the broker delivered again and for batches that a unique
//! key or an unexpected error broke. A redelivered command's attempts are counted and committed before
//! it is tried, so that one that kills its worker is parked alone at the third.

use domain::command::Command;
use domain::feed::Head;
use domain::ids::RequestId;
use platform::lifecycle::Shutdown;
use platform::metrics;
use std::time::Duration;

use crate::Shared;
use crate::batch::{BatchError, Committed, PartitionState, commit};
use crate::config::MAX_ATTEMPTS;
use crate::intake::{Frame, Message};
use crate::work::{Inbox, Item, Override, Work};
use crate::{after_commit, inbox_store, rooms, rows_store};

/// Between two looks whether the database is back, and two tries of what failed twice.
const DATABASE_PAUSE: Duration = Duration::from_millis(200);
/// Times that a deadlock or clash is simply tried again.
const MAX_RETRIES: u32 = 5;

/// Why an owner stops.
#[derive(Debug, thiserror::Error)]
pub enum End {
    #[error("another worker has taken the partition over")]
    Stale,
    #[error("stopped while the database was away")]
    Stopped,
}

/// Decides the messages, whole where possible. Each commit is told before the next begins.
pub async fn settle(
    shared: &Shared,
    state: &mut PartitionState,
    messages: &[Message],
    stop: &Shutdown,
    head: Head,
) -> Result<(), End> {
    let special = messages.iter().any(Message::is_special);
    if !special {
        let work = Work {
            items: messages.iter().flat_map(items).collect(),
            heard: messages.iter().collect(),
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
    for message in messages {
        one_by_one(shared, state, message, stop, head).await?;
    }
    Ok(())
}

fn items(message: &Message) -> impl Iterator<Item = Item<'_>> {
    message.frames.iter().map(|frame| Item { publisher: message.publisher, frame, settled: None })
}

async fn one_by_one(
    shared: &Shared,
    state: &mut PartitionState,
    message: &Message,
    stop: &Shutdown,
    head: Head,
) -> Result<(), End> {
    let last = message.frames.len().saturating_sub(1);
    for (index, frame) in message.frames.iter().enumerate() {
        let mut settled = message
            .dead
            .as_ref()
            .map(|reason| Override::Park { reason: "dead_letter", detail: reason.clone() });
        if message.redelivered && settled.is_none() {
            settled = counted(shared, frame, stop).await?;
        }
        let ending = || if index == last { vec![message] } else { Vec::new() };
        let mut failures = 0;
        loop {
            let item = Item { publisher: message.publisher, frame, settled: settled.clone() };
            let work = Work { items: vec![item], heard: ending(), inbox: Inbox::All };
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
                uncount(shared, message, frame).await;
                return Err(end);
            }
        }
        if message.redelivered
            && let Ok(command) = &frame.command
        {
            forget(shared, command.request_id).await;
        }
    }
    if message.frames.is_empty() {
        let report = Work { items: Vec::new(), heard: vec![message], inbox: Inbox::All };
        if let Ok(committed) = patiently(shared, state, report, stop).await? {
            after_commit::run(shared, state, head, committed).await;
        }
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
        BatchError::Failed(_) => "the database's answer could not be read".to_owned(),
        BatchError::Unasked(unasked) => unasked.to_string(),
        BatchError::Again => "deadlocks without end".to_owned(),
        BatchError::Stale | BatchError::Unavailable(_) => "the database was away".to_owned(),
    }
}

/// Commits one more attempt, unless the command was decided already; at the third it is parked.
async fn counted(shared: &Shared, frame: &Frame, stop: &Shutdown) -> Result<Option<Override>, End> {
    let Ok(command) = &frame.command else { return Ok(None) };
    loop {
        match count(shared, command).await {
            Ok(attempts) if attempts >= MAX_ATTEMPTS => {
                let detail = format!("{attempts} attempts did not end");
                return Ok(Some(Override::Park { reason: "attempts", detail }));
            }
            Ok(_) => return Ok(None),
            Err(error) => pause(&error, stop).await?,
        }
    }
}

/// A replay is tried although the request has its row, and may kill its worker like any other.
async fn count(shared: &Shared, command: &Command) -> Result<u16, sqlx::Error> {
    let mut connection = shared.pool.acquire().await?;
    let seen = inbox_store::seen(&mut connection, &[command.request_id.uuid()]).await?;
    if seen.values().any(|seen| seen.state.is_final() || !command.replay) {
        return Ok(0);
    }
    rows_store::attempt(&mut connection, command.request_id, shared.clock.now()).await
}

/// An attempt that ended in good order, because the partition moved on or the worker stops, is none: workers that come and
/// go would park innocents else. The next owner gets the message only after this.
async fn uncount(shared: &Shared, message: &Message, frame: &Frame) {
    let Ok(command) = &frame.command else { return };
    if message.redelivered && message.dead.is_none() {
        let take_back = async {
            let mut connection = shared.pool.acquire().await?;
            rows_store::take_back_attempt(&mut connection, command.request_id).await
        };
        let _ = tokio::time::timeout(Duration::from_secs(1), take_back).await;
    }
}

async fn forget(shared: &Shared, request: RequestId) {
    if let Ok(mut connection) = shared.pool.acquire().await {
        let _ = rows_store::forget_attempts(&mut connection, request).await;
    }
}

/// Commits, waiting for as long as the database is away. What waiting cannot mend comes back. After any failure the whole
/// inbox is looked into: a request may have come before unknown to its sender, a commit may have happened. A batch that broke
/// a unique key is tried once more as a whole, over facts read anew: mostly they know by then what the key knew.
async fn patiently(
    shared: &Shared,
    state: &mut PartitionState,
    mut work: Work<'_>,
    stop: &Shutdown,
) -> Result<Result<Committed, BatchError>, End> {
    let mut retries = 0;
    loop {
        let error = match commit(shared, state, &work).await {
            Ok(committed) => return Ok(Ok(committed)),
            Err(error) => error,
        };
        let before = std::mem::replace(&mut work.inbox, Inbox::All);
        match error {
            BatchError::Stale => return Err(End::Stale),
            BatchError::Unavailable(error) => pause(&error, stop).await?,
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

async fn pause(error: &sqlx::Error, stop: &Shutdown) -> Result<(), End> {
    tracing::warn!(%error, "the database is away; messages are kept");
    rest(stop).await
}

async fn rest(stop: &Shutdown) -> Result<(), End> {
    tokio::select! {
        () = tokio::time::sleep(DATABASE_PAUSE) => Ok(()),
        () = stop.stopping() => Err(End::Stopped),
    }
}
