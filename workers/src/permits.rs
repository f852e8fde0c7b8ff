//! Who of a process may decide a batch now. How many may is changed while it runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Longest wait for a permit.
const PERMIT_TIMEOUT: Duration = Duration::from_millis(250);

/// One of the process's permits to decide a batch. `None` after a long wait: a partition that is stuck must not hold
/// the others.
pub type DecidePermit = Option<OwnedSemaphorePermit>;

/// The permits of a process.
pub struct Permits {
    permits: Arc<Semaphore>,
    /// How many there are, given out or not.
    count: Mutex<usize>,
}

impl Permits {
    pub fn new(count: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(count)), count: Mutex::new(count) }
    }

    /// Whether somebody else would have to give one back first.
    pub fn all_taken(&self) -> bool {
        self.permits.available_permits() == 0
    }

    /// Waits for one of `count`.
    pub async fn acquire(&self, count: usize) -> DecidePermit {
        self.resize(count);
        let permit = Arc::clone(&self.permits).acquire_owned();
        tokio::time::timeout(PERMIT_TIMEOUT, permit).await.ok().and_then(Result::ok)
    }

    /// Those that are given out are taken away once they are back, by the next who asks.
    fn resize(&self, wanted: usize) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted > *count {
            self.permits.add_permits(wanted - *count);
            *count = wanted;
        } else if wanted < *count {
            *count -= self.permits.forget_permits(*count - wanted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn there_are_as_many_as_were_asked_for_last() {
        let permits = Permits::new(2);
        let (first, second) = (permits.acquire(2).await, permits.acquire(2).await);
        assert!(first.is_some() && second.is_some() && permits.all_taken());
        assert!(permits.acquire(2).await.is_none(), "a stuck one holds nobody for long");
        let third = permits.acquire(3).await;
        assert!(third.is_some());
        drop((first, second, third));
        let only = permits.acquire(1).await;
        assert!(only.is_some() && permits.acquire(1).await.is_none());
    }
}
