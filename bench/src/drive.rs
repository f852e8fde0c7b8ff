//! The driver: so many clients, each with one HTTP connection and one socket, sending for so many seconds
//! either as fast as their outcomes come back (closed loop: what is the maximum?) or at a given rate whatever
//! comes back (open loop: how long does it take?). Open-loop times count from the moment that a request
//! was due, so a stalled server cannot hide its stall.

use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

use platform::Failure;

use crate::client::Client;
use crate::http::{Connection, RequestTemplate};
use crate::inbox::Inbox;
pub use crate::run_plan::{Pace, RunPlan};
use crate::sockets::{self, Listener};
use crate::tally::Tally;

/// A run whose sockets and connections are open.
pub struct ReadyRun {
    plan: Arc<RunPlan>,
    clients: Vec<Client>,
    inboxes: Vec<Arc<Inbox>>,
    listeners: Vec<Listener>,
}

/// Runs it: opens everything first, sends, then waits until every outcome was told.
pub async fn drive(plan: RunPlan) -> Result<Tally, Failure> {
    ReadyRun::open(plan).await?.run().await
}

impl ReadyRun {
    pub async fn open(plan: RunPlan) -> Result<Self, Failure> {
        let plan = Arc::new(plan);
        let accounts =
            plan.world.accounts.get(..plan.clients).ok_or("more clients than accounts")?;
        let (inboxes, listeners) = sockets::listen_all(&plan.targets, accounts).await?;
        let mut clients = Vec::with_capacity(plan.clients);
        for (index, account) in accounts.iter().enumerate() {
            let address = plan.targets.http_of(index);
            let template = RequestTemplate::new(address, &account.token, "respond-async");
            let inbox = inboxes.get(index).map(Arc::clone);
            let connection = Connection::open(address).await?;
            clients.push(Client::new(&plan, index, connection, template, inbox));
        }
        Ok(Self { plan, clients, inboxes, listeners })
    }

    pub async fn run(self) -> Result<Tally, Failure> {
        let started = Instant::now();
        let mut running = JoinSet::new();
        for client in self.clients {
            running.spawn(client.run(started));
        }
        let mut tally = Tally::of(started, running).await?;
        drain(&self.inboxes, self.plan.outcome_timeout).await;
        for inbox in &self.inboxes {
            tally.add_inbox(inbox);
        }
        drop(self.listeners);
        tally.sort();
        Ok(tally)
    }
}

/// Until nothing is awaited, or nothing has been told for `outcome_timeout`.
pub async fn drain(inboxes: &[Arc<Inbox>], outcome_timeout: Duration) {
    let awaited = || inboxes.iter().map(|inbox| inbox.awaited()).sum::<usize>();
    let (mut before, mut since) = (awaited(), Instant::now());
    while before > 0 && since.elapsed() < outcome_timeout {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let now = awaited();
        if now < before {
            (before, since) = (now, Instant::now());
        }
    }
}
