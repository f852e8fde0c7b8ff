//! The room of the line in the operators' tools: what the audit asks of it.

pub mod questions_store;
