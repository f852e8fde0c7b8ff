//! Follows the feed of committed batches and hands every event to the hub once, in order, without
//! gaps. A message is a hint and not the truth: what it does not bring (the worker died between commit and
//! publish, the broker's connection broke) is read from the database, before anything that comes after.

use domain::event::Audience;
use domain::feed::{self, Entry};
use domain::partition::PartitionId;
use platform::clock::Clock;
use platform::{crash, retry};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use crate::frame::Told;
use crate::hub::Hub;
use crate::rooms::Rooms;
use crate::store::{Event, Store};
use crate::waiting::Waiting;

/// Events read at a time.
const PAGE: u32 = 500;

/// The one task that tells the hub.
pub struct Follower {
    hub: Arc<Hub>,
    rooms: Rooms,
    waiting: Arc<Waiting>,
    store: Store,
    clock: Clock,
    /// The last committed events, as they were at the last look.
    heads: Vec<u64>,
}

impl Follower {
    pub fn new(
        (hub, rooms, waiting): (Arc<Hub>, Rooms, Arc<Waiting>),
        store: Store,
        clock: Clock,
    ) -> Self {
        Self { hub, rooms, waiting, store, clock, heads: Vec::new() }
    }

    /// Runs until the subscription ends, which it does not by itself.
    pub async fn run(mut self, mut messages: mpsc::Receiver<Vec<u8>>, poll: Duration) {
        let mut looks = tokio::time::interval(poll);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            crash::round("follower");
            tokio::select! {
                message = messages.recv() => {
                    let Some(message) = message else { return };
                    // Telling again what was told is harmless, so a message is simply taken again.
                    let take = || self.take(&message);
                    retry::until_it_works("reading events that are missing", take).await;
                }
                _ = looks.tick() => {
                    if let Err(error) = self.look().await {
                        tracing::warn!(%error, "cannot look for events that no message brought");
                    }
                }
            }
        }
    }

    async fn take(&self, message: &[u8]) -> Result<(), sqlx::Error> {
        let Some((head, lines)) = feed::read(message) else {
            tracing::warn!(bytes = message.len(), "a feed message is not readable");
            return Ok(());
        };
        let partition = head.partition;
        self.waiting.partitions.hear(head);
        for line in lines {
            let Entry::Event { seq, to, kind, document, .. } = line else { continue };
            let Some(reached) = self.hub.reached(partition) else { continue };
            if seq > reached.saturating_add(1) {
                self.fill(partition, seq - 1).await?;
            }
            if seq > reached {
                let told = || Told::new(partition, seq, kind, self.clock.now(), document);
                self.tell(partition, seq, to, document, told);
            }
        }
        Ok(())
    }

    fn tell(
        &self,
        partition: PartitionId,
        seq: u64,
        to: Audience,
        document: &str,
        told: impl FnOnce() -> Told,
    ) {
        if let Audience::Account(account) = to {
            self.waiting.told(account, document);
            self.hub.tell(partition, seq, account, told);
        } else {
            self.hub.reach(partition, seq);
            self.rooms.hear(to, document);
        }
    }

    /// Reads what was committed before the last look and has still not come: anything younger is likely on its
    /// way in a message.
    async fn look(&mut self) -> Result<(), sqlx::Error> {
        let heads = self.store.heads().await?;
        for (index, due) in (0..).zip(&self.heads) {
            let partition = PartitionId::new(index);
            if self.hub.reached(partition).is_some_and(|reached| reached < *due) {
                self.fill(partition, *due).await?;
            }
        }
        self.heads = heads;
        Ok(())
    }

    /// Tells what the database has up to `until`.
    async fn fill(&self, partition: PartitionId, until: u64) -> Result<(), sqlx::Error> {
        let mut filled = 0;
        while let Some(reached) = self.hub.reached(partition).filter(|reached| *reached < until) {
            let page = self.store.events(partition, reached, until, PAGE).await?;
            filled += page.len();
            for event in &page {
                let told = || Event::told(event);
                self.tell(partition, event.seq, event.to, &event.document, told);
            }
            if page.len() < PAGE as usize {
                self.hub.reach(partition, until);
            }
        }
        tracing::info!(%partition, events = filled, "told of events that no message brought");
        Ok(())
    }
}
