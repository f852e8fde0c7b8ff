//! Handlers that wait for the outcome of a request. One registers before it publishes, so that no outcome
//! can come too early; leaving, for whatever reason, takes it off the list. Their number is bounded.

use domain::command::BodyHash;
use domain::ids::RequestId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

const SHARDS: usize = 16;

/// The document of a decided or parked request, and the hash of the body that it answers.
#[derive(Clone, Debug)]
pub(crate) struct RecordedDocument {
    pub body_hash: BodyHash,
    pub document: Arc<str>,
}

type Shard = HashMap<RequestId, Vec<oneshot::Sender<RecordedDocument>>>;

/// Who waits, by request.
pub(crate) struct Waiters {
    shards: [Mutex<Shard>; SHARDS],
    room: Arc<Semaphore>,
}

/// A place among the waiters; it is given up by dropping it.
pub(crate) struct Waiter {
    request: RequestId,
    waiters: Arc<Waiters>,
    told: oneshot::Receiver<RecordedDocument>,
    _permit: OwnedSemaphorePermit,
}

impl Waiters {
    pub fn new(most: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            room: Arc::new(Semaphore::new(most)),
        }
    }

    fn shard(&self, request: RequestId) -> MutexGuard<'_, Shard> {
        let index = usize::from(request.uuid().as_bytes()[15]) % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` when as many wait as may.
    pub fn register(self: &Arc<Self>, request: RequestId) -> Option<Waiter> {
        let permit = Arc::clone(&self.room).try_acquire_owned().ok()?;
        let (sender, told) = oneshot::channel();
        self.shard(request).entry(request).or_default().push(sender);
        Some(Waiter { request, waiters: Arc::clone(self), told, _permit: permit })
    }

    /// The outcome came: whoever waits for it is told.
    pub fn tell(&self, request: RequestId, body_hash: BodyHash, document: &str) {
        let Some(senders) = self.shard(request).remove(&request) else { return };
        let told = RecordedDocument { body_hash, document: document.into() };
        for sender in senders {
            let _ = sender.send(told.clone());
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap().len()).sum()
    }
}

impl Waiter {
    /// Until the outcome comes.
    pub async fn outcome(&mut self) -> Option<RecordedDocument> {
        (&mut self.told).await.ok()
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.told.close();
        let mut shard = self.waiters.shard(self.request);
        if let Some(senders) = shard.get_mut(&self.request) {
            senders.retain(|sender| !sender.is_closed());
            if senders.is_empty() {
                shard.remove(&self.request);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_who_wait_are_told_and_nobody_is_left_behind() {
        let waiters = Arc::new(Waiters::new(3));
        let (request, other) = (RequestId::generate(), RequestId::generate());
        let mut first = waiters.register(request).unwrap();
        let mut second = waiters.register(request).unwrap();
        let gone = waiters.register(other).unwrap();
        assert!(waiters.register(other).is_none(), "the cap");
        drop(gone);
        assert_eq!(waiters.len(), 1);
        let hash = BodyHash::of(b"x");
        waiters.tell(request, hash, "{}");
        for told in [first.outcome().await, second.outcome().await] {
            assert_eq!(&*told.unwrap().document, "{}");
        }
        drop((first, second));
        assert_eq!((waiters.len(), waiters.room.available_permits()), (0, 3));
    }
}
