//! What a run of a line's load does.

use std::time::Duration;

use super::crowd::Crowd;
use crate::run_plan::Pace;
use crate::targets::Targets;

/// One run.
#[derive(Debug)]
pub struct Plan {
    pub targets: Targets,
    pub crowd: Crowd,
    pub clients: usize,
    pub length: Duration,
    /// Closed: each connection has one request in flight, whatever the pace says.
    pub pace: Pace,
    /// Makes keys of this run its own.
    pub run: u64,
}

impl Plan {
    pub fn new(
        targets: Targets,
        crowd: Crowd,
        clients: usize,
        pace: Pace,
        length: Duration,
    ) -> Self {
        let run = uuid::Uuid::now_v7().as_u64_pair().1;
        Self { targets, crowd, clients, length, pace, run }
    }
}
