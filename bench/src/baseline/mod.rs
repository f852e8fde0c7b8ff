//! The baseline: what one would build without a queue. A direct service on the same axum, the same sign-in, an
//! idempotency row, the same constraint and the same durability, that commits each booking in the call that asks
//! for it. It checks less than the system does (no schedule, no limits), which favours it. Three ways of
//! making it safe are swept over pool sizes and client counts; the fastest that does not collapse is quoted.

pub mod child;
pub mod connections;
pub mod line_store;
pub mod lines;
pub mod server;
pub mod state;
pub mod store;
pub mod sweep;
pub mod tables_store;

use clap::ValueEnum;

/// How a double booking is prevented.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Variant {
    /// SERIALIZABLE: check, then insert.
    Serializable,
    /// READ COMMITTED: insert, and let the constraint refuse.
    ReadCommitted,
    /// Read without a transaction first, then as `ReadCommitted`.
    ReadFirst,
}

impl Variant {
    pub const ALL: [Self; 3] = [Self::Serializable, Self::ReadCommitted, Self::ReadFirst];

    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Serializable => "serializable",
            Self::ReadCommitted => "read-committed",
            Self::ReadFirst => "read-first",
        }
    }
}
