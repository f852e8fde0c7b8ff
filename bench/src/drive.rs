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
use crate::slot_picker::{Demand, SlotPicker};
use crate::sockets::{self, Listener};
use crate::tally::Tally;
use crate::targets::Targets;
use crate::world::World;

/// How a client decides when to send.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pace {
    /// As soon as fewer than so many of its requests await their outcome.
    Closed { outstanding: usize },
    /// By chance, so many a second over all clients.
    Open { per_second: f64 },
}

/// One run.
#[derive(Clone, Debug)]
pub struct RunPlan {
    pub targets: Targets,
    pub world: Arc<World>,
    pub slot_picker: Arc<SlotPicker>,
    pub demand: Arc<Demand>,
    pub clients: usize,
    pub length: Duration,
    pub pace: Pace,
    /// The share of requests that are sent again under the same key, and whether refused ones are.
    pub repeats: f64,
    /// How long outcomes may stay away, after the last was told, before the wait ends.
    pub outcome_timeout: Duration,
    /// Makes keys and choices of this run its own.
    pub run: u64,
}

impl RunPlan {
    /// Of `clients`, closed, against what the world holds.
    pub fn new(
        targets: &Targets,
        world: &Arc<World>,
        slot_picker: &Arc<SlotPicker>,
        demand: &Arc<Demand>,
    ) -> Self {
        Self {
            targets: targets.clone(),
            world: Arc::clone(world),
            slot_picker: Arc::clone(slot_picker),
            demand: Arc::clone(demand),
            clients: 256,
            length: Duration::from_secs(8),
            pace: Pace::Closed { outstanding: 4 },
            repeats: 0.0,
            outcome_timeout: Duration::from_secs(20),
            run: uuid::Uuid::now_v7().as_u64_pair().1,
        }
    }
}

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
