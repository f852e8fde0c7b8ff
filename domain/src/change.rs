//! What a decision changes. A joint: what a room changes has a line in [`Change`].

use crate::booking::BookingChange;
use crate::parking::Discarded;

/// What a decision changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    Booking(Box<BookingChange>),
    Discarded(Discarded),
}

impl From<BookingChange> for Change {
    fn from(change: BookingChange) -> Self {
        Change::Booking(Box::new(change))
    }
}

impl From<Discarded> for Change {
    fn from(discarded: Discarded) -> Self {
        Change::Discarded(discarded)
    }
}
