//! The people of an account: its holder, and up to eight of the family, whom it books for. An adult agrees by a code that comes to
//! an address of their own. Whoever has grown moves to an account of their own, with all that is booked.

mod body;
mod consent_code;
mod family_store;
mod member_edits;
mod members;
mod moves;
pub mod schema;

use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::App;

pub(super) use family_store::forget;

/// The routes of families.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(members::list, members::add))
        .routes(routes!(member_edits::edit, member_edits::remove))
        .routes(routes!(consent_code::send))
        .routes(routes!(moves::show_code))
        .routes(routes!(moves::enter_code))
}
