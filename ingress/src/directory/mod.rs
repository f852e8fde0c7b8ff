//! The room of the directory: hospitals and doctors as anybody reads them, and as operators and directors make and edit them. Searching by
//! words, places and distance is the room of search.

mod doctor_body;
mod doctors;
mod doctors_store;
mod edits;
mod edits_store;
mod hospital_body;
mod hospitals;
mod hospitals_store;
mod hours;
mod limits;
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
        .merge(edits::routes())
}
