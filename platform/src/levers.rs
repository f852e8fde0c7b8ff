//! Live levers: what an operator changes while the services run, with `docde levers`. Services read them from the
//! database once a second and keep the last known ones while it is away. Nothing is sent: a service that was not there
//! learns of them at its start, before it serves.

use chrono::TimeDelta;
use domain::code::Code;
use domain::ids::HospitalId;
use domain::partition::PartitionId;
use domain::pauses::{Pause, Pauses};
use domain::rejection::Rejection;
use domain::time::Timestamp;
use sqlx::MySqlPool;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::lever::Lever;
use crate::levers_store::{self, SetLever};
use crate::tasks::Tasks;
use crate::{crash, metrics, retry};

/// Between two readings.
const READ_EVERY: Duration = Duration::from_secs(1);
/// How long a pause that is over is remembered, for the time to live of what was accepted before it.
const PAUSES_KEPT: TimeDelta = TimeDelta::days(7);

/// The levers as they were last read. Cheap to clone; clones see the same.
#[derive(Clone, Debug)]
pub struct Levers {
    clock: Clock,
    known: watch::Receiver<Arc<Known>>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Known {
    /// The value, and when it ends by itself.
    set: BTreeMap<Lever, (u64, Option<Timestamp>)>,
    pauses: Vec<(Lever, Pause)>,
}

impl Default for Levers {
    /// None is set, and none ever will be.
    fn default() -> Self {
        let (_, known) = watch::channel(Arc::default());
        Self { clock: Clock::host(), known }
    }
}

impl Levers {
    /// Reads them, waiting for the database, and goes on reading. None is set where the service is stopped before.
    pub async fn start(pool: &MySqlPool, clock: &Clock, tasks: &Tasks) -> Self {
        let read = || async { levers_store::read(pool, clock.now() - PAUSES_KEPT).await };
        let first = retry::until_it_works("reading the levers", read);
        let first = tokio::select! {
            first = first => first,
            () = tasks.shutdown().stopping() => Vec::new(),
        };
        let (sender, known) = watch::channel(Arc::new(Known::of(first)));
        let levers = Self { clock: clock.clone(), known };
        tasks.spawn("levers", levers.clone().follow(pool.clone(), sender));
        levers
    }

    async fn follow(self, pool: MySqlPool, sender: watch::Sender<Arc<Known>>) {
        let mut retry = retry::Retry::new("reading the levers");
        let mut shown = BTreeSet::new();
        loop {
            crash::round("levers");
            self.show(&mut shown);
            tokio::time::sleep(READ_EVERY).await;
            match levers_store::read(&pool, self.clock.now() - PAUSES_KEPT).await {
                Ok(rows) => {
                    retry.worked();
                    let new = Arc::new(Known::of(rows));
                    sender.send_if_modified(|known| {
                        let changed = **known != *new;
                        *known = new;
                        changed
                    });
                }
                Err(error) => drop(retry.failed(&error)),
            }
        }
    }

    /// Shows those that are set as metrics, and stops showing those that were.
    fn show(&self, shown: &mut BTreeSet<Lever>) {
        let known = self.known.borrow().clone();
        let set: BTreeSet<Lever> =
            known.set.keys().copied().filter(|lever| self.value(*lever).is_some()).collect();
        for lever in &set {
            let value = i64::try_from(self.value(*lever).unwrap_or(0)).unwrap_or(i64::MAX);
            metrics::LEVERS.with_label_values(&[&lever.to_string()]).set(value);
        }
        for gone in shown.difference(&set) {
            let _ = metrics::LEVERS.remove_label_values(&[&gone.to_string()]);
        }
        if *shown != set {
            let names: Vec<String> = set.iter().map(ToString::to_string).collect();
            tracing::info!(levers = names.join(" "), "the levers that are set");
        }
        *shown = set;
    }

    /// The value that an operator has set and that has not ended.
    pub fn value(&self, lever: Lever) -> Option<u64> {
        self.present(lever).map(|(value, _)| value)
    }

    fn present(&self, lever: Lever) -> Option<(u64, Option<Timestamp>)> {
        let found = self.known.borrow().set.get(&lever).copied();
        found.filter(|(_, until)| until.is_none_or(|until| self.clock.now() < until))
    }

    /// The number that an operator has set, else the given one.
    pub fn number_or(&self, lever: Lever, configured: usize) -> usize {
        self.value(lever).and_then(|value| usize::try_from(value).ok()).unwrap_or(configured)
    }

    /// Why no new command of that kind is taken; with the end of the pause if it has one.
    pub fn refusal(&self, kind: &'static str) -> Option<Rejection> {
        let paused = [Lever::Drain, Lever::PauseKind(kind)].map(|lever| self.present(lever));
        let ends: Vec<_> = paused.into_iter().flatten().map(|(_, until)| until).collect();
        let last = ends.iter().copied().max()?;
        let lasts = ends.iter().any(Option::is_none);
        Some(Rejection { until: last.filter(|_| !lasts), ..Rejection::new(Code::Paused) })
    }

    /// Whether the commands of the partition wait.
    pub fn is_paused(&self, partition: PartitionId) -> bool {
        self.value(Lever::PausePartition(partition)).is_some()
    }

    /// Most commands of the hospital in one transaction; `None`: any number.
    pub fn admission(&self, hospital: HospitalId) -> Option<usize> {
        self.value(Lever::Admission(hospital)).and_then(|most| usize::try_from(most).ok())
    }

    /// The times in which commands of the partition were paused.
    pub fn pauses(&self, partition: PartitionId) -> Pauses {
        let of_it = |(lever, pause): &(Lever, Pause)| match lever {
            Lever::PausePartition(paused) if *paused != partition => None,
            _ => Some(*pause),
        };
        Pauses::new(self.known.borrow().pauses.iter().filter_map(of_it).collect())
    }
}

impl Known {
    /// What this build does not know was set by a newer one, and is not its business.
    fn of(rows: Vec<SetLever>) -> Self {
        let mut known = Self::default();
        for row in rows {
            let Some(lever) = row.name.parse::<Lever>().ok().filter(|lever| lever.takes(row.value))
            else {
                continue;
            };
            let kind = match lever {
                Lever::PauseKind(kind) => Some(Some(kind)),
                Lever::PausePartition(_) => Some(None),
                _ => None,
            };
            if let Some(kind) = kind {
                let until = row.until.into_iter().chain(row.ended_at).min();
                known.pauses.push((lever, Pause { kind, from: row.at, until }));
            }
            if row.ended_at.is_none() {
                known.set.insert(lever, (row.value, row.until));
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::from_millis;

    fn row(name: &str, value: u64, until: Option<i64>, ended_at: Option<i64>) -> SetLever {
        let (at, time) = (from_millis(0), |seconds: i64| from_millis(seconds * 1_000));
        SetLever {
            name: name.to_owned(),
            value,
            at,
            until: until.map(time),
            ended_at: ended_at.map(time),
        }
    }

    fn levers(rows: Vec<SetLever>) -> (Levers, Clock) {
        let (_, known) = watch::channel(Arc::new(Known::of(rows)));
        let clock = Clock::starting(from_millis(0), 0.0);
        (Levers { clock: clock.clone(), known }, clock)
    }

    #[test]
    fn what_is_set_holds_until_it_ends() {
        let (levers, clock) = levers(vec![
            row("batch", 7, Some(10), None),
            row("batch", 9, None, Some(5)),
            row("pause.p01", 1, None, None),
            row("a lever of tomorrow", 3, None, None),
            row("transactions", 0, None, None),
        ]);
        assert_eq!(levers.number_or(Lever::Batch, 256), 7);
        assert_eq!(levers.number_or(Lever::Transactions, 2), 2, "0 is no value of it");
        assert!(levers.is_paused(PartitionId::new(1)) && !levers.is_paused(PartitionId::new(0)));
        clock.advance(TimeDelta::seconds(10));
        assert_eq!(levers.number_or(Lever::Batch, 256), 256);
        assert_eq!(Levers::default().value(Lever::Drain), None);
    }

    #[test]
    fn a_kind_is_refused_for_as_long_as_anything_pauses_it() {
        let until = |rows| levers(rows).0.refusal("book").map(|rejection| rejection.until);
        let end = |seconds: i64| Some(Some(from_millis(seconds * 1_000)));
        assert_eq!(until(vec![row("pause.cancel", 1, None, None)]), None);
        assert_eq!(until(vec![row("pause.book", 1, Some(9), None)]), end(9));
        let drain = || row("drain", 1, Some(5), None);
        assert_eq!(until(vec![drain(), row("pause.book", 1, Some(9), None)]), end(9));
        assert_eq!(until(vec![drain(), row("pause.book", 1, None, None)]), Some(None));
    }

    #[test]
    fn pauses_of_other_partitions_do_not_count() {
        let (levers, _) = levers(vec![
            row("pause.p00", 1, None, Some(60)),
            row("pause.p01", 1, None, Some(120)),
            row("pause.book", 1, Some(30), Some(90)),
        ]);
        let paused = |partition| {
            let span = (from_millis(0), from_millis(600_000));
            levers.pauses(PartitionId::new(partition)).within("book", span).num_seconds()
        };
        assert_eq!((paused(0), paused(1), paused(2)), (60, 120, 30));
    }
}
