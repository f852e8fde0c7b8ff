//! Closings: who is booked in closed time is ended and told, who asks for it is refused, whatever was queued and whoever dies.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod bad_input;
mod close;
mod crowd;
mod queued;
mod rights;
mod stage;
mod today;
mod too_large;
