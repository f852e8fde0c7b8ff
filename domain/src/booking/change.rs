//! What a decision changes of a booking.

use super::Booking;
use crate::notice::NoticeCode;

/// A booking before and after.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BookingChange {
    Made(Booking),
    Moved {
        before: Booking,
        after: Booking,
    },
    Cancelled {
        before: Booking,
        after: Booking,
    },
    /// Staff took a step with it or took one back, or it fell due.
    Stepped {
        before: Booking,
        after: Booking,
        /// What its patient is told.
        code: NoticeCode,
        /// As it is written down.
        reason: Option<&'static str>,
    },
    /// It follows its ticket in a line.
    Attended {
        before: Booking,
        after: Booking,
    },
}

impl BookingChange {
    pub const fn before(&self) -> Option<&Booking> {
        match self {
            Self::Made(_) => None,
            Self::Moved { before, .. }
            | Self::Cancelled { before, .. }
            | Self::Stepped { before, .. }
            | Self::Attended { before, .. } => Some(before),
        }
    }

    pub const fn after(&self) -> &Booking {
        match self {
            Self::Made(after)
            | Self::Moved { after, .. }
            | Self::Cancelled { after, .. }
            | Self::Stepped { after, .. }
            | Self::Attended { after, .. } => after,
        }
    }

    /// What the patient's account is told where somebody else did it; `None`: its ticket tells.
    pub const fn notice(&self) -> Option<NoticeCode> {
        match self {
            Self::Made(_) => Some(NoticeCode::BookingMade),
            Self::Moved { .. } => Some(NoticeCode::BookingMoved),
            Self::Cancelled { .. } => Some(NoticeCode::BookingCancelled),
            Self::Stepped { code, .. } => Some(*code),
            Self::Attended { .. } => None,
        }
    }

    /// Why, as its patient is told.
    pub const fn told_reason(&self) -> Option<&'static str> {
        match self {
            Self::Stepped { reason, .. } => *reason,
            _ => None,
        }
    }

    /// Why, as it is written down with the step.
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Stepped { reason, .. } => *reason,
            Self::Moved { .. } => Some("rescheduled"),
            Self::Made(_) | Self::Cancelled { .. } | Self::Attended { .. } => None,
        }
    }
}
