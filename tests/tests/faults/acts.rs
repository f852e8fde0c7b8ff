//! Carrying out a fault under load, and mending it. Nothing counts that hit an idle system.

use platform::Failure;
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::fleet::Kind;
use crate::plan::{Fault, given_up_after, server_given_up_after};
use crate::scene::Scene;
use crate::servers::Server;
use crate::{owner, signal};

/// A crash point is passed within this, or its process owned nothing.
const CRASH_LIMIT: Duration = Duration::from_secs(12);
const MAX_TRIES: usize = 8;

/// Long-lived tasks that come round often under load, so that one panics in the middle of work.
fn busy_tasks(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Ingress => &["publisher", "outcomes", "feed", "redis_batcher", "directory"],
        Kind::Worker => &["owner", "outcome_publisher", "renewal"],
        Kind::Notifier => &["outcomes", "follower"],
    }
}

impl Scene {
    pub async fn carry_out(&mut self, fault: Fault) -> Result<(), Failure> {
        match fault {
            Fault::Crash(point) => self.crash(point).await,
            Fault::Panic(kind) => self.panic(kind).await,
            Fault::Kill(kind) => self.kill_service(kind).await,
            Fault::Freeze(kind, millis) => self.freeze_service(kind, millis).await,
            Fault::FreezeOwner => owner::freeze(self).await,
            Fault::Roll => self.roll().await,
            Fault::KillServer(server) => self.kill_server(server, 0).await,
            Fault::FreezeServer(server, millis) => self.freeze_server(server, millis).await,
            Fault::FreezeAndKillServer(server, millis) => self.kill_server(server, millis).await,
        }?;
        self.flowing().await
    }

    async fn kill_service(&mut self, kind: Kind) -> Result<(), Failure> {
        let (number, rest) = (self.chance.below(2), self.chance.millis(0, 1_500));
        self.in_flight().await?;
        self.fleet.replica(kind, number)?.kill().await?;
        self.counts.kills += 1;
        tokio::time::sleep(rest).await;
        self.revive(kind, number).await
    }

    async fn revive(&mut self, kind: Kind, number: usize) -> Result<(), Failure> {
        let replica = self.fleet.replica(kind, number)?;
        replica.start(None)?;
        replica.ready().await
    }

    /// A replica is killed and started with the point armed, until it dies of it.
    async fn crash(&mut self, point: &'static str) -> Result<(), Failure> {
        let kind = if matches!(point, "after_confirm" | "before_answer") {
            Kind::Ingress
        } else {
            Kind::Worker
        };
        for _ in 0..MAX_TRIES {
            let (number, pass) = (self.chance.below(2), 1 + self.chance.below(12));
            self.in_flight().await?;
            let replica = self.fleet.replica(kind, number)?;
            replica.kill().await?;
            replica.start(Some(&format!("{point}:{pass}")))?;
            let reached = replica.crashes(point, CRASH_LIMIT).await?;
            replica.kill().await?;
            self.counts.kills += 1 + u64::from(reached);
            self.revive(kind, number).await?;
            if reached {
                self.counts.crash_points.insert(point);
                return Ok(());
            }
        }
        Err(format!("crash point {point} was never reached").into())
    }

    /// A replica is killed and started with a panic armed in one of its tasks, until it ends by itself of it.
    async fn panic(&mut self, kind: Kind) -> Result<(), Failure> {
        let tasks = busy_tasks(kind);
        for most in [12, 12, 4, 1] {
            let task = tasks[self.chance.below(tasks.len())];
            let (number, round) = (self.chance.below(2), 1 + self.chance.below(most));
            self.in_flight().await?;
            let replica = self.fleet.replica(kind, number)?;
            replica.kill().await?;
            replica.start(Some(&format!("panic:{task}:{round}")))?;
            let ended = replica.panics(task, CRASH_LIMIT).await?;
            replica.kill().await?;
            self.counts.kills += 1;
            self.revive(kind, number).await?;
            if ended {
                self.counts.panics += 1;
                return Ok(());
            }
        }
        Err(format!("no task of a {kind:?} panicked").into())
    }

    async fn freeze_service(&mut self, kind: Kind, millis: u64) -> Result<(), Failure> {
        let number = self.chance.below(2);
        self.in_flight().await?;
        let pid = self.fleet.replica(kind, number)?.pid()?;
        signal::send("STOP", pid).await?;
        let from = Instant::now();
        tokio::time::sleep(Duration::from_millis(millis)).await;
        self.counts.froze(from.elapsed(), given_up_after(kind));
        signal::send("CONT", pid).await
    }

    /// A deploy: each worker drains and ends well, its successor follows.
    async fn roll(&mut self) -> Result<(), Failure> {
        for number in 0..2 {
            self.in_flight().await?;
            self.fleet.replica(Kind::Worker, number)?.stop().await?;
            self.revive(Kind::Worker, number).await?;
            self.flowing().await?;
        }
        Ok(())
    }

    /// kill -9, after a freeze or not. One that hit nothing is repeated: of what was in flight right before
    /// something must still be so when the server is gone.
    async fn kill_server(&mut self, server: Server, frozen: u64) -> Result<(), Failure> {
        for _ in 0..MAX_TRIES {
            let before = self.in_flight().await?;
            if frozen > 0 {
                server.signal(&self.settings, "STOP").await?;
                tokio::time::sleep(Duration::from_millis(frozen)).await;
            }
            server.kill(&self.settings).await?;
            // Nothing waits for Redis, so nothing needs to be left.
            let hit = server == Server::Redis || !self.still_in_flight(&before).is_empty();
            tokio::time::sleep(self.chance.millis(0, 800)).await;
            server.start(&self.settings).await?;
            if hit {
                self.counts.kills += 1;
                return Ok(());
            }
            self.flowing().await?;
        }
        Err(format!("no kill of {server:?} hit work in flight").into())
    }

    fn still_in_flight(&self, before: &std::collections::HashSet<Uuid>) -> Vec<Uuid> {
        self.journal.in_flight().intersection(before).copied().collect()
    }

    async fn freeze_server(&mut self, server: Server, millis: u64) -> Result<(), Failure> {
        self.in_flight().await?;
        server.signal(&self.settings, "STOP").await?;
        let from = Instant::now();
        tokio::time::sleep(Duration::from_millis(millis)).await;
        self.counts.froze(from.elapsed(), server_given_up_after(server));
        server.signal(&self.settings, "CONT").await
    }
}
