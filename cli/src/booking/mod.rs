//! The room of bookings in the operators' tools: what the audit asks of them.

pub mod questions_store;
