//! What a decision changes of a booking.

use super::Booking;

/// A booking before and after.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BookingChange {
    Made(Booking),
    Moved { before: Booking, after: Booking },
    Cancelled { before: Booking, after: Booking },
}

impl BookingChange {
    pub const fn before(&self) -> Option<&Booking> {
        match self {
            Self::Made(_) => None,
            Self::Moved { before, .. } | Self::Cancelled { before, .. } => Some(before),
        }
    }

    pub const fn after(&self) -> &Booking {
        match self {
            Self::Made(after) | Self::Moved { after, .. } | Self::Cancelled { after, .. } => after,
        }
    }
}
