//! A command that knows where it goes.

use chrono_tz::Tz;
use domain::command::Command;
use domain::partition::{PartitionId, QueueId};
use domain::trace::TraceParent;

/// A command on its way.
pub(crate) struct Addressed {
    pub command: Command,
    /// Of the HTTP request.
    pub trace: TraceParent,
    pub partition: PartitionId,
    /// Of the hospital.
    pub zone: Tz,
}

impl Addressed {
    /// The queue that takes it.
    pub const fn queue(&self) -> QueueId {
        self.command.queue(self.partition)
    }
}
