//! The room of closings: what the audit asks of it.

pub mod questions_store;
