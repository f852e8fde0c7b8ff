//! What every row of a batch is written with.

use domain::partition::PartitionId;
use domain::time::Timestamp;

/// Where and when the batch is decided.
#[derive(Clone, Copy)]
pub struct Stamp {
    pub partition: PartitionId,
    pub epoch: u64,
    pub at: Timestamp,
}
