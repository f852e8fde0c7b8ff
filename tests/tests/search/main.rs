//! Search on the real engine, from the HTTP request to the index and back: what is booked is gone from it, words are
//! understood as people write them, bad input is told what is wrong, and an engine that is away stops no booking.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod bad_input;
mod closed;
mod convergence;
mod degraded;
mod freshness;
mod killed;
mod korean;
mod pages;
mod places;
mod planted;
mod rebuild;
mod stage;
mod tls;
mod under_load;
