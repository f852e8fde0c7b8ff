//! The routes of all rooms. A joint, as are `feed_caches` (what is kept of the feed) and `shown_subject` (where a made
//! thing is found).

use domain::booking::Cancel;
use domain::ids::{BookingId, TicketId};
use domain::line::CancelTicket;
use domain::time::Timestamp;
use platform::tasks::Tasks;
use sqlx::MySqlPool;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

use crate::account::GivingBack;
use crate::state::App;
use crate::{account, booking, closing, directory, line, membership, search, timetable};

/// The routes of all rooms.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .merge(account::routes())
        .merge(booking::routes())
        .merge(closing::routes())
        .merge(directory::routes())
        .merge(line::routes())
        .merge(membership::routes())
        .merge(search::routes())
        .merge(timetable::routes())
}

/// What rooms do by themselves as long as the service runs.
pub(crate) fn start(app: &Arc<App>, tasks: &Tasks) {
    tasks.spawn("deletions", account::give_back(Arc::clone(app), GIVING_BACK));
}

/// How what a deleted account still has is given back.
const GIVING_BACK: GivingBack = GivingBack {
    booking: |id, doctor_id| {
        let booking_id = BookingId::from_uuid(id);
        Cancel { booking_id, doctor_id }.into()
    },
    ticket: |id, doctor_id| {
        let ticket_id = TicketId::from_uuid(id);
        CancelTicket { ticket_id, doctor_id }.into()
    },
};

/// Deletes rows of rooms that are kept for a time only; how many of the room that had most.
pub(crate) async fn forget(database: &MySqlPool, now: Timestamp, most: u32) -> sqlx::Result<u64> {
    let counts = [
        account::forget(database, now, most).await?,
        membership::forget(database, now, most).await?,
    ];
    Ok(counts.into_iter().max().unwrap_or(0))
}
