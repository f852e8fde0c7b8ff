//! The room of bookings: routes, bodies and their way into commands, what is refused before the queue, free slots, and
//! the shapes that clients see.

mod address;
mod body;
mod bookings_store;
mod days;
mod days_store;
mod desk;
mod desk_body;
mod desk_store;
mod holds;
pub(crate) mod marker_v1;
mod own_list;
mod own_list_store;
mod precheck;
mod routes;
pub mod schema;
mod shown;
mod slots;

pub(crate) use days::Days;
pub(crate) use routes::routes;
pub(crate) use shown::ShownSubject;
