//! The room of closings (휴진): days, or hours of days, of a hospital or of one of its doctors are closed, which ends the bookings
//! in them, and opened again. `close` and `open` are staff's commands, `go_on` ends the bookings that one command does not.

mod change;
mod close;
mod facts;
mod further;
mod go_on;
mod limits;
mod model;
mod open;
mod rules;

pub use change::ClosingChange;
pub use close::CloseTime;
pub use facts::{Facts, InForce, Needs, Reading};
pub use further::GoOnClosing;
pub use limits::{
    CLOSERS, ENDED_AT_ONCE, MAX_AHEAD, MAX_DAYS, MAX_DAYS_OF_HOURS, MAX_IN_FORCE, days_fault,
    shape_fault,
};
pub use model::{Closing, ClosingReason, ClosingState, ClosingSubject, ClosingView};
pub use open::OpenTime;

#[cfg(test)]
mod tests;
