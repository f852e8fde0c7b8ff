//! What a decision changes of a closing.

use super::Closing;
use crate::closed_time::EndedBooking;
use crate::ids::BookingId;

/// A closing before and after, and the bookings that end with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClosingChange {
    /// `None`: it was made.
    pub before: Option<Closing>,
    pub after: Closing,
    pub ended: Vec<BookingId>,
}

impl ClosingChange {
    /// What bookings are told.
    pub fn ended(&self) -> impl Iterator<Item = EndedBooking> {
        let (closed_by, at) = (self.after.closed_by, self.after.updated_at);
        self.ended.iter().map(move |id| EndedBooking { booking_id: *id, closed_by, at })
    }
}
