//! Work that must not stop half-way because a client hung up. It runs in the handler, without a task of its own;
//! only if the handler is dropped before the end does what is left go on as a task.

use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::runtime::Handle;

/// A future that goes to its end, whoever waits for it. `None` once it has ended.
pub(crate) struct Unbroken<F>(Option<Pin<Box<F>>>)
where
    F: Future<Output: Send> + Send + 'static;

impl<F: Future<Output: Send> + Send + 'static> Unbroken<F> {
    pub fn new(work: F) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<F: Future<Output: Send> + Send + 'static> Future for Unbroken<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // Taken out meanwhile: work that panics is not to go on.
        let Some(mut work) = self.0.take() else { return Poll::Pending };
        let poll = work.as_mut().poll(context);
        if poll.is_pending() {
            self.0 = Some(work);
        }
        poll
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for Unbroken<F> {
    fn drop(&mut self) {
        if let (Some(work), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn goes_on_when_nobody_waits_any_more() {
        let (go, may_go) = oneshot::channel();
        let (done, is_done) = oneshot::channel();
        let work = async move {
            let word: u8 = may_go.await.unwrap();
            done.send(word + 1).unwrap();
        };
        let waited = tokio::time::timeout(Duration::ZERO, Unbroken::new(work)).await;
        assert!(waited.is_err(), "dropped half-way");
        go.send(1).unwrap();
        assert_eq!(is_done.await, Ok(2));
    }

    #[tokio::test]
    async fn ends_in_place() {
        assert_eq!(Unbroken::new(async { 7 }).await, 7);
    }
}
