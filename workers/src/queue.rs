//! One of a partition's queues at the broker, as its owner sees it: messages that are prefetched, and how many commands
//! wait behind. It has a channel of its own, so one acknowledgement covers all that was settled of it so far.

use domain::partition::QueueId;
use futures_util::{FutureExt, StreamExt};
use lapin::Consumer;
use lapin::options::{BasicAckOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use platform::Failure;
use platform::broker::BrokerError;
use std::collections::VecDeque;
use std::time::Duration;

use crate::backlog::{Backlog, LOOK_EVERY};
use crate::config::PREFETCH;
use crate::intake::{self, Message};

/// For closing a channel, which can hang on a broken connection.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What was taken from the queue, and what is known of the rest.
pub struct Queue {
    id: QueueId,
    channel: lapin::Channel,
    consumer: Consumer,
    pub prefetched: VecDeque<Message>,
    pub backlog: Backlog,
}

impl Queue {
    pub async fn consume(channel: lapin::Channel, id: QueueId) -> Result<Self, BrokerError> {
        let consumer = platform::broker::consume(&channel, &id.name(), PREFETCH).await?;
        let (prefetched, backlog) = (VecDeque::new(), Backlog::new());
        Ok(Self { id, channel, consumer, prefetched, backlog })
    }

    /// Waits for a message and keeps it.
    pub async fn next(&mut self) -> Result<(), Failure> {
        let delivery = self.consumer.next().await;
        self.keep(delivery)
    }

    /// Keeps what is there, until there are `size` commands.
    pub fn take_ready(&mut self, size: usize) -> Result<(), Failure> {
        while self.commands() < size
            && let Some(delivery) = self.consumer.next().now_or_never()
        {
            self.keep(delivery)?;
        }
        Ok(())
    }

    fn keep(
        &mut self,
        delivery: Option<lapin::Result<lapin::message::Delivery>>,
    ) -> Result<(), Failure> {
        let delivery = delivery.ok_or("the broker closed the channel")??;
        self.prefetched.push_back(intake::read(&delivery));
        Ok(())
    }

    /// Commands that are prefetched, of which the batch at work is none.
    pub fn commands(&self) -> usize {
        self.prefetched.iter().map(|message| message.frames.len()).sum()
    }

    /// Messages and commands that are prefetched.
    pub fn counts(&self) -> (u64, u64) {
        (self.prefetched.len() as u64, self.commands() as u64)
    }

    /// Asks how many messages wait at the broker.
    pub async fn look(&mut self) -> Result<u32, Failure> {
        self.backlog.looking();
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let declare =
            self.channel.queue_declare(self.id.name().into(), passive, FieldTable::default());
        let queue = tokio::time::timeout(LOOK_EVERY * 5, declare).await??;
        self.backlog.ready(u64::from(queue.message_count()), u64::from(PREFETCH));
        Ok(queue.message_count())
    }

    /// These messages are settled, the first that were not yet.
    pub async fn settled(&mut self, messages: &[Message]) -> Result<(), Failure> {
        if let Some(last) = messages.last() {
            self.channel.basic_ack(last.tag, BasicAckOptions { multiple: true }).await?;
        }
        let commands: usize = messages.iter().map(|message| message.frames.len()).sum();
        self.backlog.done(messages.len() as u64, commands as u64);
        Ok(())
    }

    /// Hands what is unacknowledged to the next owner, in order. A consumer that is dropped before would be a `basic.cancel`,
    /// which does not keep it.
    pub async fn close(&self) {
        let close = self.channel.close(200, "given up".into());
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, close).await;
    }
}
