//! The room of bookings: what a snapshot shows of them.

pub mod store;
