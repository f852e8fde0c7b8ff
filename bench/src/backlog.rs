//! `docde-bench backlog`: thousands of requests are accepted while every worker is frozen. With `--kill` the
//! frozen workers, with what they had prefetched, are killed with -9, and their successors too while they are
//! working the backlog off. Everything accepted must be decided once, and all that was asked for must be accepted. Printed too: the
//! workers' memory, which does not grow with what waits at the broker.

use platform::Failure;
use platform::config::Env;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::arguments::BacklogArguments;
use crate::drive::{Pace, RunPlan, drive};
use crate::inspection::{Inspection, settled};
use crate::line::memory;
use crate::prepared::Bench;
use crate::slot_picker::Demand;
use crate::store;
use crate::system::{self, Layout};
use crate::targets::Targets;
use crate::world::Size;

const CLIENTS: usize = 64;

/// Runs it. True when nothing was lost, nothing given twice, and the audit is green.
pub async fn run(env: Env, arguments: &BacklogArguments) -> Result<bool, Failure> {
    let present = Layout::present(&env);
    let layout = Layout { workers: present.workers.max(1), ..present };
    system::up(&env, layout).await?;
    let bench = Bench::prepare(
        env,
        Size { hospitals: 100, doctors: 500, accounts: CLIENTS, family: 64, ..Size::BENCH },
    )
    .await?;
    let frozen = system::worker_pids(&bench.env);
    for pid in &frozen {
        system::signal("STOP", *pid).await?;
    }
    eprintln!("{} workers frozen", frozen.len());
    let idle = most_memory(&frozen);
    let accepted = fill(&bench, arguments.requests).await;
    if accepted.is_err() || !arguments.kill {
        for pid in &frozen {
            system::signal("CONT", *pid).await?;
        }
    }
    let accepted = accepted?;
    let before = store::count_states(&bench.pool, &accepted).await?.decided();
    println!("accepted {} while no worker ran, {before} of them decided", accepted.len());
    let all = accepted.len() == arguments.requests && before == 0;
    let since = if arguments.kill {
        kill_twice(&bench, layout, frozen, &accepted).await?
    } else {
        Instant::now()
    };
    let all = finish(&bench, &accepted, since).await? && all;
    let most = most_memory(&system::worker_pids(&bench.env));
    println!(
        "a worker's memory at the most: {idle:.0} MiB before, {most:.0} MiB with {} waiting",
        accepted.len()
    );
    Ok(all)
}

/// Of the largest of them since it began, MiB.
fn most_memory(pids: &[u64]) -> f64 {
    let pids = pids.iter().filter_map(|pid| u32::try_from(*pid).ok());
    pids.map(memory::most_mib).fold(0.0, f64::max)
}

/// Long enough for so many at the slowest that a box has shown.
fn patience(requests: usize) -> Duration {
    Duration::from_mins(2) + Duration::from_secs(requests as u64 / 300)
}

/// Sends the requests; nobody waits for an outcome.
async fn fill(bench: &Bench, requests: usize) -> Result<Vec<Uuid>, Failure> {
    let mut random = Pcg64Mcg::seed_from_u64(1);
    let mut lists = vec![Vec::new(); CLIENTS];
    for number in 0..requests {
        let account = number % CLIENTS;
        if let (Some(list), Some(wanted)) =
            (lists.get_mut(account), bench.slot_picker.next(&Demand::Uniform, account, &mut random))
        {
            list.push(wanted);
        }
    }
    let demand = Arc::new(Demand::Listed(lists.into_iter().map(Mutex::new).collect()));
    let targets = Targets { sockets: Vec::new(), ..Targets::direct(&bench.env)? };
    let mut plan = RunPlan::new(&targets, &bench.world, &bench.slot_picker, &demand);
    (plan.clients, plan.pace, plan.length) =
        (CLIENTS, Pace::Closed { outstanding: 1 }, patience(requests));
    let all = drive(plan).await?.all;
    if all.sent > u64::try_from(all.accepted.len())? {
        eprintln!(
            "  of {} sent: 429 {}, 503 {}, refused {}, failed {}",
            all.sent, all.busy, all.unavailable, all.refused, all.failed
        );
    }
    Ok(all.accepted)
}

/// The frozen ones with what they hold, then their successors as soon as they have decided something. When those died.
async fn kill_twice(
    bench: &Bench,
    layout: Layout,
    frozen: Vec<u64>,
    accepted: &[Uuid],
) -> Result<Instant, Failure> {
    for pid in &frozen {
        system::signal("KILL", *pid).await?;
    }
    println!("killed {} frozen workers with -9, the whole backlog undecided", frozen.len());
    let (up, watched) =
        tokio::join!(system::up(&bench.env, layout), kill_at_work(bench, frozen, accepted));
    let killed = watched?;
    // `up` sees its new worker die before it was ready: that is what is being tried.
    if let Err(error) = up {
        eprintln!("  as meant: {error}");
    }
    system::up(&bench.env, layout).await?;
    Ok(killed)
}

async fn kill_at_work(
    bench: &Bench,
    before: Vec<u64>,
    accepted: &[Uuid],
) -> Result<Instant, Failure> {
    let since = Instant::now();
    while since.elapsed() < Duration::from_mins(1) {
        let decided = store::count_states(&bench.pool, accepted).await?.decided();
        let pids: Vec<u64> = system::worker_pids(&bench.env)
            .into_iter()
            .filter(|pid| !before.contains(pid))
            .collect();
        if decided > 0 && !pids.is_empty() {
            for pid in &pids {
                system::signal("KILL", *pid).await?;
            }
            let left = accepted.len().saturating_sub(usize::try_from(decided)?);
            if left == 0 {
                return Err("the backlog was decided before its workers could be killed: ask for more --requests".into());
            }
            println!("killed {} workers with -9 again, about {left} still undecided", pids.len());
            return Ok(Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err("no worker decided anything within 60 s of the first kill".into())
}

async fn finish(bench: &Bench, accepted: &[Uuid], since: Instant) -> Result<bool, Failure> {
    let states = settled(&bench.pool, accepted, patience(accepted.len())).await?;
    println!(
        "all decided {:.1} s later: confirmed {}  rejected {}  expired {}",
        since.elapsed().as_secs_f64(),
        states.confirmed,
        states.rejected,
        states.expired
    );
    let end = Inspection::of(bench).await?;
    let lost = u64::try_from(accepted.len())?.saturating_sub(states.decided());
    println!("{end}");
    println!("lost {lost}  double {}", end.double);
    Ok(lost == 0 && end.double == 0 && end.audit)
}
