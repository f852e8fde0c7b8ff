//! A client comes back with a cursor: what it missed is read from the database, page by page, and sent
//! before what happens now. Where events are no longer kept, or too many, it gets a snapshot that says so.

use domain::ids::AccountId;

use crate::close::Close;
use crate::frame;
use crate::progress::Progress;
use crate::relay::Relay;
use crate::rooms;
use crate::store::Event;
use crate::wire::Wire;

/// Events read at a time.
const PAGE: u32 = 200;
/// Pages after which a snapshot is cheaper for both sides.
const MAX_PAGES: u32 = 50;

/// A socket that comes back.
pub struct Resumption<'s> {
    pub relay: &'s Relay,
    pub account: AccountId,
    pub wire: &'s mut Wire,
    pub progress: &'s mut Progress,
}

impl Resumption<'_> {
    /// Sends what the account was told above its cursor. The first frame is CONNECTED, or the snapshot.
    pub async fn run(&mut self) -> Result<(), Close> {
        let relay = self.relay;
        for page_number in 0..MAX_PAGES {
            let page = self.read_page().await?;
            let is_last = page.len() < PAGE as usize;
            if page_number == 0 {
                // What is kept is asked after reading, so that nothing can be deleted in between unseen.
                let kept = self
                    .wire
                    .meanwhile(relay.store.kept())
                    .await?
                    .map_err(|error| unavailable(&error))?;
                if self.progress.is_lost(&kept) {
                    return self.send_snapshot().await;
                }
                if page.is_empty() {
                    self.progress.caught_up();
                }
                self.wire.send([frame::connected(&self.progress.id(), relay.clock.now())]).await?;
            }
            self.send_page(&page, is_last).await?;
            if is_last {
                return Ok(());
            }
        }
        self.send_snapshot().await
    }

    /// The next events, each with whether it is stale by now.
    async fn read_page(&mut self) -> Result<Vec<(Event, bool)>, Close> {
        let (relay, account) = (self.relay, self.account);
        let _turn = self.wire.meanwhile(relay.backlogs.acquire()).await?;
        let missed =
            relay.store.missed(account, self.progress.cursor(), relay.hub.partitions(), PAGE);
        let page = self.wire.meanwhile(missed).await?.map_err(|error| unavailable(&error))?;
        let documents: Vec<&str> = page.iter().map(|event| event.document.as_str()).collect();
        let stale = rooms::stale(relay.store.pool(), &documents);
        let stale = self.wire.meanwhile(stale).await?.map_err(|error| unavailable(&error))?;
        Ok(page.into_iter().zip(stale).collect())
    }

    async fn send_page(&mut self, page: &[(Event, bool)], is_last: bool) -> Result<(), Close> {
        let mut frames = Vec::with_capacity(page.len());
        for (number, (event, stale)) in (1..).zip(page) {
            self.progress.take(event.partition, event.seq);
            if is_last && number == page.len() {
                self.progress.caught_up();
            }
            if !stale {
                frames.push(event.told().frame(&self.progress.id()));
            }
        }
        self.wire.send(frames).await
    }

    /// How things stand, read after the heads that it is sent with.
    async fn send_snapshot(&mut self) -> Result<(), Close> {
        let (relay, account) = (self.relay, self.account);
        let turn = self.wire.meanwhile(relay.backlogs.acquire()).await?;
        let heads =
            self.wire.meanwhile(relay.store.heads()).await?.map_err(|error| unavailable(&error))?;
        let members = self
            .wire
            .meanwhile(rooms::snapshot(relay.store.pool(), account))
            .await?
            .map_err(|error| unavailable(&error))?;
        let requests = self
            .wire
            .meanwhile(relay.store.latest_requests(account, relay.hub.partitions()))
            .await?
            .map_err(|error| unavailable(&error))?;
        drop(turn);
        self.progress.start_over(&heads);
        let frame = frame::resync(&self.progress.id(), relay.clock.now(), &members, &requests);
        self.wire.send([frame]).await
    }
}

fn unavailable(error: &sqlx::Error) -> Close {
    tracing::warn!(%error, "a backlog cannot be read");
    Close::TryLater
}
