//! Everything that a fault may touch, and what was counted of it.

use platform::Failure;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::settings::Settings;
use crate::stage::Stage;
use crate::wait::{LIMIT, until};
use docde_tests::Chance;

/// Outcomes after which the system is taken to be at work again.
const FLOWING: u64 = 120;

/// The suite's world.
pub struct Scene {
    pub settings: Settings,
    pub stage: Stage,
    pub fleet: Fleet,
    pub journal: Arc<Journal>,
    pub chance: Chance,
    pub counts: Counts,
    /// What was seen not to hold while faults were carried out.
    pub violations: Vec<String>,
}

/// What was done, with work in flight.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub kills: u64,
    /// Beyond what watches the frozen part.
    pub freezes: u64,
    /// Freezes that ended sooner.
    pub stalls: u64,
    /// Processes that ended by themselves because one of their tasks had panicked.
    pub panics: u64,
    pub crash_points: BTreeSet<&'static str>,
}

impl Counts {
    /// Something was frozen for so long, and given up after `patience` by those who watch it.
    pub fn froze(&mut self, time: Duration, patience: Duration) {
        if time > patience { self.freezes += 1 } else { self.stalls += 1 }
    }
}

impl Scene {
    /// Until requests are accepted and undecided: a fault without such work proves nothing.
    pub async fn in_flight(&self) -> Result<HashSet<Uuid>, Failure> {
        let found = async {
            loop {
                let in_flight = self.journal.in_flight();
                if !in_flight.is_empty() {
                    return in_flight;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(LIMIT, found).await.map_err(|_| "no work was ever in flight".into())
    }

    /// Until outcomes come again.
    pub async fn flowing(&self) -> Result<(), Failure> {
        let before = self.journal.decided_so_far();
        until("outcomes to come again", LIMIT, async || {
            (self.journal.decided_so_far() >= before + FLOWING).then_some(())
        })
        .await
    }

    /// The sum of a column of the partitions' rows; asked again while the database is away.
    pub async fn partitions(&self, sql: &'static str) -> Result<u64, Failure> {
        until("the database to answer", LIMIT, async || {
            sqlx::query_scalar::<_, u64>(sql).fetch_one(&self.stage.pool).await.ok()
        })
        .await
    }
}
