//! The room of closings, as far as several services share its tables: the row of a closing, and which bookings lie in its time.

pub mod booked_store;
pub mod row_store;
