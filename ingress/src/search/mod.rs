//! The room of search: hospitals found by words, places, hours and free time, for anybody. The search engine answers; where
//! there is none, or it is away, the database does by name, region and department, and the answer says so.

mod answer;
mod cursor;
mod database;
mod database_store;
pub(crate) mod door;
mod engine;
mod highlight;
mod hospitals;
mod looked_for;
mod query;
pub mod schema;
mod suggest;
mod suggest_query;
mod wanted;

use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::App;

/// The routes of this room.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(hospitals::search)).routes(routes!(suggest::suggest))
}
