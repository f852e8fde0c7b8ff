//! States that a socket is told, as against events: of each thing the latest alone, however many there were since the
//! socket was last written to. So a slow reader is not sent away for them, and they have no place in its cursor: who
//! comes back is sent the present state. A state never goes out after a newer one of the same thing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use uuid::Uuid;

/// How a thing stands.
#[derive(Debug)]
pub struct Shown {
    /// The thing.
    pub of: Uuid,
    /// Rises with each change of what it stands in.
    pub version: u64,
    /// What a reader sees of it: the same is not sent again.
    pub look: String,
    /// The frame after its id.
    pub tail: String,
}

impl Shown {
    /// The frame for a socket whose cursor is `id`.
    pub fn frame(&self, id: &str) -> Utf8Bytes {
        format!(r#"{{"id":"{id}{}"#, self.tail).into()
    }
}

/// What one socket is still to be told.
#[derive(Debug, Default)]
pub struct States {
    latest: Mutex<Vec<Arc<Shown>>>,
    /// Until then, what is put may be older than what the client saw elsewhere.
    open: AtomicBool,
    ring: Notify,
}

impl States {
    pub fn put(&self, shown: &Arc<Shown>) {
        let mut latest = self.lock();
        match latest.iter_mut().find(|kept| kept.of == shown.of) {
            Some(kept) if kept.version > shown.version => {}
            Some(kept) => *kept = Arc::clone(shown),
            None => latest.push(Arc::clone(shown)),
        }
        drop(latest);
        self.ring.notify_one();
    }

    /// What was put of that thing is not worth telling any more.
    pub fn forget(&self, of: Uuid) {
        self.lock().retain(|kept| kept.of != of);
    }

    /// From now on what is put is no older than anything that the client can have seen. Whether this is the first time.
    pub fn open(&self) -> bool {
        let mut latest = self.lock();
        let first = !self.open.swap(true, SeqCst);
        if first {
            latest.clear();
        }
        first
    }

    /// The next ones. May be dropped and called again.
    pub async fn take(&self) -> Vec<Arc<Shown>> {
        loop {
            let taken =
                if self.open.load(SeqCst) { std::mem::take(&mut *self.lock()) } else { Vec::new() };
            if !taken.is_empty() {
                return taken;
            }
            self.ring.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Shown>>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a socket was told of each thing.
#[derive(Debug, Default)]
pub struct Sent(HashMap<Uuid, Arc<Shown>>);

impl Sent {
    /// Whether it is news, and newer.
    pub fn takes(&mut self, shown: &Arc<Shown>) -> bool {
        let before = self.0.get(&shown.of);
        let news =
            before.is_none_or(|before| before.version < shown.version && before.look != shown.look);
        if news {
            self.0.insert(shown.of, Arc::clone(shown));
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn shown(of: u128, version: u64, look: &str) -> Arc<Shown> {
        let (look, tail) = (look.to_owned(), format!(r#"","look":"{look}"}}"#));
        Arc::new(Shown { of: Uuid::from_u128(of), version, look, tail })
    }

    fn looks(states: &States) -> Vec<String> {
        let taken = states.take().now_or_never().unwrap_or_default();
        taken.iter().map(|shown| shown.look.clone()).collect()
    }

    #[test]
    fn the_latest_of_each_thing_is_told_and_never_an_older_one() {
        let states = States::default();
        states.put(&shown(1, 9, "before it was open"));
        assert_eq!(looks(&states), [""; 0]);
        assert!(states.open() && !states.open());
        assert_eq!(looks(&states), [""; 0], "it may be older than what was seen elsewhere");
        for (of, version, look) in [(1, 3, "a"), (2, 3, "b"), (1, 5, "c"), (1, 4, "old")] {
            states.put(&shown(of, version, look));
        }
        assert_eq!(looks(&states), ["c", "b"]);
        assert_eq!(looks(&states), [""; 0], "once");
    }

    #[test]
    fn what_looks_the_same_is_not_sent_again() {
        let mut sent = Sent::default();
        let takes = [(1, 3, "a"), (1, 4, "a"), (1, 5, "b"), (1, 5, "c"), (1, 4, "d"), (2, 1, "a")]
            .map(|(of, version, look)| sent.takes(&shown(of, version, look)));
        assert_eq!(takes, [true, false, true, false, false, true]);
        assert_eq!(shown(1, 1, "x").frame("id"), r#"{"id":"id","look":"x"}"#);
    }
}
