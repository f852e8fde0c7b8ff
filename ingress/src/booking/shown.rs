//! Where a booking is found that a request made.

use domain::ids::BookingId;
use serde::Deserialize;

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
