//! `docde-bench overload`: for a while more than the system can take, with clients that send again, then silence.
//! Whatever was accepted must have its one outcome in the end.

use platform::Failure;
use platform::config::Env;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::arguments::OverloadArguments;
use crate::drive::{Pace, RunPlan, drive};
use crate::inspection::{Inspection, settled};
use crate::prepared::Bench;
use crate::slot_picker::Demand;
use crate::system::{self, Layout};
use crate::tally::Tally;
use crate::targets::Targets;
use crate::world::Size;

/// Times the measured maximum.
const OVERLOAD_FACTOR: f64 = 1.5;

/// A command that is not decided within 10 minutes expires, which is an outcome too.
const SETTLE: Duration = Duration::from_mins(11);

/// Runs it. True when nothing was lost, nothing given twice, and the audit is green.
pub async fn run(env: Env, arguments: &OverloadArguments) -> Result<bool, Failure> {
    if env.optional("DOCDE_DEV").is_some() {
        let present = Layout::present(&env);
        system::up(&env, Layout { workers: present.workers.max(1), ..present }).await?;
    }
    let bench = Bench::prepare(env, Size::BENCH).await?;
    let demand = Arc::new(Demand::Uniform);
    let rate = match arguments.rate {
        Some(rate) => rate,
        None => maximum(&bench, &demand).await? * OVERLOAD_FACTOR,
    };
    eprintln!(
        "{rate:.0} requests a second for {} s, {:.0} % of them sent again ...",
        arguments.seconds,
        arguments.repeats * 100.0
    );
    let mut plan = plan(&bench, &demand)?;
    plan.pace = Pace::Open { per_second: rate };
    plan.length = Duration::from_secs(arguments.seconds);
    (plan.repeats, plan.outcome_timeout) = (arguments.repeats, Duration::from_mins(1));
    let tally = drive(plan).await?;
    report(&bench, &tally, arguments.seconds).await
}

fn plan(bench: &Bench, demand: &Arc<Demand>) -> Result<RunPlan, Failure> {
    let targets = Targets::direct(&bench.env)?;
    Ok(RunPlan::new(&targets, &bench.world, &bench.slot_picker, demand))
}

async fn maximum(bench: &Bench, demand: &Arc<Demand>) -> Result<f64, Failure> {
    let mut plan = plan(bench, demand)?;
    (plan.length, plan.pace) = (Duration::from_secs(5), Pace::Closed { outstanding: 8 });
    let tally = drive(plan).await?;
    let most = tally.rate_of(tally.told.confirmed);
    eprintln!("the maximum, measured for 5 s: {most:.0}/s");
    Ok(most)
}

async fn report(bench: &Bench, tally: &Tally, seconds: u64) -> Result<bool, Failure> {
    let (since, all) = (Instant::now(), &tally.all);
    let states = settled(&bench.pool, &all.accepted, SETTLE).await?;
    let accepted = u64::try_from(all.accepted.len())?;
    let end = Inspection::of(bench).await?;
    let lost = accepted.saturating_sub(states.decided());
    println!(
        "overload of {seconds} s: sent {} and {} again; 429 {}  503 {}  failed {}",
        all.sent, all.repeats, all.busy, all.unavailable, all.failed
    );
    println!(
        "accepted {accepted}: confirmed {}  rejected {}  expired {}  parked {}",
        states.confirmed, states.rejected, states.expired, states.parked
    );
    println!(
        "told on sockets {}; the last outcome came {:.1} s after the start",
        tally.told_count(),
        tally.took().as_secs_f64()
    );
    println!("counted in the database in {:.1} s; {end}", since.elapsed().as_secs_f64());
    println!("lost {lost}  double {}", end.double);
    Ok(accepted > 0 && all.failed == 0 && lost == 0 && end.double == 0 && end.audit)
}
