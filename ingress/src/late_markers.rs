//! Markers of commands that were handed over while Redis did not answer: they are set as soon as it does, so that a
//! retry through another ingress is known for one. So many wait at most; where more would, Redis is told to hold
//! markers from now on only, and whoever would refuse asks the database first.

use domain::ids::RequestId;
use domain::time::Timestamp;
use futures_util::future::join_all;
use platform::clock::Clock;
use platform::crash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

use crate::marker::{Marker, TIME_TO_LIVE};
use crate::redis_batcher::{RedisBatcher, RedisQuery};

/// Markers that wait, about a kilobyte each.
const QUEUE: usize = 10_000;
/// Markers that are set at once.
const MAX_AT_ONCE: usize = 64;
/// Between two tries. While Redis is left alone after a failure, a try costs nothing.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

struct Late {
    key: String,
    value: String,
    accepted_at: Timestamp,
}

/// Where they are handed in.
pub(crate) struct LateMarkers {
    queue: mpsc::Sender<Late>,
    /// Some found no room and are not in the queue.
    missed: Arc<AtomicBool>,
}

impl LateMarkers {
    /// With the task that sets them, to be spawned.
    pub fn new(batcher: RedisBatcher, clock: Clock) -> (Self, impl Future<Output = ()>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let missed = Arc::<AtomicBool>::default();
        (Self { queue, missed: Arc::clone(&missed) }, run(batcher, clock, waiting, missed))
    }

    /// Once Redis answers, the marker is set unless another attempt has set one.
    pub fn push(&self, key: String, request: RequestId, marker: &Marker) {
        let late = Late { key, value: marker.text(), accepted_at: marker.accepted_at };
        if self.queue.try_send(late).is_err() && !self.missed.swap(true, Ordering::AcqRel) {
            tracing::warn!(%request, "too many markers wait for Redis: it will hold them from its return on only");
        }
    }
}

async fn run(
    batcher: RedisBatcher,
    clock: Clock,
    mut waiting: mpsc::Receiver<Late>,
    missed: Arc<AtomicBool>,
) {
    let mut batch = Vec::with_capacity(MAX_AT_ONCE);
    crash::round("late_markers");
    while waiting.recv_many(&mut batch, MAX_AT_ONCE).await > 0 {
        crash::round("late_markers");
        if missed.load(Ordering::Acquire) {
            set(&batcher, RedisQuery::Since, clock.now()).await;
            missed.store(false, Ordering::Release);
        }
        join_all(batch.drain(..).map(|Late { key, value, accepted_at }| {
            let seconds = TIME_TO_LIVE.as_secs();
            set(&batcher, RedisQuery::Claim { key, value, seconds }, accepted_at)
        }))
        .await;
    }
}

/// Until Redis has answered.
async fn set(batcher: &RedisBatcher, query: RedisQuery, now: Timestamp) {
    while batcher.ask(query.clone(), now).await.is_none() {
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}
