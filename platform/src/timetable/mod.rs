//! The room of timetables, as far as several services share it: what is booked ahead with a doctor.

pub mod ahead_store;
