//! The end of a test: publishers say their last, all that waits is decided, and then the audit is asked. A test that has
//! broken something on purpose names the checks that are red for it; no others may be, and those must.

use platform::lifecycle::Shutdown;
use std::collections::BTreeSet;
use tokio::task::AbortHandle;
use uuid::Uuid;

use crate::queues::{Depth, Queues};
use crate::wait::until;
use crate::world::{PARTITIONS, World};

/// What was started, as far as the end of a test cares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Ingress,
    Other,
}

/// A service that was started, and may have ended.
pub(crate) struct Started {
    pub kind: Kind,
    pub shutdown: Shutdown,
    pub task: AbortHandle,
}

impl World {
    /// Ends the test: nothing waits, the audit is green. Then removes what the test made; left out where a test
    /// fails, so that it can be looked at.
    pub async fn finish(self) {
        self.finish_red(&[]).await;
    }

    /// The same where the test has turned these checks red on purpose, which others may not be.
    pub async fn finish_red(self, checks: &[&str]) {
        self.ends_with(checks).await;
        self.remove().await;
    }

    /// Removes the world without a look, for the reason given.
    pub async fn finish_unaudited(self, why: &str) {
        assert!(!why.is_empty(), "a reason");
        self.remove().await;
    }

    /// Stops the ingresses, waits until all that was sent is settled, and compares what the audit finds red.
    pub async fn ends_with(&self, red: &[&str]) {
        self.stop_ingresses().await;
        let queues = self.settled().await;
        let depths = async {
            let depths = queues.depths().await;
            Ok(depths.into_iter().map(|(queue, depth)| (queue, depth.messages)).collect())
        };
        let report = cli::audit::recount(&self.pool, self.clock.now(), depths).await;
        let report = report.expect("the audit");
        let found: BTreeSet<&str> =
            report.checks.iter().filter(|check| !check.ok).map(|check| check.name).collect();
        let expected: BTreeSet<&str> = red.iter().copied().collect();
        assert_eq!(found, expected, "red checks of the audit: {report:#?}");
        for part in &report.partitions {
            let waiting = part.queued_messages;
            assert!(waiting.is_none_or(|waiting| waiting == 0), "{waiting:?} messages are left");
        }
    }

    /// Stops at once what still runs, and removes vhost and database.
    pub async fn remove(self) {
        for service in self.started.lock().expect("the list").drain(..) {
            service.shutdown.stop_hard();
            service.task.abort();
        }
        self.management().remove_vhost(&self.vhost).await;
        self.pool.close().await;
        let drop = format!("DROP DATABASE {}", self.database);
        let _ = sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&self.admin).await;
    }

    /// A publisher that stops says what was confirmed to it.
    async fn stop_ingresses(&self) {
        let ingresses: Vec<_> = self
            .started
            .lock()
            .expect("the list")
            .iter()
            .filter(|service| service.kind == Kind::Ingress)
            .map(|service| (service.shutdown.clone(), service.task.clone()))
            .collect();
        for (shutdown, _) in &ingresses {
            shutdown.stop();
        }
        until("the ingresses to stop", async || {
            ingresses.iter().all(|(_, task)| task.is_finished()).then_some(())
        })
        .await;
    }

    /// Commands that are held back.
    async fn held(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM held_back").await
    }

    /// Waits until owners have settled all that was sent so far. What no worker is left for, a last one decides.
    pub async fn settled(&self) -> Queues {
        let queues = Queues::of(self).await;
        let depths = queues.depths().await;
        let untouched = |depth: &Depth| depth.messages == 0 && depth.consumers == 0;
        if depths.values().all(untouched) && self.held().await == 0 {
            return queues;
        }
        let publishers = [Uuid::new_v4(), Uuid::new_v4()];
        queues.send_marks(publishers).await;
        let mut last = None;
        until("all that was sent to be settled", async || {
            let passed: i64 =
                sqlx::query_scalar("SELECT COUNT(*) FROM publisher WHERE publisher IN (?, ?)")
                    .bind(publishers[0])
                    .bind(publishers[1])
                    .fetch_one(&self.pool)
                    .await
                    .expect("the books");
            let depths = queues.depths().await;
            if last.is_none() && depths.values().any(|depth| depth.consumers == 0) {
                last = Some(self.worker().await);
            }
            let all = passed == 2 * i64::from(PARTITIONS);
            let settled = all && depths.values().all(|depth| depth.messages == 0);
            (settled && self.held().await == 0).then_some(())
        })
        .await;
        queues
    }
}
