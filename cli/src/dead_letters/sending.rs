//! Sending an operator's command, and waiting for what the worker makes of it.

use domain::command::Command;
use domain::partition::PartitionId;
use domain::trace::TraceParent;
use domain::wire;
use platform::broker::Broker;
use platform::lifecycle::Shutdown;
use platform::publisher::{Frame, Publisher, PublisherConfig};
use platform::tasks::Tasks;
use sqlx::MySqlPool;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

use super::store::{self, RequestState};
use crate::Context;
use crate::failure::CliError;

/// How long the worker's decision is awaited.
const DECISION_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two looks at the request.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A publisher with the number of partitions that it sends to.
pub struct CommandSender {
    publisher: Publisher,
    partitions: u16,
}

impl CommandSender {
    pub async fn start(context: &Context, pool: &MySqlPool) -> Result<Self, CliError> {
        let config = PublisherConfig { channels: 0, ..PublisherConfig::from_env(&context.env)? };
        let broker = Broker::from_env(&context.env, "cli publish", 1)?;
        let partitions = store::partitions(pool).await?;
        if partitions == 0 {
            return Err(CliError::refused("there are no partitions: docde migrate"));
        }
        // Nobody watches for a task that fails: what is sent then is answered as unknown.
        let tasks = Tasks::new(Shutdown::default());
        Ok(Self { publisher: Publisher::start(&broker, &config, &tasks), partitions })
    }

    /// Hands the command to the broker and waits for its confirm.
    pub async fn send(&self, command: &Command) -> Result<(), CliError> {
        self.send_to(PartitionId::of(command.hospital_id, self.partitions), command).await
    }

    /// The same, to the partition that holds the request: a frame that could not be read named no hospital.
    pub async fn send_to(&self, partition: PartitionId, command: &Command) -> Result<(), CliError> {
        let (doctor, text) = (command.kind.doctor_id(), wire::encode(command));
        let frame = Frame { doctor, text, trace: TraceParent::generate() };
        let sent = self.publisher.publish(command.queue(partition), frame).await;
        sent.map_err(|error| {
            CliError::refused(format!("not sent: {error}; the dead letter stays open, try again"))
        })
    }

    /// Waits until the broker was told how much was confirmed: without that a loss could not be seen.
    pub async fn close(self) {
        self.publisher.close().await;
    }
}

/// The request once it is no longer parked, or as it stands at the deadline.
pub async fn decided(
    pool: &MySqlPool,
    request: Uuid,
    until: Instant,
) -> Result<Option<RequestState>, CliError> {
    loop {
        let state = store::request(pool, Some(request)).await?;
        let waiting = state.as_ref().is_none_or(RequestState::is_parked);
        if !waiting || Instant::now() >= until {
            return Ok(state);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// [`DECISION_TIMEOUT`] from now.
pub fn deadline() -> Instant {
    Instant::now() + DECISION_TIMEOUT
}
