//! The room of bookings, as far as several services share its tables and its cache: the row of a booking, a doctor's
//! time in use, and the availability cache in Redis.

pub mod availability;
pub mod row_store;
pub mod taken_store;
