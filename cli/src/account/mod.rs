//! The room of accounts: what the audit asks of it.

pub mod questions_store;
