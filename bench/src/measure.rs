//! One load against the system: the maximum by closed loops of several widths, with what a booking cost there; then
//! the times to the answer and to the outcome at 30, 50 and 70 % of it; then what the database and the audit say.

use platform::Failure;
use std::sync::Arc;
use std::time::Duration;

use crate::arguments::Load;
use crate::cost::Cost;
use crate::cost::probe::{self, Probe, Reading};
use crate::drive::{Pace, ReadyRun, RunPlan};
use crate::inspection::{Inspection, RunTotals, settled};
use crate::prepared::Bench;
use crate::report::{Row, tenth};
use crate::rules::{COLLAPSE, PACED_CLIENTS, PACED_PERCENTS, paced};
use crate::slot_picker::Demand;
use crate::store::StateCounts;
use crate::system::Layout;
use crate::tally::{Tally, p50_p99_ms, percentile_ms};
use crate::targets::Targets;

/// Clients, and requests that each may have in flight.
const WIDTHS: [(usize, usize); 3] = [(64, 16), (256, 4), (256, 16)];

/// How long the services may take to finish what was accepted, once sockets have gone silent.
pub const SETTLE: Duration = Duration::from_mins(1);

/// Of a run that warms caches, prepared statements and connections, and is not quoted.
const WARMING: Duration = Duration::from_secs(2);

/// The measurement of one layout.
pub struct Measure<'a> {
    pub bench: &'a Bench,
    pub length: Duration,
    pub layout: Layout,
}

/// How one run sends.
#[derive(Clone, Copy, Debug)]
struct Sending {
    clients: usize,
    pace: Pace,
    length: Duration,
}

/// What a run came to.
struct Ran {
    tally: Tally,
    states: StateCounts,
    readings: Option<(Reading, Reading)>,
}

/// The closed loop that committed most.
#[derive(Clone, Debug, Default)]
struct Maximum {
    per_s: f64,
    clients: usize,
    cost: Cost,
}

impl Measure<'_> {
    /// The whole row but the baseline's side.
    pub async fn load(&self, load: Load, demand: &Arc<Demand>) -> Result<Row, Failure> {
        let mut totals = RunTotals::default();
        let best = self.maximum(load, demand, &mut totals).await?;
        let mut row = Row {
            load: load.name().to_owned(),
            committed_per_s: tenth(best.per_s),
            clients: best.clients,
            baseline_kind: "not measured".to_owned(),
            workers: self.layout.workers,
            batch: self.layout.batch,
            ..Row::default()
        };
        row.spent(best.cost);
        for percent in PACED_PERCENTS {
            let per_second = paced(best.per_s, percent);
            let sending = Sending {
                clients: PACED_CLIENTS,
                pace: Pace::Open { per_second },
                length: self.length,
            };
            let ran = self.run(demand, sending, None, &mut totals).await?;
            let tally = &ran.tally;
            show(
                &format!("paced at {percent} %: {per_second:.0}/s"),
                tally.rate_of(tally.all.sent),
                tally,
            );
            let told = p50_p99_ms(told_times(load, tally));
            row.told_ms.insert(percent.to_string(), told);
            row.paced_per_s = tenth(per_second);
            [row.answer_p50_ms, row.answer_p99_ms] = p50_p99_ms(&tally.all.answers);
            [row.told_p50_ms, row.told_p99_ms] = told;
        }
        let end = Inspection::of(self.bench).await?;
        eprintln!("  {end}");
        row.ended(&totals, &end);
        Ok(row)
    }

    /// Closed loops of several widths; the fastest is quoted.
    async fn maximum(
        &self,
        load: Load,
        demand: &Arc<Demand>,
        totals: &mut RunTotals,
    ) -> Result<Maximum, Failure> {
        let mut best = Maximum::default();
        let probe = Probe::of_system(&self.bench.env, &self.bench.pool);
        self.warm(demand, totals).await?;
        for (clients, outstanding) in WIDTHS {
            let (pace, length) = (Pace::Closed { outstanding }, self.length);
            let sending = Sending { clients, pace, length };
            let ran = self.run(demand, sending, Some(&probe), totals).await?;
            let count = counted(load, &ran.tally, ran.states);
            let per_s = ran.tally.rate_of(count);
            show(&format!("{clients} clients, {outstanding} in flight each"), per_s, &ran.tally);
            // What collapses is not quoted, on this side either.
            if per_s > best.per_s && ran.tally.error_share() <= COLLAPSE {
                let cost = ran.readings.map(|(before, after)| probe::cost(&before, &after, count));
                best = Maximum { per_s, clients, cost: cost.unwrap_or_default() };
            }
        }
        Ok(best)
    }

    async fn run(
        &self,
        demand: &Arc<Demand>,
        sending: Sending,
        probe: Option<&Probe<'_>>,
        totals: &mut RunTotals,
    ) -> Result<Ran, Failure> {
        let targets = Targets::direct(&self.bench.env)?;
        let mut plan = RunPlan::new(&targets, &self.bench.world, &self.bench.slot_picker, demand);
        (plan.clients, plan.pace, plan.length) = (sending.clients, sending.pace, sending.length);
        let ready = ReadyRun::open(plan).await?;
        let (tally, readings) = match probe {
            None => (ready.run().await?, None),
            Some(probe) => {
                let before = probe.before().await?;
                let tally = ready.run().await?;
                (tally, Some((before, probe.after().await?)))
            }
        };
        let states = settled(&self.bench.pool, &tally.all.accepted, SETTLE).await?;
        let accepted = u64::try_from(tally.all.accepted.len()).unwrap_or(u64::MAX);
        totals.add(accepted, tally.told_count() + tally.all.decided, states);
        Ok(Ran { tally, states, readings })
    }

    /// A closed loop that is not quoted.
    pub async fn warm(&self, demand: &Arc<Demand>, totals: &mut RunTotals) -> Result<(), Failure> {
        let (clients, outstanding) = WIDTHS[1];
        let pace = Pace::Closed { outstanding };
        self.run(demand, Sending { clients, pace, length: WARMING }, None, totals).await?;
        Ok(())
    }

    /// Takes the listed times through the system, so that its database holds them.
    pub async fn take(&self, list: Arc<Demand>) -> Result<(), Failure> {
        let mut totals = RunTotals::default();
        let sending = Sending {
            clients: 64,
            pace: Pace::Closed { outstanding: 4 },
            length: Duration::from_mins(2),
        };
        let Ran { tally, states, .. } = self.run(&list, sending, None, &mut totals).await?;
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
        _ => states.confirmed,
    }
}

/// Times to the outcome. What is refused before the queue is told by its answer.
fn told_times(load: Load, tally: &Tally) -> &[u32] {
    if load == Load::SoldOut && tally.told_count() < tally.all.refused {
        &tally.all.answers
    } else {
        &tally.told_micros
    }
}

fn show(what: &str, rate: f64, tally: &Tally) {
    let all = &tally.all;
    eprintln!(
        "  docde    {what:<44} {rate:>8.0}/s  answer p99 {:>7.1} ms  told p50 {:>7.1} p99 {:>7.1} ms  429 {} 503 {} failed {}",
        percentile_ms(&all.answers, 99),
        percentile_ms(&tally.told_micros, 50),
        percentile_ms(&tally.told_micros, 99),
        all.busy,
        all.unavailable,
        all.failed,
    );
}
