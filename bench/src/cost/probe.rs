//! The readings around one run. The slow ones are taken outside of the quick ones: asking the broker starts a program, which
//! must not be counted as the run's.

use platform::Failure;
use platform::config::Env;
use sqlx::MySqlPool;
use std::collections::BTreeMap;

use super::batches::{self, Batches};
use super::counters_store::{self, DatabaseCounters};
use super::processes::{self, Times, Watched};
use super::{Cost, broker_syncs};
use crate::targets::{run_dir, run_files};

const GENERATOR: &str = "generator";
const DATABASE: &str = "mariadbd";
const BROKER: &str = "rabbitmq";

/// What is read.
pub struct Probe<'a> {
    env: &'a Env,
    pool: &'a MySqlPool,
    watched: Vec<Watched>,
    /// Health listeners of the workers; empty on the baseline's side, which has neither workers nor broker.
    workers: Vec<String>,
    with_broker: bool,
}

/// All counters at one moment.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Reading {
    times: Times,
    database: DatabaseCounters,
    batches: Batches,
    broker_syncs: Option<u64>,
}

impl<'a> Probe<'a> {
    /// Of the running system: every process that has a run file.
    pub fn of_system(env: &'a Env, pool: &'a MySqlPool) -> Self {
        let run = run_dir(env);
        let run = run.as_deref();
        let health = |(_, facts): (String, serde_json::Value)| {
            facts.get("health").and_then(|health| health.as_str()).map(str::to_owned)
        };
        let workers = run.map(|run| run_files(run, "workers")).unwrap_or_default();
        Self {
            env,
            pool,
            watched: run.map(processes::of_set).unwrap_or_default(),
            workers: workers.into_iter().filter_map(health).collect(),
            with_broker: true,
        }
        .with_generator()
    }

    /// Of the baseline: its own process and the database. What the idle system does meanwhile is not its own.
    pub fn of_baseline(env: &'a Env, pool: &'a MySqlPool, pid: Option<u32>) -> Self {
        let set = run_dir(env).map(|run| processes::of_set(&run)).unwrap_or_default();
        let mut watched: Vec<_> =
            set.into_iter().filter(|process| process.name == DATABASE).collect();
        watched.extend(pid.map(|pid| Watched {
            name: "baseline".to_owned(),
            pid,
            with_children: true,
        }));
        Self { env, pool, watched, workers: Vec::new(), with_broker: false }.with_generator()
    }

    /// Its children are the baseline, which is counted by itself, and the audit, which does not run meanwhile.
    fn with_generator(mut self) -> Self {
        let (name, pid) = (GENERATOR.to_owned(), std::process::id());
        self.watched.push(Watched { name, pid, with_children: false });
        self
    }

    /// Right before a run.
    pub async fn before(&self) -> Result<Reading, Failure> {
        let (broker_syncs, batches) = (self.broker().await, batches::read(&self.workers).await);
        let database = counters_store::read(self.pool).await?;
        let times = processes::times(&self.watched);
        Ok(Reading { times, database, batches, broker_syncs })
    }

    /// Right after it.
    pub async fn after(&self) -> Result<Reading, Failure> {
        let times = processes::times(&self.watched);
        let database = counters_store::read(self.pool).await?;
        let (batches, broker_syncs) = (batches::read(&self.workers).await, self.broker().await);
        Ok(Reading { times, database, batches, broker_syncs })
    }

    async fn broker(&self) -> Option<u64> {
        if self.with_broker { broker_syncs::read(self.env).await } else { None }
    }
}

/// What each of `count` took between the two. Nothing, where there were none.
pub fn cost(before: &Reading, after: &Reading, count: u64) -> Cost {
    if count == 0 {
        return Cost::default();
    }
    let each = |part: u64| rounded(part as f64 / count as f64);
    let mut cpu_us: BTreeMap<_, _> = after
        .times
        .iter()
        .map(|(name, used)| {
            let earlier = before.times.get(name).copied().unwrap_or(0);
            (name.clone(), each(used.saturating_sub(earlier)))
        })
        .collect();
    let generator_us = cpu_us.remove(GENERATOR).unwrap_or(0.0);
    let syncs = after.database.syncs.saturating_sub(before.database.syncs);
    let mut fdatasyncs = BTreeMap::from([(DATABASE.to_owned(), each(syncs))]);
    if let (Some(earlier), Some(later)) = (before.broker_syncs, after.broker_syncs) {
        fdatasyncs.insert(BROKER.to_owned(), each(later.saturating_sub(earlier)));
    }
    let statements = after.database.statements.saturating_sub(before.database.statements);
    let batches = after.batches.committed - before.batches.committed;
    let a_batch = |part: f64| (batches > 0.0).then(|| rounded(part / batches));
    Cost {
        cpu_us,
        generator_us,
        fdatasyncs,
        statements_per_batch: a_batch(statements as f64),
        commands_per_batch: a_batch(after.batches.commands - before.batches.commands),
        batches_again: after.batches.again - before.batches.again,
    }
}

/// To a thousandth: a booking's share of a flush is small.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(worker: u64, generator: u64, syncs: u64, statements: u64, batches: f64) -> Reading {
        let times = [("workers".to_owned(), worker), (GENERATOR.to_owned(), generator)].into();
        let batches =
            Batches { committed: batches, commands: batches * 50.0, again: batches * 2.0 };
        let database = DatabaseCounters { syncs, statements };
        Reading { times, database, batches, broker_syncs: Some(syncs * 2) }
    }

    #[test]
    fn a_booking_s_share_is_the_difference_by_the_count() {
        let (before, after) =
            (reading(1_000, 500, 10, 100, 4.0), reading(21_000, 2_500, 60, 160, 6.0));
        let cost = cost(&before, &after, 100);
        assert_eq!(cost.cpu_us, [("workers".to_owned(), 200.0)].into());
        assert!((cost.generator_us - 20.0).abs() < 1e-9, "apart from what it measures");
        assert_eq!(cost.fdatasyncs, [(DATABASE.to_owned(), 0.5), (BROKER.to_owned(), 1.0)].into());
        assert_eq!(cost.statements_per_batch, Some(30.0));
        assert_eq!(cost.commands_per_batch, Some(50.0));
        assert!((cost.batches_again - 4.0).abs() < 1e-9);
    }

    #[test]
    fn without_bookings_or_batches_nothing_is_divided() {
        let same = reading(1_000, 500, 10, 100, 4.0);
        assert_eq!(cost(&same, &same, 0), Cost::default());
        let cost = cost(&same, &same, 10);
        assert_eq!((cost.statements_per_batch, cost.commands_per_batch), (None, None));
    }

    #[test]
    fn a_broker_that_does_not_say_is_left_out() {
        let same = Reading { broker_syncs: None, ..reading(0, 0, 0, 0, 0.0) };
        let cost = cost(&same, &same, 1);
        assert!(!cost.fdatasyncs.contains_key(BROKER) && cost.fdatasyncs.contains_key(DATABASE));
    }
}
