//! The room of accounts: signing up and in, the tokens of a session, passwords, the profile. All is written by ingress itself
//! (`once`), before sign-in under a hash of the e-mail address.

pub(crate) mod accounts;
mod accounts_store;
mod agreements;
mod body;
mod codes;
mod consents;
mod consents_store;
mod deletion;
pub mod desk;
mod email_codes;
pub mod family;
mod hasher;
mod letters;
mod limits;
mod pair;
mod password;
mod profile;
mod refresh;
pub mod schema;
mod sessions_store;
mod sign_in;
mod sign_out;
mod sign_up;
mod tokens;
mod visitor;

use domain::time::Timestamp;
use sqlx::MySqlPool;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::App;

pub(crate) use deletion::{GivingBack, run as give_back};

/// The routes of this room.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(email_codes::send_code))
        .routes(routes!(sign_up::sign_up))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(refresh::refresh))
        .routes(routes!(sign_out::sign_out))
        .routes(routes!(password::change))
        .routes(routes!(password::reset))
        .routes(routes!(profile::show, profile::edit, deletion::delete))
        .routes(routes!(consents::versions))
        .routes(routes!(agreements::list, agreements::give))
        .routes(routes!(agreements::withdraw))
        .merge(desk::routes())
        .merge(family::routes())
}

/// Deletes sessions that are long over, codes by which nobody moved, look-ups that count no more; how many of what was most.
pub(crate) async fn forget(database: &MySqlPool, now: Timestamp, most: u32) -> sqlx::Result<u64> {
    let sessions = sessions_store::forget(database, now, most).await?;
    let desk = desk::forget(database, now, most).await?;
    Ok(sessions.max(desk).max(family::forget(database, now, most).await?))
}
