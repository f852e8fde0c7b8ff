//! The search for the best baseline: short runs over all settings, then the leading three at full length, then the times
//! of the best at shares of its maximum. A run with more than 1 % errors has collapsed; it is repeated, and never quoted.

use sqlx::MySqlPool;
use std::sync::Arc;
use std::time::Duration;

use platform::Failure;
use platform::config::Env;

use super::child::{self, Service};
use super::{Variant, tables_store};
use crate::arguments::RunArguments;
use crate::cost::Cost;
use crate::cost::probe::{self, Probe, Reading};
use crate::drive::{Pace, ReadyRun, RunPlan};
use crate::rules::{COLLAPSE, PACED_CLIENTS, PACED_PERCENTS, PacedTimes, paced};
use crate::slot_picker::{Demand, SlotPicker};
use crate::tally::{Tally, p50_p99_ms, percentile_ms};
use crate::targets::Targets;
use crate::world::World;

const SHORT: Duration = Duration::from_millis(2_500);
/// How often a collapsed run is tried in all.
const TRIES: u32 = 3;
/// Settings that go into the full-length round.
pub const FINALISTS: usize = 3;
/// Before times are taken: statements are prepared, tokens known.
const WARMING: Duration = Duration::from_secs(1);

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub variant: Variant,
    pub pool: u32,
    pub clients: usize,
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, pool {}, {} clients", self.variant.name(), self.pool, self.clients)
    }
}

/// What a setting came to.
#[derive(Clone, Debug)]
pub struct Score {
    pub setting: Setting,
    /// Committed bookings a second, counted in its table; refusals a second when all is taken.
    pub per_s: f64,
    pub answer_p99_ms: f64,
    pub cost: Cost,
    /// Of the best alone.
    pub told_ms: PacedTimes,
}

/// What the sweep needs.
pub struct Sweep<'a> {
    pub env: &'a Env,
    pub url: &'a str,
    pub pool: &'a MySqlPool,
    pub world: &'a Arc<World>,
    pub demand: &'a Arc<Demand>,
    /// Of the full-length runs.
    pub length: Duration,
    pub over: &'a RunArguments,
}

impl Sweep<'_> {
    /// The fastest setting at full length.
    pub async fn best(&self) -> Result<Score, Failure> {
        // When all is taken, the plain read is the one to beat.
        let variants =
            if self.is_sold_out() { &[Variant::ReadFirst] } else { self.over.variants.as_slice() };
        let mut results = Vec::new();
        for variant in variants {
            for pool in self.over.pools.iter().copied() {
                let service = child::start(self.url, *variant, pool).await?;
                for clients in self.over.clients.iter().copied() {
                    let setting = Setting { variant: *variant, pool, clients };
                    results.extend(self.without_collapse(&service, setting, SHORT).await?);
                }
            }
        }
        results.sort_by(|one, other| other.per_s.total_cmp(&one.per_s));
        let mut finals = Vec::new();
        for result in results.iter().take(FINALISTS) {
            let service =
                child::start(self.url, result.setting.variant, result.setting.pool).await?;
            finals.extend(self.without_collapse(&service, result.setting, self.length).await?);
        }
        finals.sort_by(|one, other| other.per_s.total_cmp(&one.per_s));
        let best = finals.into_iter().next();
        let mut best = best.ok_or("every setting of the baseline collapsed")?;
        best.told_ms = self.paced(&best).await?;
        Ok(best)
    }

    /// Times to the answer, which is the outcome here, at shares of the best's own maximum.
    async fn paced(&self, best: &Score) -> Result<PacedTimes, Failure> {
        let service = child::start(self.url, best.setting.variant, best.setting.pool).await?;
        self.warm(&service, WARMING).await?;
        let mut times = PacedTimes::new();
        for percent in PACED_PERCENTS {
            let per_second = paced(best.per_s, percent);
            let pace = Pace::Open { per_second };
            let (_, tally) = self.run_once(&service, PACED_CLIENTS, pace, self.length).await?;
            let [p50, p99] = p50_p99_ms(&tally.all.answers);
            eprintln!(
                "  baseline {:<44} {:>8.0}/s  p50 {p50:>7.1} p99 {p99:>7.1} ms  errors {:.2} %",
                format!("paced at {percent} %: {per_second:.0}/s"),
                tally.rate_of(tally.all.sent),
                tally.error_share() * 100.0
            );
            times.insert(percent.to_string(), [p50, p99]);
        }
        Ok(times)
    }

    /// A closed loop that is not quoted.
    pub async fn warm(&self, service: &Service, length: Duration) -> Result<(), Failure> {
        let clients = PACED_CLIENTS.min(self.world.accounts.len());
        self.run_once(service, clients, Pace::Closed { outstanding: 1 }, length).await?;
        Ok(())
    }

    async fn without_collapse(
        &self,
        service: &Service,
        setting: Setting,
        length: Duration,
    ) -> Result<Option<Score>, Failure> {
        for _ in 0..TRIES {
            let (result, tally) = self.run(service, setting, length).await?;
            let errors = tally.error_share();
            let note = if errors > COLLAPSE { "  COLLAPSED, not counted" } else { "" };
            eprintln!(
                "  baseline {setting:<44} {:>8.0}/s  p99 {:>7.1} ms  errors {:.2} %{note}",
                result.per_s,
                result.answer_p99_ms,
                errors * 100.0
            );
            if errors <= COLLAPSE {
                return Ok(Some(result));
            }
        }
        Ok(None)
    }

    async fn run(
        &self,
        service: &Service,
        setting: Setting,
        length: Duration,
    ) -> Result<(Score, Tally), Failure> {
        let pace = Pace::Closed { outstanding: 1 };
        let (readings, tally) = self.run_once(service, setting.clients, pace, length).await?;
        let count = if self.is_sold_out() {
            tally.all.refused
        } else {
            tables_store::committed(self.pool).await?
        };
        let result = Score {
            setting,
            per_s: tally.rate_of(count),
            answer_p99_ms: percentile_ms(&tally.all.answers, 99),
            cost: probe::cost(&readings.0, &readings.1, count),
            told_ms: PacedTimes::new(),
        };
        Ok((result, tally))
    }

    /// One run on fresh tables, and the counters before and after it.
    async fn run_once(
        &self,
        service: &Service,
        clients: usize,
        pace: Pace,
        length: Duration,
    ) -> Result<((Reading, Reading), Tally), Failure> {
        tables_store::empty(self.pool).await?;
        if let Demand::SoldOut(taken) = self.demand.as_ref() {
            tables_store::fill(self.pool, self.world, taken).await?;
        }
        let slot_picker = Arc::new(SlotPicker::over(self.world));
        let mut plan = RunPlan::new(
            &Targets::answering(service.address.clone()),
            self.world,
            &slot_picker,
            self.demand,
        );
        (plan.clients, plan.length, plan.pace) = (clients, length, pace);
        let probe = Probe::of_baseline(self.env, self.pool, service.pid);
        let ready = ReadyRun::open(plan).await?;
        let before = probe.before().await?;
        let tally = ready.run().await?;
        Ok(((before, probe.after().await?), tally))
    }

    fn is_sold_out(&self) -> bool {
        matches!(self.demand.as_ref(), Demand::SoldOut(_))
    }
}
