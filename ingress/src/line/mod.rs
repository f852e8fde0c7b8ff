//! The room of the line: routes, bodies, addressing, what is refused before the queue, and the shapes that clients see.

mod address;
mod arrival;
mod arrival_code;
mod body;
mod desk;
mod desk_body;
mod no_show;
mod of_hospital;
mod opened;
mod places;
mod precheck;
mod routes;
mod rule;
mod rule_body;
pub mod schema;
mod shown;
mod tickets_store;

pub(crate) use routes::routes;
pub(crate) use shown::ShownSubject;
