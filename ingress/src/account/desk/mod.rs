//! Patients at a hospital's desk and on its phone: whom its staff find, whom they enter without an account, and who of these turns out to
//! be somebody of an account. Staff find whom their hospital knows, anybody else by a code that the patient's account shows; each look-up is
//! counted, written down and told.

mod body;
mod clerk;
mod codes;
mod entering;
pub(super) mod kept;
mod letters;
mod look_up;
mod merge_store;
mod merging;
mod people_store;
mod rules;
pub mod schema;
mod show_code;
mod told;
mod unmerging;

use domain::time::Timestamp;
use sqlx::MySqlPool;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::App;

/// The routes of the desk, and the code that an account shows for it.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(show_code::show_code))
        .routes(routes!(told::list))
        .routes(routes!(look_up::look_up))
        .routes(routes!(entering::enter))
        .routes(routes!(merging::merge))
        .routes(routes!(unmerging::unmerge))
}

/// Deletes look-ups that count no more, and codes' ends.
pub(super) async fn forget(database: &MySqlPool, now: Timestamp, most: u32) -> sqlx::Result<u64> {
    people_store::forget(database, now, most).await
}
