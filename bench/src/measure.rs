//! One load against the system: the maximum by closed loops of several widths, then the times to the answer
//! and to the outcome at 70 % of it, then what the database and the audit say.

use platform::Failure;
use sqlx::MySqlPool;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

use crate::arguments::Load;
use crate::baseline::sweep::COLLAPSE;
use crate::drive::{Pace, RunPlan, drive};
use crate::prepared::Bench;
use crate::report::{Row, hundredth, tenth};
use crate::slot_picker::Demand;
use crate::store::{self, StateCounts};
use crate::system::{self, Layout};
use crate::tally::{Tally, percentile_ms};
use crate::targets::Targets;

/// Clients, and requests that each may have in flight.
const WIDTHS: [(usize, usize); 3] = [(64, 16), (256, 4), (256, 16)];

/// At which share of the maximum the times are taken.
const PACED_SHARE: f64 = 0.7;

/// Connections of the paced run.
const PACED_CLIENTS: usize = 256;

/// How long the services may take to finish what was accepted, once sockets have gone silent.
const SETTLE: Duration = Duration::from_mins(1);

/// The measurement of one layout.
pub struct Measure<'a> {
    pub bench: &'a Bench,
    pub length: Duration,
    pub layout: Layout,
}

/// Accepted requests and what became of them, over several runs.
#[derive(Debug, Default)]
struct RunTotals {
    lost: u64,
    expired: u64,
    untold: u64,
}

impl Measure<'_> {
    /// The whole row but the baseline's side.
    pub async fn load(&self, load: Load, demand: &Arc<Demand>) -> Result<Row, Failure> {
        let mut totals = RunTotals::default();
        let (mut best_rate, mut clients) = (0.0_f64, 0);
        // The first run warms caches, prepared statements and connections, and is not quoted.
        for (number, (count, outstanding)) in [WIDTHS[1]].into_iter().chain(WIDTHS).enumerate() {
            let length = if number == 0 { Duration::from_secs(2) } else { self.length };
            let (tally, states) =
                self.run(demand, count, Pace::Closed { outstanding }, length, &mut totals).await?;
            let rate = tally.rate_of(counted(load, &tally, states));
            show(
                &format!("{count} clients, {outstanding} in flight each"),
                rate,
                &tally,
                if number == 0 { "  (warming)" } else { "" },
            );
            // What collapses is not quoted, on this side either.
            if number > 0 && rate > best_rate && tally.error_share() <= COLLAPSE {
                (best_rate, clients) = (rate, count);
            }
        }
        let per_second = (best_rate * PACED_SHARE).max(1.0);
        let (tally, _) = self
            .run(demand, PACED_CLIENTS, Pace::Open { per_second }, self.length, &mut totals)
            .await?;
        show(&format!("paced at {per_second:.0}/s"), tally.rate_of(tally.all.sent), &tally, "");
        self.row(load, best_rate, clients, per_second, &tally, &totals).await
    }

    async fn row(
        &self,
        load: Load,
        best_rate: f64,
        clients: usize,
        paced: f64,
        tally: &Tally,
        totals: &RunTotals,
    ) -> Result<Row, Failure> {
        let end = Inspection::of(self.bench).await?;
        eprintln!("  {end}");
        // What is refused before the queue is told by its answer.
        let told = if load == Load::SoldOut && tally.told_count() < tally.all.refused {
            &tally.all.answers
        } else {
            &tally.told_micros
        };
        Ok(Row {
            load: load.name().to_owned(),
            ratio: 0.0,
            committed_per_s: tenth(best_rate),
            baseline_per_s: 0.0,
            baseline_kind: "not measured".to_owned(),
            answer_p50_ms: hundredth(percentile_ms(&tally.all.answers, 50)),
            answer_p99_ms: hundredth(percentile_ms(&tally.all.answers, 99)),
            told_p50_ms: hundredth(percentile_ms(told, 50)),
            told_p99_ms: hundredth(percentile_ms(told, 99)),
            lost: totals.lost,
            double: end.double,
            expired: totals.expired,
            workers: self.layout.workers,
            batch: self.layout.batch,
            clients,
            paced_per_s: tenth(paced),
            untold: totals.untold,
            audit: end.audit,
        })
    }

    async fn run(
        &self,
        demand: &Arc<Demand>,
        clients: usize,
        pace: Pace,
        length: Duration,
        totals: &mut RunTotals,
    ) -> Result<(Tally, StateCounts), Failure> {
        let targets = Targets::direct(&self.bench.env)?;
        let mut plan = RunPlan::new(&targets, &self.bench.world, &self.bench.slot_picker, demand);
        (plan.clients, plan.pace, plan.length) = (clients, pace, length);
        let tally = drive(plan).await?;
        let states = settled(&self.bench.pool, &tally.all.accepted, SETTLE).await?;
        let accepted = u64::try_from(tally.all.accepted.len()).unwrap_or(u64::MAX);
        totals.lost += accepted.saturating_sub(states.decided());
        totals.expired += states.expired;
        totals.untold += untold(&tally, accepted);
        Ok((tally, states))
    }

    /// Takes the listed times through the system, so that its database holds them.
    pub async fn take(&self, list: Arc<Demand>) -> Result<(), Failure> {
        let mut totals = RunTotals::default();
        let (tally, states) = self
            .run(&list, 64, Pace::Closed { outstanding: 4 }, Duration::from_mins(2), &mut totals)
            .await?;
        eprintln!("  {} times taken beforehand", states.confirmed);
        if states.confirmed < tally.all.sent {
            eprintln!(
                "  {} of them could not be: they will be booked, not refused",
                tally.all.sent - states.confirmed
            );
        }
        Ok(())
    }
}

/// What the load is measured by: bookings in the database, or refusals given.
fn counted(load: Load, tally: &Tally, states: StateCounts) -> u64 {
    match load {
        Load::SoldOut => tally.all.refused + states.rejected,
        Load::Uniform | Load::Skewed => states.confirmed,
    }
}

/// Accepted, and neither told on the socket nor answered with the outcome.
fn untold(tally: &Tally, accepted: u64) -> u64 {
    accepted.saturating_sub(tally.told_count() + tally.all.decided)
}

/// The requests' states, once all are decided or the time is over.
pub async fn settled(
    pool: &MySqlPool,
    accepted: &[Uuid],
    timeout: Duration,
) -> Result<StateCounts, Failure> {
    let since = std::time::Instant::now();
    let total = u64::try_from(accepted.len()).unwrap_or(u64::MAX);
    loop {
        let states = store::count_states(pool, accepted).await?;
        if states.decided() >= total || since.elapsed() > timeout {
            if states.decided() < total {
                let missing = store::undecided(pool, accepted, 5).await?;
                eprintln!(
                    "  WITHOUT OUTCOME: {}, parked {}, such as {missing:?}",
                    total - states.decided(),
                    states.parked
                );
            }
            return Ok(states);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// What the database and the audit say after a load.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inspection {
    /// Times that were given twice.
    pub double: u64,
    /// Whether the audit is green.
    pub audit: bool,
    found: String,
}

impl Inspection {
    pub async fn of(bench: &Bench) -> Result<Self, Failure> {
        let double = store::double_bookings(&bench.pool).await?;
        let (audit, found) = system::audit(&bench.env).await?;
        Ok(Self { double, audit, found })
    }
}

impl std::fmt::Display for Inspection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "audit {}: {}", if self.audit { "green" } else { "RED" }, self.found)
    }
}

fn show(what: &str, rate: f64, tally: &Tally, note: &str) {
    let all = &tally.all;
    eprintln!(
        "  docde    {what:<44} {rate:>8.0}/s  answer p99 {:>7.1} ms  told p50 {:>7.1} p99 {:>7.1} ms  429 {} 503 {} failed {}{note}",
        percentile_ms(&all.answers, 99),
        percentile_ms(&tally.told_micros, 50),
        percentile_ms(&tally.told_micros, 99),
        all.busy,
        all.unavailable,
        all.failed,
    );
}
