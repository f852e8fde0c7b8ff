//! Publishing one message with a confirm: the only place that says what counts as taken by the broker.

use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Confirmation};
use std::time::Duration;

/// A message for the broker.
pub struct Outgoing<'m> {
    pub exchange: &'static str,
    pub key: String,
    pub properties: BasicProperties,
    pub body: &'m [u8],
}

/// A publish that is not known to have been taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unconfirmed {
    /// Refused (a full queue), or not routable.
    #[error("the broker surely did not take it")]
    NotTaken,
    /// The channel broke, the time passed, or confirms were never asked for: the broker may have it or not.
    #[error("the confirm did not come: it may or may not have been taken")]
    Unknown,
}

/// Publishes on a channel with confirms. Awaiting it waits until the message is written; what it returns waits for the
/// confirm, so several messages may be on their way. Each of the two waits takes at most `limit`.
///
/// The first poll puts the message's frames in line. Who has several publishes not yet written polls each once in the
/// order that the messages are to have.
pub async fn publish_confirmed(
    channel: &lapin::Channel,
    message: Outgoing<'_>,
    limit: Duration,
) -> Result<impl Future<Output = Result<(), Unconfirmed>> + Send + use<>, Unconfirmed> {
    let Outgoing { exchange, key, properties, body } = message;
    let options = BasicPublishOptions::default();
    let write = channel.basic_publish(exchange.into(), key.into(), options, body, properties);
    let Ok(Ok(confirm)) = tokio::time::timeout(limit, write).await else {
        return Err(Unconfirmed::Unknown);
    };
    Ok(async move {
        match tokio::time::timeout(limit, confirm).await {
            Ok(Ok(confirmation)) => taken(&confirmation),
            Ok(Err(_)) | Err(_) => Err(Unconfirmed::Unknown),
        }
    })
}

/// Only a clean acknowledgement is one. A message that came back was not routed; without `confirm_select` nothing is
/// known.
fn taken(confirmation: &Confirmation) -> Result<(), Unconfirmed> {
    match confirmation {
        Confirmation::Ack(None) => Ok(()),
        Confirmation::Nack(_) | Confirmation::Ack(Some(_)) => Err(Unconfirmed::NotTaken),
        Confirmation::NotRequested => Err(Unconfirmed::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clean_acknowledgement_is_one() {
        assert_eq!(taken(&Confirmation::Ack(None)), Ok(()));
        assert_eq!(taken(&Confirmation::Nack(None)), Err(Unconfirmed::NotTaken));
        assert_eq!(taken(&Confirmation::NotRequested), Err(Unconfirmed::Unknown));
    }
}
