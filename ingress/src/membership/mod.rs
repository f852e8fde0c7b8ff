//! The room of memberships: who becomes the director of a hospital, whom a director asks to work there, who goes, and what a
//! director reads of that. All is written by ingress itself (`once`), each change of a role with a row about it.

mod access_log;
mod body;
mod changes;
mod claims;
mod claims_decided;
mod claims_store;
mod invitations;
mod invitations_store;
mod joining;
mod letters;
mod members;
mod members_store;
pub mod schema;
mod secret;

use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::App;

pub(crate) use invitations_store::forget;

/// The routes of this room.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(claims::claim))
        .routes(routes!(claims::own))
        .routes(routes!(claims::show))
        .routes(routes!(claims::withdraw))
        .routes(routes!(claims_decided::list))
        .routes(routes!(claims_decided::accept))
        .routes(routes!(claims_decided::refuse))
        .routes(routes!(invitations::list, invitations::invite))
        .routes(routes!(invitations::withdraw))
        .routes(routes!(joining::accept))
        .routes(routes!(members::list))
        .routes(routes!(members::remove))
        .routes(routes!(members::leave))
        .routes(routes!(changes::list))
        .routes(routes!(access_log::list))
}
