//! What Redis holds of a request that was handed over, as one line of text. Ingress writes it; notifiers read when its turn comes.

use chrono_tz::Tz;
use domain::command::BodyHash;
use domain::ids::{AccountId, RequestId};
use domain::partition::{PartitionId, QueueId, QueueKind};
use domain::time::{self, Timestamp};
use std::time::Duration;
use uuid::Uuid;

/// How long a marker stays in Redis.
pub const TIME_TO_LIVE: Duration = Duration::from_hours(24);
/// First word of a marker's text, the attempt comes next. The first version wrote no such word.
const VERSION: &str = "3";
/// The version that named no attempt.
const VERSION_WITHOUT_ATTEMPT: &str = "2";

/// The key of a request's marker, without the prefix.
pub fn key(request: RequestId) -> String {
    format!("req:{request}")
}

/// What is remembered of a request that was handed over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Marker {
    /// The latest attempt that relies on it. No other may take it back.
    pub attempt: Uuid,
    pub body_hash: BodyHash,
    pub queue: QueueId,
    pub accepted_at: Timestamp,
    pub owner: AccountId,
    pub zone: Tz,
    /// Its turn comes once so many commands of the partition have been settled.
    pub due: u64,
    /// The accepted Request.
    pub document: String,
}

impl Marker {
    pub fn text(&self) -> String {
        let Self { attempt, body_hash, queue, accepted_at, owner, zone, due, document } = self;
        let (attempt, queue) = (attempt.simple(), queue_word(*queue));
        let accepted_at = accepted_at.timestamp_millis();
        format!(
            "{VERSION} {attempt} {body_hash} {queue} {accepted_at} {owner} {zone} {due} {document}"
        )
    }

    /// `None` where it is no marker of this version or the one before.
    pub fn read(text: &str) -> Option<Self> {
        let (version, rest) = text.split_once(' ')?;
        let (attempt, rest) = match version {
            VERSION => rest.split_once(' ')?,
            VERSION_WITHOUT_ATTEMPT => ("", rest),
            _ => return None,
        };
        let mut words = rest.splitn(7, ' ');
        Some(Self {
            attempt: attempt.parse().unwrap_or_default(),
            body_hash: words.next()?.try_into().ok()?,
            queue: queue_of(words.next()?)?,
            accepted_at: time::from_millis(words.next()?.parse().ok()?),
            owner: words.next()?.parse().ok()?,
            zone: words.next()?.parse().ok()?,
            due: words.next()?.parse().ok()?,
            document: words.next()?.to_owned(),
        })
    }
}

/// The partition's number, and a mark where it is not the usual queue.
fn queue_word(queue: QueueId) -> String {
    match queue.kind {
        QueueKind::Usual => queue.partition.index().to_string(),
        QueueKind::Desk => format!("{}{DESK}", queue.partition.index()),
    }
}

fn queue_of(word: &str) -> Option<QueueId> {
    let partition = |number: &str| number.parse().ok().map(PartitionId::new);
    match word.strip_suffix(DESK) {
        Some(number) => partition(number).map(PartitionId::desk),
        None => partition(word).map(PartitionId::usual),
    }
}

/// See [`queue_word`].
const DESK: char = 'd';

#[cfg(test)]
mod tests {
    use super::*;

    /// Markers outlive a build by a day: the text is kept as it is in Redis, and that of the version before is read.
    #[test]
    fn the_text_is_kept() {
        let rest = "cdc9347a3c04d2f3 3 1800000000123 018f0000-0000-7000-8000-000000000002 Asia/Seoul 4321 \
            {\"id\":\"018f0000-0000-7000-8000-000000000001\", \"a b\":1}";
        let text = format!("3 67e5504410b1426f9247bb680e5fe0c8 {rest}");
        let marker = Marker::read(&text).unwrap();
        assert_eq!((marker.due, marker.zone), (4321, chrono_tz::Asia::Seoul));
        assert_eq!(marker.text(), text);
        let before = Marker::read(&format!("2 {rest}")).unwrap();
        assert_eq!(before, Marker { attempt: Uuid::nil(), ..marker });
        let of_desk = text.replacen(" 3 1800", " 3d 1800", 1);
        let desk = Marker::read(&of_desk).unwrap();
        assert_eq!((desk.queue, desk.text()), (PartitionId::new(3).desk(), of_desk));
        for bad in ["", "2", "2 1 2 3", "3", "3 1", "3 1 2 3"] {
            assert!(Marker::read(bad).is_none(), "{bad}");
        }
    }
}
