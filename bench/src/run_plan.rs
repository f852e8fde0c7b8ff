//! What a run of the driver does.

use std::sync::Arc;
use std::time::Duration;

use crate::slot_picker::{Demand, SlotPicker};
use crate::targets::Targets;
use crate::world::World;

/// How a client decides when to send.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pace {
    /// As soon as fewer than so many of its requests await their outcome.
    Closed { outstanding: usize },
    /// By chance, so many a second over all clients.
    Open { per_second: f64 },
}

/// One run.
#[derive(Clone, Debug)]
pub struct RunPlan {
    pub targets: Targets,
    pub world: Arc<World>,
    pub slot_picker: Arc<SlotPicker>,
    pub demand: Arc<Demand>,
    pub clients: usize,
    pub length: Duration,
    pub pace: Pace,
    /// The share of requests that are sent again under the same key, and whether refused ones are.
    pub repeats: f64,
    /// How long outcomes may stay away, after the last was told, before the wait ends.
    pub outcome_timeout: Duration,
    /// Makes keys and choices of this run its own.
    pub run: u64,
}

impl RunPlan {
    /// Of `clients`, closed, against what the world holds.
    pub fn new(
        targets: &Targets,
        world: &Arc<World>,
        slot_picker: &Arc<SlotPicker>,
        demand: &Arc<Demand>,
    ) -> Self {
        Self {
            targets: targets.clone(),
            world: Arc::clone(world),
            slot_picker: Arc::clone(slot_picker),
            demand: Arc::clone(demand),
            clients: 256,
            length: Duration::from_secs(8),
            pace: Pace::Closed { outstanding: 4 },
            repeats: 0.0,
            outcome_timeout: Duration::from_secs(20),
            run: uuid::Uuid::now_v7().as_u64_pair().1,
        }
    }
}
