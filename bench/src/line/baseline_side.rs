//! The same load against the direct service: short runs over pools and clients, the leading three at full length, then
//! times at shares of the best one's maximum. Its numbers too are looked at in its rows.

use domain::time;
use platform::Failure;
use platform::clock::Clock;
use std::time::Duration;

use super::crowd::{self, Crowd};
use super::drive::ReadyLine;
use super::line_plan::Plan;
use super::lines_store;
use super::setting::Line;
use super::system_side::tickets;
use crate::arguments::Load;
use crate::baseline::child::{self, Service};
use crate::baseline::sweep::{FINALISTS, Score, Setting};
use crate::baseline::{Variant, line_store, tables_store};
use crate::cost::probe::{self, Probe};
use crate::rules::{COLLAPSE, PACED_CLIENTS, PACED_PERCENTS, PacedTimes, paced};
use crate::run_plan::Pace;
use crate::tally::{Tally, p50_p99_ms, percentile_ms};
use crate::targets::Targets;

const SHORT: Duration = Duration::from_millis(2_500);

/// The fastest setting at full length, with its times.
pub async fn best(line: &Line<'_>, load: Load) -> Result<Score, Failure> {
    let mut scores = Vec::new();
    for pool in line.over.pools.iter().copied() {
        let service = child::start(line.url, Variant::ReadCommitted, pool).await?;
        for clients in line.over.clients.iter().copied() {
            let setting = Setting { variant: Variant::ReadCommitted, pool, clients };
            scores.extend(closed(line, load, &service, setting, SHORT).await?);
        }
    }
    fastest_first(&mut scores);
    let mut finals = Vec::new();
    for score in scores.iter().take(FINALISTS) {
        let service = child::start(line.url, Variant::ReadCommitted, score.setting.pool).await?;
        finals.extend(closed(line, load, &service, score.setting, line.length).await?);
    }
    fastest_first(&mut finals);
    let best = finals.into_iter().next();
    let mut best = best.ok_or("every setting of the baseline collapsed")?;
    let service = child::start(line.url, Variant::ReadCommitted, best.setting.pool).await?;
    for percent in PACED_PERCENTS {
        let pace = Pace::Open { per_second: paced(best.per_s, percent) };
        let (tally, _) = run(line, load, &service, PACED_CLIENTS, pace, line.length).await?;
        let [p50, p99] = p50_p99_ms(&tally.all.answers);
        eprintln!("  baseline paced at {percent} %: p50 {p50:.1} p99 {p99:.1} ms");
        best.told_ms.insert(percent.to_string(), [p50, p99]);
    }
    Ok(best)
}

fn fastest_first(scores: &mut [Score]) {
    scores.sort_by(|one, other| other.per_s.total_cmp(&one.per_s));
}

async fn closed(
    line: &Line<'_>,
    load: Load,
    service: &Service,
    setting: Setting,
    length: Duration,
) -> Result<Option<Score>, Failure> {
    let pace = Pace::Closed { outstanding: 1 };
    let (tally, score) = run(line, load, service, setting.clients, pace, length).await?;
    let errors = tally.error_share();
    let note = if errors > COLLAPSE { "  COLLAPSED, not counted" } else { "" };
    let (per_s, p99) = (score.per_s, score.answer_p99_ms);
    eprintln!(
        "  baseline {setting:<44} {per_s:>8.0}/s  p99 {p99:>7.1} ms  errors {:.2} %{note}",
        errors * 100.0
    );
    Ok((errors <= COLLAPSE).then_some(Score { setting, ..score }))
}

/// One run on empty tables. Counting rows stand ready, so that the first ticket of a day costs no more than others.
async fn run(
    line: &Line<'_>,
    load: Load,
    service: &Service,
    clients: usize,
    pace: Pace,
    length: Duration,
) -> Result<(Tally, Score), Failure> {
    let bench = &line.bench;
    let today = time::day_of(Clock::from_env(&bench.env)?.now(), chrono_tz::Asia::Seoul);
    let doctors = crowd::doctors(bench, load, 0);
    tables_store::empty(line.pool).await?;
    line_store::open_lines(line.pool, &doctors, today).await?;
    let crowd = Crowd::gather(bench, doctors.clone(), tickets(pace, length), false).await?;
    let targets = Targets::answering(service.address.clone());
    let probe = Probe::of_baseline(&bench.env, line.pool, service.pid);
    let ready = ReadyLine::open(Plan::new(targets, crowd, clients, pace, length)).await?;
    let before = probe.before().await?;
    let tally = ready.run().await?;
    let after = probe.after().await?;
    let rows = lines_store::read(line.pool, "baseline_ticket", &doctors).await?;
    if rows.uneven > 0 || rows.tickets < tally.all.created {
        return Err(format!("the baseline gave wrong numbers: {rows:?}").into());
    }
    let score = Score {
        setting: Setting { variant: Variant::ReadCommitted, pool: 0, clients },
        per_s: tally.rate_of(rows.tickets),
        answer_p99_ms: percentile_ms(&tally.all.answers, 99),
        cost: probe::cost(&before, &after, rows.tickets),
        told_ms: PacedTimes::new(),
    };
    Ok((tally, score))
}
