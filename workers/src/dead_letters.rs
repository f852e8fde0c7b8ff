//! What the broker gave up (`docde.dead`) or could not route (`docde.unrouted`) is handed to the owner of
//! its partition, marked to be parked there: so parking has the same order, fence and books as
//! deciding. What names no partition is written down as it is.

use domain::partition::{PartitionId, QueueId, QueueKind};
use domain::wire::header;
use futures_util::StreamExt;
use lapin::BasicProperties;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;
use lapin::types::AMQPValue;
use platform::broker::{CONFIRM_TIMEOUT, Channel, Outgoing, consume, publish_confirmed};
use platform::lifecycle::Shutdown;
use platform::retry::Retry;
use platform::{Failure, crash, topology};
use std::convert::Infallible;
use std::sync::Arc;

use crate::rows::DeadLetterRow;
use crate::rows_store;
use crate::stamp::Stamp;
use crate::{Shared, intake};

/// Drains both queues until the shutdown. Several workers may do so at once.
pub async fn drain(shared: Arc<Shared>, partitions: u16, shutdown: Shutdown) {
    let mut retry = Retry::new("draining dead letters");
    while !shutdown.is_stopping() {
        crash::round("dead_letters");
        let pause = tokio::select! {
            Err(error) = drain_once(&shared, partitions, &mut retry) => retry.failed(&error),
            () = shutdown.stopping() => break,
        };
        tokio::select! { () = tokio::time::sleep(pause) => {}, () = shutdown.stopping() => {} }
    }
}

/// Drains until the channel breaks, which is its error.
async fn drain_once(
    shared: &Shared,
    partitions: u16,
    retry: &mut Retry,
) -> Result<Infallible, Failure> {
    let dead = shared.config.consume.channel().await?;
    let unrouted = dead.another().await?;
    let dead_letters = dead.consume(topology::DEAD, 16).await?;
    let unrouted_letters = consume(&unrouted, topology::UNROUTED, 16).await?;
    retry.worked();
    let mut letters = futures_util::stream::select(
        dead_letters.map(|letter| (letter, "given up by the broker")),
        unrouted_letters.map(|letter| (letter, "not routable")),
    );
    let (mut out, mut handing_over) = (None, Retry::new("handing over a dead letter"));
    while let Some((letter, reason)) = letters.next().await {
        crash::round("dead_letters");
        let letter = letter?;
        // Kept unacknowledged until it is handed over: what is given back counts as one more delivery, and after the last of those
        // the broker drops a letter.
        while let Err(error) = hand_over(shared, &mut out, &letter, reason, partitions).await {
            out = None;
            tokio::time::sleep(handing_over.failed(&error)).await;
        }
        handing_over.worked();
        letter.ack(BasicAckOptions::default()).await?;
    }
    Err("the broker closed the channel".into())
}

/// To the partition of the hospital that a frame names, else of the key it was sent with, and into the queue of that key: an owner parks also what it cannot
/// read, and tells the sender.
async fn hand_over(
    shared: &Shared,
    out: &mut Option<Channel>,
    letter: &Delivery,
    reason: &str,
    partitions: u16,
) -> Result<(), Failure> {
    let message = intake::read(letter);
    if message.frames.is_empty() {
        return Ok(());
    }
    let hospital = message
        .frames
        .iter()
        .find_map(|frame| frame.command.as_ref().ok())
        .map(|command| command.hospital_id);
    let from = QueueId::of_key(letter.routing_key.as_str(), partitions);
    let partition = hospital
        .map(|hospital| PartitionId::of(hospital, partitions))
        .or_else(|| from.map(|queue| queue.partition));
    let Some(partition) = partition else { return write_down(shared, letter, reason).await };
    let kind = from.map_or(QueueKind::Usual, |queue| queue.kind);
    let out = match out {
        Some(open) => open,
        none => none.insert(shared.config.publish.confirm_channel().await?),
    };
    let mut headers = letter.properties.headers().clone().unwrap_or_default();
    headers.insert(header::DEAD.into(), AMQPValue::LongString(reason.into()));
    let properties = BasicProperties::default().with_delivery_mode(2).with_headers(headers);
    let queue = QueueId { partition, kind };
    let (key, body) = (queue.key_of_many(), letter.data.as_slice());
    let message = Outgoing { exchange: topology::COMMANDS, key, properties, body };
    publish_confirmed(&out.channel, message, CONFIRM_TIMEOUT).await?.await?;
    Ok(())
}

async fn write_down(shared: &Shared, letter: &Delivery, reason: &str) -> Result<(), Failure> {
    let mut connection = shared.pool.acquire().await?;
    let stamp = Stamp { partition: PartitionId::new(0), epoch: 0, at: shared.clock.now() };
    let row = DeadLetterRow {
        request: None,
        owner: None,
        reason: "undecodable",
        detail: reason.to_owned(),
        frame: letter.data.clone(),
    };
    rows_store::dead_letter(&mut connection, stamp, &row).await?;
    Ok(())
}
