//! Bookings on the real RabbitMQ, MariaDB and Redis, from the HTTP request to the rows: never two on one time
//! (P1), safe retries (P2), refusals that help (P4), cancelling and moving (P9), local time (P14), the
//! opening, `Prefer` and the time to live; and staff's side of a booking (C8, C14).

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod approval;
mod cache;
mod chain;
mod change;
mod consistency;
mod described;
mod desk;
mod errors;
mod holds;
mod keys;
mod limits;
mod locks;
mod prefer;
mod race;
mod refusals;
mod retry;
mod slots;
mod stage;
mod storm;
mod zones;
