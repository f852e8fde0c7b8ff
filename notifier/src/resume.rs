//! A client comes back with a cursor: what it missed is read from the database, page by page, and sent
//! before what happens now. Where events are no longer kept, or too many, it gets a snapshot that says so.

use crate::close::Close;
use crate::frame;
use crate::rooms;
use crate::session::Session;
use crate::store::Event;

/// Events read at a time.
const PAGE: u32 = 200;
/// Pages after which a snapshot is cheaper for both sides.
const MAX_PAGES: u32 = 50;

/// Sends what the socket's account was told above its cursor. The first frame is CONNECTED, or the snapshot.
pub async fn bring_up_to_date(session: &mut Session<'_>) -> Result<(), Close> {
    let relay = session.relay;
    for page_number in 0..MAX_PAGES {
        let page = read_page(session).await?;
        let is_last = page.len() < PAGE as usize;
        if page_number == 0 {
            // What is kept is asked after reading, so that nothing can be deleted in between unseen.
            let kept = session
                .wire
                .meanwhile(relay.store.kept())
                .await?
                .map_err(|error| unavailable(&error))?;
            if session.progress.is_lost(&kept) {
                return send_snapshot(session).await;
            }
            if page.is_empty() {
                session.progress.caught_up();
            }
            session
                .wire
                .send([frame::connected(&session.progress.id(), relay.clock.now())])
                .await?;
        }
        send_page(session, &page, is_last).await?;
        if is_last {
            return Ok(());
        }
    }
    send_snapshot(session).await
}

async fn read_page(session: &mut Session<'_>) -> Result<Vec<Event>, Close> {
    let (relay, account) = (session.relay, session.guest.account);
    let _turn = session.wire.meanwhile(relay.backlogs.acquire()).await?;
    let missed =
        relay.store.missed(account, session.progress.cursor(), relay.hub.partitions(), PAGE);
    session.wire.meanwhile(missed).await?.map_err(|error| unavailable(&error))
}

async fn send_page(session: &mut Session<'_>, page: &[Event], is_last: bool) -> Result<(), Close> {
    let mut frames = Vec::with_capacity(page.len());
    for (number, event) in (1..).zip(page) {
        session.progress.take(event.partition, event.seq);
        if is_last && number == page.len() {
            session.progress.caught_up();
        }
        frames.push(event.told().frame(&session.progress.id()));
    }
    session.wire.send(frames).await
}

/// How things stand, read after the heads that it is sent with.
async fn send_snapshot(session: &mut Session<'_>) -> Result<(), Close> {
    let (relay, account) = (session.relay, session.guest.account);
    let turn = session.wire.meanwhile(relay.backlogs.acquire()).await?;
    let heads =
        session.wire.meanwhile(relay.store.heads()).await?.map_err(|error| unavailable(&error))?;
    let members = session
        .wire
        .meanwhile(rooms::snapshot(relay.store.pool(), account))
        .await?
        .map_err(|error| unavailable(&error))?;
    let requests = session
        .wire
        .meanwhile(relay.store.latest_requests(account))
        .await?
        .map_err(|error| unavailable(&error))?;
    drop(turn);
    session.progress.start_over(&heads);
    let frame = frame::resync(&session.progress.id(), relay.clock.now(), &members, &requests);
    session.wire.send([frame]).await
}

fn unavailable(error: &sqlx::Error) -> Close {
    tracing::warn!(%error, "a backlog cannot be read");
    Close::TryLater
}
