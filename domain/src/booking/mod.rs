//! The room of bookings (예약): a patient has a doctor's time. Commands, facts and rules of bookings stand here and
//! nowhere else. `rules` holds what the commands share, `facts` what they look at, `taken_time` a doctor's time in use.

mod book;
mod book_held;
mod cancel;
mod change;
mod ended;
mod expire_hold;
mod facts;
mod hold_slot;
mod model;
mod move_booking;
mod next_hold;
mod refuse_pending;
mod reschedule;
mod rules;
mod status;
mod step_booking;
mod taken_time;
mod undo_booking;
mod wish;

pub use book::Book;
pub use book_held::BookHeld;
pub use cancel::Cancel;
pub use change::{BookingChange, HOLD_OVER};
pub use expire_hold::ExpireHold;
pub use facts::{AccountHold, Busy, Facts, LastStep, Needs, Reading};
pub use hold_slot::HoldSlot;
pub use model::{Booking, BookingSubject, BookingView, Held};
pub use move_booking::MoveBooking;
pub use refuse_pending::RefusePending;
pub use reschedule::Reschedule;
pub use rules::{ALTERNATIVES, open_slot, slot_taken};
pub use status::Status;
pub use step_booking::{BookingStep, StepBooking, StepReason};
pub use taken_time::{Taken, TakenTime, nearest};
pub use undo_booking::{UNDO_WITHIN, UndoBooking};

use crate::rules::CommandRules;

/// The names of the commands of this room.
pub const KINDS: [&str; 10] = [
    Book::NAME,
    Cancel::NAME,
    Reschedule::NAME,
    StepBooking::NAME,
    MoveBooking::NAME,
    UndoBooking::NAME,
    RefusePending::NAME,
    HoldSlot::NAME,
    BookHeld::NAME,
    ExpireHold::NAME,
];

#[cfg(test)]
mod tests;
