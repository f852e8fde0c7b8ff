//! The room of closings: routes, bodies, addressing, what would be ended, and the shapes that clients see.

mod address;
mod body;
mod closings_store;
mod dry_run;
mod routes;
pub mod schema;
mod shown;

pub(crate) use routes::routes;
pub(crate) use shown::ShownSubject;
