//! Markers in Redis: that a request was handed over, before it is. They tell a retry from a first try and let an undecided
//! request be shown: a marker holds the accepted document, whatever kind of command it is of. They decide nothing: a
//! lost one costs a look into the database or a question to the worker. `markers:since` says from when on Redis holds
//! them, so a Redis that was emptied is not taken for one that never heard of a request.

use chrono_tz::Tz;
use domain::command::BodyHash;
use domain::ids::{AccountId, RequestId};
use domain::partition::PartitionId;
use domain::request;
use domain::time::{self, Timestamp};
use platform::kv::Kv;
use redis::Script;
use std::sync::LazyLock;
use std::time::Duration;
use uuid::Uuid;

use crate::booking::marker_v1;
use crate::redis_batcher::{RedisBatcher, RedisQuery};
use crate::submit::Addressed;

/// How long a marker stays.
pub(crate) const TIME_TO_LIVE: Duration = Duration::from_hours(24);

/// First word of a marker's text, the attempt comes next. The first version wrote no such word.
const VERSION: &str = "3";
/// The version that named no attempt.
const VERSION_WITHOUT_ATTEMPT: &str = "2";

/// Takes a marker back if it is still the one that was set.
static TAKE_BACK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
          return redis.call('DEL', KEYS[1])",
    )
});

/// Makes the marker that is there another attempt's, or sets the given one: where there is none, where it names no
/// attempt, and where the last argument says so. 34 are the characters of version and attempt. Returns what is set now.
static RELY: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"local kept = redis.call('GET', KEYS[1])
          local value = ARGV[1]
          if ARGV[3] == '0' and kept and string.sub(kept, 1, 2) == '3 ' then
            value = string.sub(value, 1, 34) .. string.sub(kept, 35)
          end
          redis.call('SET', KEYS[1], value, 'EX', ARGV[2])
          return value",
    )
});

/// What is remembered of a request that was handed over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Marker {
    /// The latest attempt that relies on it. No other may take it back.
    pub attempt: Uuid,
    pub body_hash: BodyHash,
    pub partition: PartitionId,
    pub accepted_at: Timestamp,
    pub owner: AccountId,
    pub zone: Tz,
    /// Its turn comes once so many commands of the partition have been settled.
    pub due: u64,
    /// The accepted Request.
    pub document: String,
}

/// What Redis says of a request.
#[derive(Debug, Default)]
pub(crate) struct MarkerLook {
    pub marker: Option<Marker>,
    /// From when on Redis holds markers; `None`: it did not answer.
    pub since: Option<Timestamp>,
    /// The value of the key that was asked for beside.
    pub beside: Option<String>,
}

/// Whether a marker was set.
#[derive(Debug)]
pub(crate) enum Marked {
    Now,
    /// The request was handed over before.
    Before(Marker),
    /// Redis is away; it goes on without.
    Unknown,
}

/// The markers.
pub(crate) struct Markers {
    kv: Kv,
    batcher: RedisBatcher,
}

impl Markers {
    /// With the task that asks Redis, to be spawned.
    pub fn new(kv: Kv) -> (Self, impl Future<Output = ()>) {
        let (batcher, asking) = RedisBatcher::new(kv.clone());
        (Self { kv, batcher }, asking)
    }

    /// Before every key.
    pub fn prefix(&self) -> &str {
        self.kv.prefix()
    }

    fn key(&self, request: RequestId) -> String {
        self.kv.key(format_args!("req:{request}"))
    }

    /// The marker of a request.
    pub async fn look(&self, request: RequestId, now: Timestamp) -> MarkerLook {
        self.read(request, vec![self.key(request)], now).await
    }

    /// The same and, in one round trip, the value of another key.
    pub async fn look_beside(&self, request: RequestId, key: String, now: Timestamp) -> MarkerLook {
        self.read(request, vec![self.key(request), key], now).await
    }

    async fn read(&self, request: RequestId, keys: Vec<String>, now: Timestamp) -> MarkerLook {
        let Some(reply) = self.batcher.ask(RedisQuery::Read(keys), now).await else {
            return MarkerLook::default();
        };
        let mut values = reply.values.into_iter();
        let marker = values.next().flatten().and_then(|text| Marker::read(&text, request));
        MarkerLook { marker, since: Some(reply.since), beside: values.next().flatten() }
    }

    /// Sets the marker unless there is one.
    pub async fn mark(&self, request: RequestId, marker: &Marker, now: Timestamp) -> Marked {
        let (key, value) = (self.key(request), marker.text());
        let claim = RedisQuery::Claim { key, value, seconds: TIME_TO_LIVE.as_secs() };
        let Some(reply) = self.batcher.ask(claim, now).await else { return Marked::Unknown };
        let before = reply.values.into_iter().flatten().next();
        let before = before.and_then(|text| Marker::read(&text, request));
        before.map_or(Marked::Now, Marked::Before)
    }

    /// Makes the marker of a request that was handed over `earlier` this attempt's own, so that the earlier attempt, if
    /// the broker refuses it, leaves it where it is. `anew`: what is there is of an attempt that came to nothing.
    /// Returns the marker that is set now; the given one without Redis.
    pub async fn rely(&self, request: RequestId, marker: Marker, anew: bool) -> Marker {
        let Ok(mut connection) = self.kv.connection().await else { return marker };
        let mut script = RELY.key(self.key(request));
        script.arg(marker.text()).arg(TIME_TO_LIVE.as_secs()).arg(u8::from(anew));
        let set = self.kv.note_failure(script.invoke_async::<String>(&mut connection).await);
        set.ok().and_then(|text| Marker::read(&text, request)).unwrap_or(marker)
    }

    /// Takes a marker back that this attempt set, since its command was surely not handed over.
    pub async fn unmark(&self, request: RequestId, marker: &Marker) {
        if let Ok(mut connection) = self.kv.connection().await {
            let mut script = TAKE_BACK.key(self.key(request));
            script.arg(marker.text());
            let _ = self.kv.note_failure(script.invoke_async::<u64>(&mut connection).await);
        }
    }
}

impl Marker {
    /// Of a command that is about to be handed over.
    pub fn of(addressed: &Addressed, due: u64) -> Self {
        let Addressed { command, partition, zone, .. } = addressed;
        Self {
            attempt: Uuid::new_v4(),
            body_hash: command.body_hash,
            partition: *partition,
            accepted_at: command.accepted_at,
            owner: command.sender.caller,
            zone: *zone,
            due,
            document: request::accepted(command, *zone),
        }
    }

    fn text(&self) -> String {
        let Self { attempt, body_hash, partition, accepted_at, owner, zone, due, document } = self;
        let (attempt, partition) = (attempt.simple(), partition.index());
        let accepted_at = accepted_at.timestamp_millis();
        format!(
            "{VERSION} {attempt} {body_hash} {partition} {accepted_at} {owner} {zone} {due} {document}"
        )
    }

    /// `None` where it is no marker of this version or one before.
    fn read(text: &str, request: RequestId) -> Option<Self> {
        let (version, rest) = text.split_once(' ')?;
        let (attempt, rest) = match version {
            VERSION => rest.split_once(' ')?,
            VERSION_WITHOUT_ATTEMPT => ("", rest),
            _ => return marker_v1::read(text, request),
        };
        let mut words = rest.splitn(7, ' ');
        Some(Self {
            attempt: attempt.parse().unwrap_or_default(),
            body_hash: words.next()?.try_into().ok()?,
            partition: PartitionId::new(words.next()?.parse().ok()?),
            accepted_at: time::from_millis(words.next()?.parse().ok()?),
            owner: words.next()?.parse().ok()?,
            zone: words.next()?.parse().ok()?,
            due: words.next()?.parse().ok()?,
            document: words.next()?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Markers outlive a build by a day: the text is kept as it is in Redis, and that of the version before is read.
    #[test]
    fn the_text_is_kept() {
        let rest = "cdc9347a3c04d2f3 3 1800000000123 018f0000-0000-7000-8000-000000000002 Asia/Seoul 4321 \
            {\"id\":\"018f0000-0000-7000-8000-000000000001\", \"a b\":1}";
        let text = format!("3 67e5504410b1426f9247bb680e5fe0c8 {rest}");
        let marker = Marker::read(&text, RequestId::fresh()).unwrap();
        assert_eq!((marker.due, marker.zone), (4321, chrono_tz::Asia::Seoul));
        assert_eq!(marker.text(), text);
        let before = Marker::read(&format!("2 {rest}"), RequestId::fresh()).unwrap();
        assert_eq!(before, Marker { attempt: Uuid::nil(), ..marker });
        for bad in ["", "2", "2 1 2 3", "3", "3 1", "3 1 2 3"] {
            assert!(Marker::read(bad, RequestId::fresh()).is_none(), "{bad}");
        }
    }
}
