//! Listening to the feed of committed batches. A subscription is a replica's own queue on a connection of
//! its own; when that breaks, it is made again. What passed meanwhile is not in the new queue: whoever
//! listens compares event numbers with the database and reads what is missing.

use futures_util::StreamExt;
use lapin::Consumer;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::broker::{Broker, BrokerError, Channel, OUTCOMES_PREFETCH};
use crate::tasks::Tasks;
use crate::{crash, retry};

/// Messages held between the broker's connection and a listener that is busy.
const BUFFER: usize = 256;
/// Messages that one acknowledgement covers; well below what may be unacknowledged.
const ACK_EVERY: u16 = OUTCOMES_PREFETCH / 4;
/// Longest that a message which was read stays unacknowledged, so that at rest the queue holds none.
const ACK_WITHIN: Duration = Duration::from_millis(500);

/// Subscribes as `service`, waiting for the broker as long as need be; `None` when stopped before.
/// The subscription ends when the receiver is dropped.
pub async fn subscribe(
    broker: Broker,
    service: &'static str,
    tasks: &Tasks,
) -> Option<mpsc::Receiver<Vec<u8>>> {
    let first = tokio::select! {
        first = open_patiently(&broker, service) => first,
        () = tasks.shutdown().stopping() => return None,
    };
    let (sender, receiver) = mpsc::channel(BUFFER);
    tasks.spawn("outcomes", async move {
        let closed = sender.clone();
        tokio::select! {
            () = forward(broker, service, first, sender) => {}
            () = closed.closed() => {}
        }
    });
    Some(receiver)
}

async fn forward(
    broker: Broker,
    service: &'static str,
    first: (Channel, Consumer),
    sender: mpsc::Sender<Vec<u8>>,
) {
    let (mut channel, mut consumer) = first;
    loop {
        pass_on(&mut consumer, &sender).await;
        if sender.is_closed() {
            return channel.close().await;
        }
        tracing::warn!(service, "the subscription to outcomes broke; subscribing again");
        channel.close().await;
        (channel, consumer) = open_patiently(&broker, service).await;
        tracing::info!(service, "subscribed to outcomes again");
    }
}

/// Passes messages on until the subscription breaks or nobody listens any more.
async fn pass_on(consumer: &mut Consumer, sender: &mpsc::Sender<Vec<u8>>) {
    let mut unacknowledged = Unacknowledged::default();
    crash::round("outcomes");
    loop {
        let delivery = tokio::select! {
            delivery = consumer.next() => delivery,
            () = unacknowledged.due() => {
                unacknowledged.acknowledge().await;
                continue;
            }
        };
        let Some(Ok(mut delivery)) = delivery else { return };
        crash::round("outcomes");
        if sender.send(std::mem::take(&mut delivery.data)).await.is_err() {
            return;
        }
        unacknowledged.add(delivery).await;
    }
}

/// What was read and not acknowledged yet: one acknowledgement covers many.
#[derive(Default)]
struct Unacknowledged {
    count: u16,
    /// The latest, and when the oldest was read.
    last: Option<(Delivery, Instant)>,
}

impl Unacknowledged {
    async fn add(&mut self, delivery: Delivery) {
        let since = self.last.take().map_or_else(Instant::now, |(_, since)| since);
        self.last = Some((delivery, since));
        self.count += 1;
        if self.count == ACK_EVERY {
            self.acknowledge().await;
        }
    }

    /// Until what is held has been held long enough; for ever while nothing is.
    async fn due(&self) {
        match &self.last {
            Some((_, since)) => tokio::time::sleep_until(*since + ACK_WITHIN).await,
            None => std::future::pending().await,
        }
    }

    async fn acknowledge(&mut self) {
        self.count = 0;
        if let Some((last, _)) = self.last.take() {
            // A failure shows as the consumer's end.
            let _ = last.ack(BasicAckOptions { multiple: true }).await;
        }
    }
}

async fn open_patiently(broker: &Broker, service: &'static str) -> (Channel, Consumer) {
    retry::until_it_works("subscribing to outcomes", || open(broker, service)).await
}

async fn open(broker: &Broker, service: &str) -> Result<(Channel, Consumer), BrokerError> {
    let channel = broker.channel().await?;
    let consumer = channel.consume_outcomes(service).await?;
    Ok((channel, consumer))
}
