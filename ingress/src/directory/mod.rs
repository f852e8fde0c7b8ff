//! The room of the directory: hospitals and doctors as anybody reads them. Searching by words, places and distance will be
//! another part's work.

mod doctors;
mod doctors_store;
mod hospitals;
mod hospitals_store;
pub mod schema;

use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::App;

/// The routes of this room.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(doctors::list))
        .routes(routes!(doctors::show))
        .routes(routes!(hospitals::list))
        .routes(routes!(hospitals::show))
}
