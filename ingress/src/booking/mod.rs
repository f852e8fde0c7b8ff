//! The room of bookings: routes, bodies and their way into commands, what is refused before the queue, free slots, and
//! the shapes that clients see.

mod address;
mod body;
mod bookings_store;
mod days;
mod days_store;
pub(crate) mod marker_v1;
mod note;
mod precheck;
mod routes;
pub mod schema;
mod slots;

use domain::ids::BookingId;
use serde::Deserialize;

pub(crate) use days::Days;
pub(crate) use precheck::SlotWish;
pub(crate) use routes::routes;

/// A request that is about a booking, as its document shows it.
#[derive(Deserialize)]
pub(crate) struct ShownSubject {
    booking_id: Option<BookingId>,
}

impl ShownSubject {
    pub fn path(&self) -> Option<String> {
        self.booking_id.map(|id| format!("/v1/bookings/{id}"))
    }
}
