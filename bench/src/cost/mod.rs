//! What a booking costs: processor time by process, fdatasyncs, statements a batch. Read before and after a run, from
//! the kernel and from the servers' own counters, and divided by what the run committed.

pub mod batches;
pub mod broker_syncs;
pub mod counters_store;
pub mod probe;
pub mod processes;

use serde::Serialize;
use std::collections::BTreeMap;

/// Something a booking, by process.
pub type ByProcess = BTreeMap<String, f64>;

/// What one booking of a run took. Of a load that commits nothing: one refusal.
#[derive(Clone, Default, PartialEq, Debug, Serialize)]
pub struct Cost {
    /// Microseconds of processor time.
    pub cpu_us: ByProcess,
    /// The load generator's, which is no part of what it measures.
    pub generator_us: f64,
    pub fdatasyncs: ByProcess,
    /// Statements that the database was sent, by whomever, for each batch that the workers committed.
    pub statements_per_batch: Option<f64>,
    pub commands_per_batch: Option<f64>,
    /// Batches that were rolled back for a deadlock or a lock wait, in the whole run.
    pub batches_again: f64,
}

impl Cost {
    /// Microseconds over all processes but the generator.
    pub fn total_us(&self) -> f64 {
        self.cpu_us.values().sum()
    }
}
