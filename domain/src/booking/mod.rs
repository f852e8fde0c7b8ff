//! The room of bookings (예약): a patient has a doctor's time. Commands, facts and rules of bookings stand here and
//! nowhere else. `rules` holds what the commands share, `facts` what they look at, `taken_time` a doctor's time in use.

mod book;
mod cancel;
mod change;
mod ended;
mod facts;
mod model;
mod reschedule;
mod rules;
mod status;
mod taken_time;

pub use book::Book;
pub use cancel::Cancel;
pub use change::BookingChange;
pub use facts::{Busy, Facts, Needs, Reading};
pub use model::{Booking, BookingSubject, BookingView};
pub use reschedule::Reschedule;
pub use rules::{ALTERNATIVES, open_slot, slot_taken};
pub use status::Status;
pub use taken_time::{Taken, TakenTime, nearest};

use crate::rules::CommandRules;

/// The names of the commands of this room.
pub const KINDS: [&str; 3] = [Book::NAME, Cancel::NAME, Reschedule::NAME];

#[cfg(test)]
mod tests;
