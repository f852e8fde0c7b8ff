//! The timer pump: the owner of a partition sends what is due, each second, as commands on the desk's queue. A timer's
//! row goes in the transaction that decides its command, so one that was sent and is not decided yet is still there. It is sent
//! again by the next owner, or after a minute, and is decided once: its request id is made from its own.

use domain::command::{BodyHash, Command, Kind};
use domain::ids::TimerId;
use domain::partition::PartitionId;
use domain::people::Sender;
use domain::time::Timestamp;
use domain::trace::TraceParent;
use domain::wire;
use futures_util::future::join_all;
use platform::crash;
use platform::publisher::{Frame, NotPublished};
use platform::retry::Retry;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::Shared;
use crate::timers_store::{self, DueTimer};

/// Between two looks (CONTRACT, Ownership).
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A command that is not decided so long after it was sent may have been taken away by hand: it is sent again.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// Sends what is due until the tenure ends, which drops this.
pub async fn pump(shared: Arc<Shared>, partition: PartitionId) {
    let mut sent = HashMap::new();
    let mut retry = Retry::new("sending what is due");
    loop {
        crash::round("timers");
        let pause = match send_due(&shared, partition, &mut sent).await {
            Ok(()) => {
                retry.worked();
                LOOK_EVERY
            }
            Err(error) => retry.failed(&error),
        };
        tokio::time::sleep(pause).await;
    }
}

async fn send_due(
    shared: &Shared,
    partition: PartitionId,
    sent: &mut HashMap<TimerId, Instant>,
) -> Result<(), sqlx::Error> {
    let now = shared.clock.now();
    let due = timers_store::due(&shared.pool, partition, now).await?;
    // What is no longer there is decided.
    sent.retain(|id, _| due.iter().any(|timer| timer.id == *id));
    let unsent =
        due.iter().filter(|timer| sent.get(&timer.id).is_none_or(|at| at.elapsed() >= AGAIN_AFTER));
    let sending = unsent.filter_map(|timer| {
        let command = command(timer, now)?;
        Some(async move { (timer.id, send(shared, partition, &command).await) })
    });
    for (id, result) in join_all(sending).await {
        match result {
            Ok(()) => {
                sent.insert(id, Instant::now());
            }
            Err(error) => {
                tracing::warn!(%partition, timer = %id, %error, "a timer was not sent yet");
            }
        }
    }
    Ok(())
}

async fn send(
    shared: &Shared,
    partition: PartitionId,
    command: &Command,
) -> Result<(), NotPublished> {
    let (doctor, text) = (command.kind.doctor_id(), wire::encode(command));
    let frame = Frame { doctor, text, trace: TraceParent::generate() };
    shared.publisher.publish(partition.desk(), frame).await
}

/// The command that the timer becomes. `None`: its kind is not known to this build, and the row waits for one that knows it.
fn command(timer: &DueTimer, now: Timestamp) -> Option<Command> {
    let kind: Kind = match serde_json::from_str(&timer.command) {
        Ok(kind) => kind,
        Err(error) => {
            tracing::error!(timer = %timer.id, %error, "a timer cannot be read");
            return None;
        }
    };
    Some(Command {
        request_id: timer.request_id,
        sender: Sender::timer(),
        hospital_id: timer.hospital_id,
        accepted_at: now,
        body_hash: BodyHash::of(timer.command.as_bytes()),
        replay: false,
        first: false,
        kind,
    })
}
