//! The routes of all rooms. A joint, as are `feed_caches` (what is kept of the feed) and `shown_subject` (where a made
//! thing is found).

use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

use crate::state::App;
use crate::{booking, directory, line, search};

/// The routes of all rooms.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .merge(booking::routes())
        .merge(directory::routes())
        .merge(line::routes())
        .merge(search::routes())
}
