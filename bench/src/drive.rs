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

/// Runs it: opens everything first, sends, then waits until every outcome was told.
pub async fn drive(plan: RunPlan) -> Result<Tally, Failure> {
    let plan = Arc::new(plan);
    let (inboxes, listeners) = open_sockets(&plan).await?;
    let mut clients = Vec::with_capacity(plan.clients);
    for index in 0..plan.clients {
        let address = plan.targets.http_of(index);
        let account = plan.world.accounts.get(index).ok_or("more clients than accounts")?;
        let template = RequestTemplate::new(address, &account.token, "respond-async");
        let inbox = inboxes.get(index).map(Arc::clone);
        clients.push(Client::new(&plan, index, Connection::open(address).await?, template, inbox));
    }
    let started = Instant::now();
    let mut running = JoinSet::new();
    for client in clients {
        running.spawn(client.run(started));
    }
    let mut tally = Tally::begun(started);
    while let Some(part) = running.join_next().await {
        tally.add(part?);
    }
    drain(&inboxes, plan.outcome_timeout).await;
    for inbox in &inboxes {
        tally.add_inbox(inbox);
    }
    drop(listeners);
    tally.sort();
    Ok(tally)
}

async fn open_sockets(plan: &RunPlan) -> Result<(Vec<Arc<Inbox>>, Vec<Listener>), Failure> {
    let (mut inboxes, mut listeners) = (Vec::new(), Vec::new());
    for (index, account) in plan.world.accounts.iter().enumerate().take(plan.clients) {
        let Some(address) = plan.targets.socket_of(index) else { break };
        let inbox = Arc::new(Inbox::default());
        listeners
            .push(sockets::listen(address.to_owned(), &account.token, Arc::clone(&inbox)).await?);
        inboxes.push(inbox);
    }
    Ok((inboxes, listeners))
}

/// Until nothing is awaited, or nothing has been told for `outcome_timeout`.
async fn drain(inboxes: &[Arc<Inbox>], outcome_timeout: Duration) {
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
