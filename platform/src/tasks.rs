//! The long-lived tasks of a service. A service whose publisher or listener has died can do nothing useful, but its
//! other tasks go on, and `/ready` would still say ready. So a task that panics, or that ends although nobody told it
//! to, ends the whole service with an error: [`crate::service::supervise`] waits for [`Tasks::failed`].
//! Tasks of one socket or one request are not kept here: they may die alone.

use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::SetOnce;
use tokio::task::JoinHandle;

use crate::lifecycle::Shutdown;

/// Every long-lived task of every service. Each passes `crash::round` with its name at its start and every time round
/// its loop, so that a test can make it panic there; `tests/tests/tidy.rs` holds the code to that.
pub const NAMES: [&str; 14] = [
    "health",
    "signals",
    "publisher",
    "outcomes",
    "feed",
    "days",
    "directory",
    "redis_batcher",
    "marker_coverage",
    "outcome_publisher",
    "dead_letters",
    "owner",
    "renewal",
    "follower",
];

/// A long-lived task ended by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TaskFailed {
    /// The panic's own message is on standard error.
    #[error("the task {0} panicked")]
    Panicked(&'static str),
    #[error("the task {0} ended although nobody told it to")]
    Ended(&'static str),
}

/// Spawns the tasks of one service and knows the first that failed. Cheap to clone; clones share their state.
#[derive(Clone, Debug)]
pub struct Tasks {
    shutdown: Shutdown,
    failed: Arc<SetOnce<TaskFailed>>,
}

impl Tasks {
    /// For a service that is stopped by `shutdown`.
    pub fn new(shutdown: Shutdown) -> Self {
        Self { shutdown, failed: Arc::default() }
    }

    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// Spawns a task that must not end before soft shutdown and must not panic at all. Hard shutdown drops it. The
    /// handle is needed only by who wants to wait for it.
    pub fn spawn<F>(&self, name: &'static str, task: F) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let tasks = self.clone();
        let task = self.guard(name, task);
        tokio::spawn(async move {
            tokio::select! {
                () = task => if !tasks.shutdown.is_stopping() {
                    tasks.note(TaskFailed::Ended(name));
                },
                () = tasks.shutdown.stopped_hard() => {}
            }
        })
    }

    /// Watches a task that may end by itself but must not panic. The caller spawns it and keeps its handle.
    pub fn guard<F>(&self, name: &'static str, task: F) -> impl Future<Output = F::Output> + use<F>
    where
        F: Future,
    {
        debug_assert!(NAMES.contains(&name), "{name} is not in NAMES");
        let tasks = self.clone();
        async move {
            match AssertUnwindSafe(task).catch_unwind().await {
                Ok(output) => output,
                Err(panic) => {
                    tasks.note(TaskFailed::Panicked(name));
                    std::panic::resume_unwind(panic)
                }
            }
        }
    }

    /// Waits until a task has failed: the first one that did.
    pub async fn failed(&self) -> TaskFailed {
        *self.failed.wait().await
    }

    fn note(&self, failed: TaskFailed) {
        // Whatever fails after the first is a consequence, or fails too late to matter.
        let _ = self.failed.set(failed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    fn tasks() -> Tasks {
        Tasks::new(Shutdown::default())
    }

    /// What has failed by now.
    fn failed(tasks: &Tasks) -> Option<TaskFailed> {
        tasks.failed().now_or_never()
    }

    #[tokio::test]
    async fn a_task_that_panics_has_failed() {
        let tasks = tasks();
        let handle = tasks.spawn("feed", async { panic!("on purpose") });
        assert_eq!(tasks.failed().await, TaskFailed::Panicked("feed"));
        assert!(handle.await.is_err_and(|error| error.is_panic()));
    }

    #[tokio::test]
    async fn a_task_that_ends_untold_has_failed() {
        let tasks = tasks();
        tasks.spawn("feed", async {}).await.unwrap();
        assert_eq!(failed(&tasks), Some(TaskFailed::Ended("feed")));
    }

    #[tokio::test]
    async fn a_task_may_end_after_soft_shutdown_but_not_panic() {
        let tasks = tasks();
        let (go, wait) = oneshot::channel::<()>();
        let ending = tasks.spawn("feed", async { drop(wait.await) });
        tasks.shutdown().stop();
        go.send(()).unwrap();
        ending.await.unwrap();
        assert_eq!(failed(&tasks), None);
        let _ = tasks.spawn("days", async { panic!("on purpose") }).await;
        assert_eq!(failed(&tasks), Some(TaskFailed::Panicked("days")));
    }

    #[tokio::test]
    async fn hard_shutdown_drops_a_task() {
        let tasks = tasks();
        let (held, dropped) = oneshot::channel::<()>();
        let task = tasks.spawn("feed", async move {
            std::future::pending::<()>().await;
            drop(held);
        });
        tasks.shutdown().stop_hard();
        task.await.unwrap();
        assert!(dropped.await.is_err());
        assert_eq!(failed(&tasks), None);
    }

    #[tokio::test]
    async fn a_guarded_task_may_end_and_the_first_failure_stays() {
        let tasks = tasks();
        assert_eq!(tasks.guard("owner", async { 7 }).await, 7);
        assert_eq!(failed(&tasks), None);
        let owner = tokio::spawn(tasks.guard("owner", async { panic!("on purpose") }));
        assert!(owner.await.is_err(), "whoever waits for it learns of it too");
        let _ = tasks.spawn("feed", async { panic!("on purpose") }).await;
        assert_eq!(failed(&tasks), Some(TaskFailed::Panicked("owner")));
    }
}
