//! Listening to the feed of committed batches. A subscription is a replica's own queue on a connection of
//! its own; when that breaks, it is made again. What passed meanwhile is not in the new queue: whoever
//! listens compares event numbers with the database and reads what is missing.

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;
use std::time::Duration;
use tokio::sync::mpsc;

use crate::broker::{Broker, BrokerError, Channel, OUTCOMES_PREFETCH};
use crate::crash;
use crate::tasks::Tasks;

/// Messages held between the broker's connection and a listener that is busy.
const HELD: usize = 256;
/// Messages that one acknowledgement covers; well below what may be unacknowledged.
const ACK_EVERY: u16 = OUTCOMES_PREFETCH / 4;
/// Between attempts at a broker that is away.
const PAUSE: Duration = Duration::from_millis(500);

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
    let (sender, receiver) = mpsc::channel(HELD);
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
    first: (Channel, lapin::Consumer),
    sender: mpsc::Sender<Vec<u8>>,
) {
    let (mut channel, mut consumer) = first;
    loop {
        let mut unacknowledged = 0;
        crash::round("outcomes");
        while let Some(Ok(Delivery { data, acker, .. })) = consumer.next().await {
            crash::round("outcomes");
            if sender.send(data).await.is_err() {
                break;
            }
            unacknowledged += 1;
            if unacknowledged == ACK_EVERY {
                unacknowledged = 0;
                // A failure shows as the consumer's end.
                let _ = acker.ack(BasicAckOptions { multiple: true }).await;
            }
        }
        if sender.is_closed() {
            return channel.close().await;
        }
        tracing::warn!(service, "the subscription to outcomes broke; subscribing again");
        channel.close().await;
        (channel, consumer) = open_patiently(&broker, service).await;
        tracing::info!(service, "subscribed to outcomes again");
    }
}

/// An outage is told of once.
async fn open_patiently(broker: &Broker, service: &str) -> (Channel, lapin::Consumer) {
    let mut told = false;
    loop {
        match open(broker, service).await {
            Ok(open) => return open,
            Err(error) if !told => {
                tracing::warn!(service, error = %crate::service::chain(&error), "cannot subscribe to outcomes yet");
            }
            Err(_) => {}
        }
        told = true;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn open(broker: &Broker, service: &str) -> Result<(Channel, lapin::Consumer), BrokerError> {
    let channel = broker.channel().await?;
    let consumer = channel.consume_outcomes(service).await?;
    Ok((channel, consumer))
}
