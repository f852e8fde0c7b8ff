//! Who listens, and up to where all have been told. Accounts are spread over shards, each with a lock of its
//! own, and a listener is a bounded queue: one that is full is sent away, never waited for.

use domain::cursor::Cursor;
use domain::ids::{AccountId, SessionId};
use domain::partition::{PartitionId, fnv1a_64};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use crate::close::Close;
use crate::frame::Told;
use crate::states::{Shown, States};

const SHARDS: usize = 256;

/// The listeners of this replica.
pub struct Hub {
    shards: Box<[Mutex<Shard>]>,
    /// Per partition: every event up to here is committed, and was told or is about to be.
    reached: Box<[AtomicU64]>,
    buffer: usize,
    per_account: usize,
    next_id: AtomicU64,
    closed: AtomicBool,
}

type Shard = HashMap<AccountId, Vec<Listener>>;

struct Listener {
    id: u64,
    session: SessionId,
    /// Unix seconds.
    expires: i64,
    frames: mpsc::Sender<Arc<Told>>,
    close: oneshot::Sender<Close>,
    states: Arc<States>,
}

/// One socket of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListenerId {
    pub account: AccountId,
    number: u64,
}

/// A socket's end of the hub. Dropping it takes the socket out.
pub struct Registration {
    hub: Arc<Hub>,
    account: AccountId,
    id: u64,
    pub frames: mpsc::Receiver<Arc<Told>>,
    /// Told once, with the reason, when the hub sends this socket away.
    pub close: Option<oneshot::Receiver<Close>>,
    pub states: Arc<States>,
}

impl Registration {
    pub fn listener(&self) -> ListenerId {
        ListenerId { account: self.account, number: self.id }
    }
}

impl Hub {
    /// `reached` is the last event of every partition; `buffer` is what a listener may leave unread, `per_account` how many
    /// listeners an account may have.
    pub fn new(reached: &[u64], buffer: usize, per_account: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            reached: reached.iter().copied().map(AtomicU64::new).collect(),
            buffer,
            per_account,
            next_id: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        }
    }

    pub fn register(
        self: &Arc<Self>,
        account: AccountId,
        session: SessionId,
        expires: i64,
    ) -> Registration {
        let (frames, unread) = mpsc::channel(self.buffer);
        let (close, closing) = oneshot::channel();
        let id = self.next_id.fetch_add(1, SeqCst);
        let states = Arc::<States>::default();
        let shown = Arc::clone(&states);
        let listener = Listener { id, session, expires, frames, close, states: shown };
        let mut shard = self.shard(account);
        // Asked under the lock: either `drain` finds this listener, or this sees that it has begun.
        if self.closed.load(SeqCst) {
            let _ = listener.close.send(Close::Restart);
        } else if shard.get(&account).is_some_and(|listeners| listeners.len() >= self.per_account) {
            let _ = listener.close.send(Close::TooMany);
        } else {
            shard.entry(account).or_default().push(listener);
        }
        drop(shard);
        let (hub, close) = (Arc::clone(self), Some(closing));
        Registration { hub, account, id, frames: unread, close, states }
    }

    /// The last event of `partition` that was told; `None` of one that does not exist.
    pub fn reached(&self, partition: PartitionId) -> Option<u64> {
        self.reached.get(usize::from(partition.index())).map(|seq| seq.load(SeqCst))
    }

    /// [`Hub::reached`] of all partitions.
    pub fn base(&self) -> Cursor {
        let mut base = Cursor::start(self.partitions());
        for (index, seq) in (0..).zip(&self.reached) {
            base.advance(PartitionId::new(index), seq.load(SeqCst));
        }
        base
    }

    pub fn partitions(&self) -> u16 {
        u16::try_from(self.reached.len()).unwrap_or(u16::MAX)
    }

    /// Tells the account's listeners of the partition's next event, made only if there is one.
    ///
    /// The number is raised before the listeners are told. So whoever registers and then reads a number
    /// below an event's is sure to be told of that event (see [`crate::progress`]).
    pub fn tell(
        &self,
        partition: PartitionId,
        seq: u64,
        account: AccountId,
        event: impl FnOnce() -> Told,
    ) {
        self.reach(partition, seq);
        let mut shard = self.shard(account);
        let Some(listeners) = shard.get_mut(&account) else { return };
        let told = Arc::new(event());
        let mut index = 0;
        while let Some(listener) = listeners.get(index) {
            if listener.frames.try_send(Arc::clone(&told)).is_ok() {
                index += 1;
            } else {
                let _ = listeners.swap_remove(index).close.send(Close::TryLater);
            }
        }
    }

    /// Tells the account's listeners how a thing stands, made only if there is one.
    pub fn show(&self, account: AccountId, state: impl FnOnce() -> Arc<Shown>) {
        let shard = self.shard(account);
        let Some(listeners) = shard.get(&account).filter(|all| !all.is_empty()) else { return };
        let shown = state();
        for listener in listeners {
            listener.states.put(&shown);
        }
    }

    /// Of that thing no state is told any more that was not sent yet.
    pub fn forget(&self, account: AccountId, of: Uuid) {
        let shard = self.shard(account);
        shard.get(&account).into_iter().flatten().for_each(|listener| listener.states.forget(of));
    }

    /// Whether anybody listens for the account.
    pub fn listens(&self, account: AccountId) -> bool {
        self.shard(account).get(&account).is_some_and(|listeners| !listeners.is_empty())
    }

    /// From now on the listener is told states.
    pub fn open_states(&self, listener: ListenerId) {
        let shard = self.shard(listener.account);
        let mut all = shard.get(&listener.account).into_iter().flatten();
        if let Some(found) = all.find(|one| one.id == listener.number) {
            found.states.open();
        }
    }

    /// All events of `partition` up to `seq` were told, or are of no one.
    pub fn reach(&self, partition: PartitionId, seq: u64) {
        if let Some(reached) = self.reached.get(usize::from(partition.index())) {
            reached.fetch_max(seq, SeqCst);
        }
    }

    /// Sends away whose token ended before or at `now` (Unix seconds).
    pub fn expire(&self, now: i64) {
        for shard in &self.shards {
            for listeners in lock(shard).values_mut() {
                for listener in listeners.extract_if(.., |listener| listener.expires <= now) {
                    let _ = listener.close.send(Close::Expired);
                }
            }
        }
    }

    /// Sends the sockets of a session away that has ended.
    pub fn end_session(&self, account: AccountId, session: SessionId) {
        let mut shard = self.shard(account);
        let Some(listeners) = shard.get_mut(&account) else { return };
        for listener in listeners.extract_if(.., |listener| listener.session == session) {
            let _ = listener.close.send(Close::SignedOut);
        }
    }

    /// Takes no more, and sends everybody away one by one over `span`. Until their turn they are told.
    pub async fn drain(&self, span: Duration) {
        self.closed.store(true, SeqCst);
        let everybody: Vec<_> = self.shards.iter().flat_map(ids).collect();
        let (start, count) =
            (Instant::now(), u32::try_from(everybody.len()).unwrap_or(u32::MAX).max(1));
        for (turn, (account, id)) in (0..).zip(everybody) {
            tokio::time::sleep_until(start + span / count * turn).await;
            self.remove(account, id, Close::Restart);
        }
    }

    fn remove(&self, account: AccountId, id: u64, reason: Close) {
        let mut shard = self.shard(account);
        let Some(listeners) = shard.get_mut(&account) else { return };
        for listener in listeners.extract_if(.., |listener| listener.id == id) {
            let _ = listener.close.send(reason);
        }
        if listeners.is_empty() {
            shard.remove(&account);
        }
    }

    fn shard(&self, account: AccountId) -> MutexGuard<'_, Shard> {
        let hash = fnv1a_64(account.uuid().as_bytes()) % (SHARDS as u64);
        lock(&self.shards[usize::try_from(hash).unwrap_or(0)])
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.hub.remove(self.account, self.id, Close::Gone);
    }
}

fn ids(shard: &Mutex<Shard>) -> Vec<(AccountId, u64)> {
    lock(shard)
        .iter()
        .flat_map(|(account, listeners)| listeners.iter().map(|listener| (*account, listener.id)))
        .collect()
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "hub_tests.rs"]
mod tests;
