//! The room of the line: what a snapshot shows of tickets.

pub mod store;
