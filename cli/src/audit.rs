//! `docde audit`: recounts what must always hold (DESIGN, invariants 1, 2, 3 and 6) from the database, the broker
//! and the publishers' own counts. It reads one consistent snapshot, so a running system can be
//! audited, and believes no counter that it can count itself.

use chrono::TimeDelta;
use domain::time::Timestamp;
use platform::management::Management;
use platform::topology::{DEAD, UNROUTED};
use sqlx::MySqlPool;
use std::collections::HashMap;
use std::time::Duration;

use crate::failure::CliError;
use crate::{Context, Finding, Out, rooms};

mod checks;
mod report;
pub(crate) mod store;

pub use report::{Check, PartitionReport, Report};

/// Events are kept for 7 days (CONTRACT, Messages); an hour of it is left to clocks that differ.
const EVENTS_KEPT: TimeDelta = TimeDelta::hours(7 * 24 - 1);

/// How often the broker is asked for a count that is not yet as it should be: it counts every 5 s.
const LOOKS: u32 = 7;

pub async fn run(context: &Context, json: bool, out: Out<'_>) -> Result<Finding, CliError> {
    let report = audit(context).await?;
    let printed = if json { report.print_json(out) } else { report.print_table(out) };
    printed?;
    Ok(Finding::of(report.ok))
}

/// Counts everything once.
pub async fn audit(context: &Context) -> Result<Report, CliError> {
    let management = Management::from_env(&context.env)?;
    recount(&context.pool()?, context.clock.now(), depths(&management)).await
}

/// The audit of any database, by the broker's counts that `depths` ends with: messages a queue, or why there are none.
/// They are asked for after the database's snapshot.
pub async fn recount(
    pool: &MySqlPool,
    now: Timestamp,
    depths: impl Future<Output = Result<HashMap<String, u64>, String>>,
) -> Result<Report, CliError> {
    let mut snapshot = store::Snapshot::begin(pool, now - EVENTS_KEPT).await?;
    let partitions = snapshot.partitions().await?;
    let mut found = checks::of_partitions(&partitions);
    // Each room asks its own.
    for question in store::questions().into_iter().chain(rooms::questions()) {
        let count = snapshot.count(&question).await?;
        found.push(Check::none(question.name, count, question.finds));
    }
    snapshot.end().await?;
    let depths = depths.await;
    found.extend(checks::of_broker(&depths, &partitions));
    let depths = depths.unwrap_or_default();
    Ok(Report::of(&partitions, &depths, found))
}

/// Messages a queue. What waits for a worker to drain it, or was counted a moment ago, is looked at again.
async fn depths(management: &Management) -> Result<HashMap<String, u64>, String> {
    let mut found = Err(String::new());
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        found = management.depths().await.map_err(|error| error.to_string());
        let settled = |depths: &HashMap<String, u64>| {
            [DEAD, UNROUTED].iter().all(|queue| depths.get(*queue) == Some(&0))
        };
        if found.as_ref().is_ok_and(settled) {
            break;
        }
    }
    found
}
