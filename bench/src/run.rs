//! `docde-bench run`: each load against the system and against the baseline in the same run, then the audit.

use platform::Failure;
use platform::config::Env;
use sqlx::MySqlPool;
use sqlx::mysql::MySqlPoolOptions;
use std::sync::Arc;
use std::time::Duration;

use crate::arguments::{Load, RunArguments, Side};
use crate::baseline::sweep::{Score, Sweep};
use crate::baseline::tables_store;
use crate::line::setting::Line;
use crate::measure::Measure;
use crate::opening::{baseline_side, system_side};
use crate::prepared::Bench;
use crate::report::{Report, Row};
use crate::slot_picker::Demand;
use crate::system::{self, Layout};
use crate::targets::Targets;
use crate::{files, line, report_tables};

/// Doctors whose day is taken before the sold-out load, and slots of each: 200 full days.
const SOLD_OUT: (usize, u32) = (200, 36);

/// What the load asks for. Sold out: the times are taken first, through the system itself if it is measured.
async fn demand(
    bench: &Bench,
    load: Load,
    measure: Option<&Measure<'_>>,
) -> Result<Arc<Demand>, Failure> {
    Ok(Arc::new(match load {
        Load::Uniform | Load::Opening | Load::Line | Load::LineFive | Load::LineSockets => {
            Demand::Uniform
        }
        Load::Skewed => Demand::skewed(bench.world.doctors.len())?,
        Load::SoldOut => {
            let taken = bench.slot_picker.set_aside(SOLD_OUT.0, SOLD_OUT.1);
            if let Some(measure) = measure {
                measure.take(Arc::new(bench.slot_picker.to_take(&taken, 64))).await?;
            }
            Demand::SoldOut(taken)
        }
    }))
}

/// Runs the loads. True when nothing was lost, nothing twice, and every audit green.
pub async fn run(env: Env, arguments: &RunArguments) -> Result<bool, Failure> {
    let with_system = arguments.side != Side::Baseline;
    make_ready(&env, arguments).await?;
    let bench = Bench::prepare(env, arguments.size()).await?;
    let direct = Direct::prepare(&bench.env, arguments).await?;
    let via =
        if with_system { Targets::direct(&bench.env)?.via } else { "the system was not measured" };
    let mut report =
        Report { via: via.to_owned(), seconds: arguments.seconds, ..Report::default() };
    let mut uniform: Option<Score> = None;
    for load in arguments.loads() {
        eprintln!("{}:", load.name());
        if load.is_of_line() {
            report.loads.push(direct.line(&bench.env, load).await?);
            continue;
        }
        let measure =
            Measure { bench: &bench, length: direct.length, layout: Layout::present(&bench.env) };
        let demand = demand(&bench, load, with_system.then_some(&measure)).await?;
        let mut row = if !with_system {
            Row::of_baseline(load.name())
        } else if load == Load::Opening {
            system_side::load(&measure, arguments.crowd()).await?
        } else {
            measure.load(load, &demand).await?
        };
        if arguments.side != Side::Docde {
            let sweep = direct.sweep(&bench, &demand);
            if load == Load::Opening {
                baseline_side::against(&mut row, &sweep, arguments.crowd()).await?;
            } else {
                let best = sweep.best().await?;
                row.against(&best);
                uniform = uniform.or(Some(best).filter(|_| load == Load::Uniform));
            }
            tables_store::empty(&direct.pool).await?;
        }
        report.loads.push(row);
    }
    if arguments.matrix && with_system {
        matrix(&bench, arguments, direct.length, uniform.as_ref(), &mut report).await?;
    }
    report_tables::print(&report);
    if let Some(path) = &arguments.json {
        report.write(path)?;
    }
    Ok(report.loads.iter().all(Row::is_sound))
}

/// Opens as many files as the loads need, and starts the system where it is measured.
async fn make_ready(env: &Env, arguments: &RunArguments) -> Result<(), Failure> {
    if arguments.loads().contains(&Load::Opening) {
        files::need(arguments.connections)?;
    }
    if arguments.loads().contains(&Load::LineSockets) {
        files::need(arguments.sockets + arguments.lines)?;
    }
    if arguments.side != Side::Baseline && env.optional("DOCDE_DEV").is_some() {
        system::up(env, first_layout(env)).await?;
    }
    Ok(())
}

/// The baseline's place and how long it is driven.
struct Direct<'a> {
    over: &'a RunArguments,
    url: String,
    pool: MySqlPool,
    length: Duration,
}

impl<'a> Direct<'a> {
    async fn prepare(env: &Env, over: &'a RunArguments) -> Result<Self, Failure> {
        let url = tables_store::prepare(env).await?;
        let pool = MySqlPoolOptions::new().max_connections(2).connect(&url).await?;
        Ok(Self { over, url, pool, length: Duration::from_secs(over.seconds) })
    }

    /// A load of lines, in a world of its own.
    async fn line(&self, env: &Env, load: Load) -> Result<Row, Failure> {
        let line = Line::prepare(env, self.over, &self.url, &self.pool).await?;
        let row = line::row(&line, load).await?;
        tables_store::empty(&self.pool).await?;
        Ok(row)
    }

    fn sweep<'s>(&'s self, bench: &'s Bench, demand: &'s Arc<Demand>) -> Sweep<'s> {
        Sweep {
            env: &bench.env,
            url: &self.url,
            pool: &self.pool,
            world: &bench.world,
            demand,
            length: self.length,
            over: self.over,
        }
    }
}

fn first_layout(env: &Env) -> Layout {
    let present = Layout::present(env);
    Layout { workers: present.workers.max(1), ..present }
}

/// Uniform load with other numbers of workers and other batch sizes, against the same baseline.
async fn matrix(
    bench: &Bench,
    arguments: &RunArguments,
    length: Duration,
    baseline: Option<&Score>,
    report: &mut Report,
) -> Result<(), Failure> {
    let before = first_layout(&bench.env);
    for workers in &arguments.workers_list {
        for batch in &arguments.batches {
            let layout = Layout { workers: *workers, batch: *batch };
            system::up(&bench.env, layout).await?;
            eprintln!("uniform, {workers} workers, batches of {batch}:");
            let measure = Measure { bench, length, layout };
            let mut row = measure.load(Load::Uniform, &Arc::new(Demand::Uniform)).await?;
            if let Some(baseline) = baseline {
                row.against(baseline);
            }
            report.loads.push(row);
        }
    }
    system::up(&bench.env, before).await
}
