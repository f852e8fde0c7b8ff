//! Markers in Redis: that a request was handed over, before it is. They tell a retry from a first try and let an undecided
//! request be shown: a marker holds the accepted document, whatever kind of command it is of. They decide nothing: a
//! lost one costs a look into the database or a question to the worker. `markers:since` says from when on Redis holds
//! them, so a Redis that was emptied is not taken for one that never heard of a request.

use domain::ids::RequestId;
use domain::time::Timestamp;
use platform::clock::Clock;
use platform::kv::Kv;
use redis::Script;
use std::sync::LazyLock;

use crate::booking::marker_v1;
use crate::late_markers::LateMarkers;
use crate::marker::{self, Marker, TIME_TO_LIVE};
use crate::redis_batcher::{RedisBatcher, RedisQuery};

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
    /// Redis does not answer; it goes on without, and the marker is set late.
    Unknown,
}

/// The markers.
pub(crate) struct Markers {
    kv: Kv,
    batcher: RedisBatcher,
    late: LateMarkers,
}

impl Markers {
    /// With the task that asks Redis and the one that sets late markers, to be spawned.
    pub fn new(kv: Kv, clock: Clock) -> (Self, impl Future<Output = ()>, impl Future<Output = ()>) {
        let (batcher, asking) = RedisBatcher::new(kv.clone());
        let (late, marking) = LateMarkers::new(batcher.clone(), clock);
        (Self { kv, batcher, late }, asking, marking)
    }

    /// Before every key.
    pub fn prefix(&self) -> &str {
        self.kv.prefix()
    }

    fn key(&self, request: RequestId) -> String {
        self.kv.key(marker::key(request))
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
        let marker = values.next().flatten().and_then(|text| read(&text, request));
        MarkerLook { marker, since: Some(reply.since), beside: values.next().flatten() }
    }

    /// Sets the marker unless there is one.
    pub async fn mark(&self, request: RequestId, marker: &Marker, now: Timestamp) -> Marked {
        let (key, value) = (self.key(request), marker.text());
        let claim = RedisQuery::Claim { key, value, seconds: TIME_TO_LIVE.as_secs() };
        let Some(reply) = self.batcher.ask(claim, now).await else { return Marked::Unknown };
        let before = reply.values.into_iter().flatten().next();
        let before = before.and_then(|text| read(&text, request));
        before.map_or(Marked::Now, Marked::Before)
    }

    /// Sets it as soon as Redis answers again, for a request that was handed over without.
    pub fn mark_late(&self, request: RequestId, marker: &Marker) {
        self.late.push(self.key(request), request, marker);
    }

    /// Makes the marker of a request that was handed over `earlier` this attempt's own, so that the earlier attempt, if
    /// the broker refuses it, leaves it where it is. `anew`: what is there is of an attempt that came to nothing.
    /// Returns the marker that is set now; the given one without Redis.
    pub async fn rely(&self, request: RequestId, marker: Marker, anew: bool) -> Marker {
        let Ok(mut connection) = self.kv.connection().await else { return marker };
        let mut script = RELY.key(self.key(request));
        script.arg(marker.text()).arg(TIME_TO_LIVE.as_secs()).arg(u8::from(anew));
        let set = self.kv.note_failure(script.invoke_async::<String>(&mut connection).await);
        set.ok().and_then(|text| read(&text, request)).unwrap_or(marker)
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

/// `None` where it is no marker of this version or one before.
fn read(text: &str, request: RequestId) -> Option<Marker> {
    Marker::read(text).or_else(|| marker_v1::read(text, request))
}
