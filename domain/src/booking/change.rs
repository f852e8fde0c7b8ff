//! What a decision changes of a booking.

use super::{Booking, Status};
use crate::notice::NoticeCode;
use crate::time::Timestamp;

/// Why a hold ended that nobody ended.
pub const HOLD_OVER: &str = "hold_over";

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
    /// A hold became a booking.
    Booked {
        before: Booking,
        after: Booking,
    },
    /// A hold was over.
    HoldOver {
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
    /// The hold is over: its time is free.
    pub(super) fn hold_over(before: &Booking, at: Timestamp) -> Self {
        Self::HoldOver { before: before.clone(), after: before.stepped(Status::Cancelled, at) }
    }

    pub const fn before(&self) -> Option<&Booking> {
        match self {
            Self::Made(_) => None,
            Self::Moved { before, .. }
            | Self::Cancelled { before, .. }
            | Self::Booked { before, .. }
            | Self::HoldOver { before, .. }
            | Self::Stepped { before, .. }
            | Self::Attended { before, .. } => Some(before),
        }
    }

    pub const fn after(&self) -> &Booking {
        match self {
            Self::Made(after)
            | Self::Moved { after, .. }
            | Self::Cancelled { after, .. }
            | Self::Booked { after, .. }
            | Self::HoldOver { after, .. }
            | Self::Stepped { after, .. }
            | Self::Attended { after, .. } => after,
        }
    }

    /// It fell due, whoever's command it came with.
    pub const fn is_due(&self) -> bool {
        matches!(self, Self::HoldOver { .. })
    }

    /// What the patient's account is told where somebody else did it; `None`: its ticket tells.
    pub const fn notice(&self) -> Option<NoticeCode> {
        match self {
            Self::Made(_) | Self::Booked { .. } => Some(NoticeCode::BookingMade),
            Self::HoldOver { .. } => Some(NoticeCode::HoldOver),
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
            Self::HoldOver { .. } => Some(HOLD_OVER),
            Self::Made(_)
            | Self::Cancelled { .. }
            | Self::Booked { .. }
            | Self::Attended { .. } => None,
        }
    }
}
