//! A line's load against the system: the maximum by closed loops of several widths with what a ticket cost there, times at
//! shares of it, and what the database says: every accepted number is there, without a gap and once.

use platform::Failure;
use std::time::Duration;

use super::crowd::{self, Crowd};
use super::drive::ReadyLine;
use super::line_plan::Plan;
use super::lines_store;
use super::setting::Line;
use crate::arguments::Load;
use crate::cost::Cost;
use crate::cost::probe::{self, Probe};
use crate::inspection::{Inspection, RunTotals, settled};
use crate::measure::SETTLE;
use crate::report::{Row, tenth};
use crate::rules::{COLLAPSE, PACED_CLIENTS, PACED_PERCENTS, paced};
use crate::run_plan::Pace;
use crate::system::Layout;
use crate::tally::{Tally, p50_p99_ms, percentile_ms};
use crate::targets::Targets;

/// Connections, each with one request in flight.
const WIDTHS: [usize; 3] = [64, 256, 1_024];

/// More tickets a second than any side has given on the boxes that this was written for; a run that has taken all
/// that it was given ends early, and its rate is still right.
pub const MOST_PER_S: usize = 5_000;

/// Of a run that is not quoted.
const WARMING: Duration = Duration::from_secs(2);

/// The runs of one load so far.
struct Runs<'a> {
    line: &'a Line<'a>,
    load: Load,
    count: usize,
    totals: RunTotals,
    confirmed: u64,
}

/// The row but for the baseline's side.
pub async fn row(line: &Line<'_>, load: Load) -> Result<Row, Failure> {
    let layout = Layout::present(&line.bench.env);
    let totals = RunTotals::default();
    let before = lines_store::read(&line.bench.pool, "ticket", &line.bench.world.doctors).await?;
    let mut runs = Runs { line, load, count: 0, totals, confirmed: 0 };
    let mut row = Row {
        load: load.name().to_owned(),
        baseline_kind: "not measured".to_owned(),
        workers: layout.workers,
        batch: layout.batch,
        ..Row::default()
    };
    runs.closed(PACED_CLIENTS, WARMING).await?;
    let mut best = (0.0, Cost::default());
    for clients in WIDTHS {
        let (per_s, cost) = runs.closed(clients, line.length).await?;
        if per_s > best.0 {
            (best, row.clients) = ((per_s, cost), clients);
        }
    }
    row.committed_per_s = tenth(best.0);
    row.spent(best.1);
    for percent in PACED_PERCENTS {
        let per_second = paced(best.0, percent);
        let tally = runs.run(PACED_CLIENTS, Pace::Open { per_second }, line.length).await?.0;
        show(
            &format!("paced at {percent} %: {per_second:.0}/s"),
            tally.rate_of(tally.all.sent),
            &tally,
        );
        let times = p50_p99_ms(&tally.all.answers);
        row.told_ms.insert(percent.to_string(), times);
        row.paced_per_s = tenth(per_second);
        [row.answer_p50_ms, row.answer_p99_ms] = times;
        [row.told_p50_ms, row.told_p99_ms] = times;
    }
    let end = Inspection::of(&line.bench).await?;
    eprintln!("  {end}");
    row.ended(&runs.totals, &end);
    let after = lines_store::read(&line.bench.pool, "ticket", &line.bench.world.doctors).await?;
    // Each confirmed request took a number of its own: every account asks a doctor once.
    row.lost += runs.confirmed.abs_diff(after.tickets - before.tickets);
    row.double += after.uneven;
    Ok(row)
}

impl Runs<'_> {
    /// A closed loop: tickets a second and what one cost; nothing where it collapsed.
    async fn closed(&mut self, clients: usize, length: Duration) -> Result<(f64, Cost), Failure> {
        let pace = Pace::Closed { outstanding: 1 };
        let (tally, confirmed, cost) = self.run(clients, pace, length).await?;
        let per_s = tally.rate_of(confirmed);
        show(&format!("{clients} connections"), per_s, &tally);
        let good = tally.error_share() <= COLLAPSE;
        Ok(if good { (per_s, cost) } else { (0.0, Cost::default()) })
    }

    async fn run(
        &mut self,
        clients: usize,
        pace: Pace,
        length: Duration,
    ) -> Result<(Tally, u64, Cost), Failure> {
        let bench = &self.line.bench;
        let doctors = crowd::doctors(bench, self.load, self.count);
        self.count += 1;
        let crowd = Crowd::gather(bench, doctors, tickets(pace, length), true).await?;
        let plan = Plan::new(Targets::direct(&bench.env)?, crowd, clients, pace, length);
        let probe = Probe::of_system(&bench.env, &bench.pool);
        let ready = ReadyLine::open(plan).await?;
        let before = probe.before().await?;
        let tally = ready.run().await?;
        let after = probe.after().await?;
        let states = settled(&bench.pool, &tally.all.accepted, SETTLE).await?;
        let accepted = u64::try_from(tally.all.accepted.len()).unwrap_or(u64::MAX);
        self.totals.add(accepted, tally.all.decided, states);
        self.confirmed += states.confirmed;
        let cost = probe::cost(&before, &after, states.confirmed);
        Ok((tally, states.confirmed, cost))
    }
}

/// How many tickets a run may need.
pub fn tickets(pace: Pace, length: Duration) -> usize {
    let seconds = usize::try_from(length.as_secs()).unwrap_or(600) + 1;
    match pace {
        Pace::Closed { .. } => MOST_PER_S * seconds,
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate")]
        Pace::Open { per_second } => (per_second * 1.3) as usize * seconds + 300,
    }
}

fn show(what: &str, rate: f64, tally: &Tally) {
    let all = &tally.all;
    eprintln!(
        "  docde    {what:<44} {rate:>8.0}/s  outcome p50 {:>7.1} p99 {:>7.1} ms  429 {} 503 {} failed {} refused {}",
        percentile_ms(&all.answers, 50),
        percentile_ms(&all.answers, 99),
        all.busy,
        all.unavailable,
        all.failed,
        all.refused + all.decided - all.created,
    );
}
