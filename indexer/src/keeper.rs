//! Keeps the indexes right: finds out which there are, writes what has changed, and gives the alias to one in the making
//! once that has everything. Everything is decided by what the engine and the database have, so it may die anywhere.

use domain::ids::HospitalId;
use platform::clock::Clock;
use platform::retry::Retry;
use platform::search::{Client, SearchError, document, facts_store, revision_store};
use platform::{Failure, metrics};
use sqlx::MySqlPool;
use std::time::{Duration, Instant};

use crate::changes::Changes;
use crate::target::Target;

/// Hospitals of one round.
const AT_ONCE: usize = 200;
/// How often the engine is asked which indexes there are.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longest that a round is waited for: the clock may be another than the host's.
const TICK: Duration = Duration::from_millis(200);
/// All revisions are compared so often, and never for more than a part of the time: one in so many.
const COMPARE_EVERY: Duration = Duration::from_millis(500);
const COMPARE_SHARE: u32 = 25;
/// An index that nobody searches any more is kept so long, for searches under way.
const KEEP_OLD: Duration = Duration::from_secs(5);

/// The keeper of all indexes.
pub struct Keeper {
    client: Client,
    pool: MySqlPool,
    clock: Clock,
    changes: Changes,
    targets: Vec<Target>,
    look_at: Instant,
    compare_at: Instant,
    /// Since when nothing has waited.
    behind_since: Option<Instant>,
    old: Vec<(String, Instant)>,
    retry: Retry,
    pause: Option<Duration>,
}

impl Keeper {
    pub fn new(client: Client, pool: MySqlPool, clock: Clock, changes: Changes) -> Self {
        let now = Instant::now();
        Self {
            client,
            pool,
            clock,
            changes,
            targets: Vec::new(),
            look_at: now,
            compare_at: now,
            behind_since: None,
            old: Vec::new(),
            retry: Retry::new("keeping the search index"),
            pause: None,
        }
    }

    /// One round. What fails is tried again in the next.
    pub async fn round(&mut self) {
        self.pause = match self.try_round().await {
            Ok(()) => {
                self.retry.worked();
                None
            }
            Err(error) => {
                self.look_at = Instant::now();
                Some(self.retry.failed(&error))
            }
        };
        self.measure();
    }

    /// Until there is something to do.
    pub async fn wait(&self) {
        match self.pause {
            Some(pause) => tokio::time::sleep(pause).await,
            None if self.targets.iter().any(|target| target.waiting() > 0) => {}
            None => tokio::select! {
                () = self.changes.added() => {}
                () = tokio::time::sleep(TICK) => {}
            },
        }
    }

    async fn try_round(&mut self) -> Result<(), Failure> {
        if self.look_at <= Instant::now() {
            self.look().await?;
            self.look_at = Instant::now() + LOOK_EVERY;
        }
        if self.compare_at <= Instant::now() || self.changes.take_compare() {
            self.compare().await?;
        }
        loop {
            let changed = self.changes.take(AT_ONCE);
            if changed.is_empty() {
                break;
            }
            self.targets.iter_mut().for_each(|target| target.want(changed.iter().copied()));
        }
        let now = self.clock.now();
        for index in 0..self.targets.len() {
            self.targets[index].fall_due(now);
            self.write(index).await?;
        }
        self.finish_making().await
    }

    /// Finds the indexes: makes one where none is right, reads what is in one that is new here.
    async fn look(&mut self) -> Result<(), Failure> {
        let mut found = self.client.indexes().await?;
        if !found.iter().any(|index| index.current) {
            let number = self.clock.now().timestamp_millis();
            let name = self.client.make_index(number).await?;
            tracing::info!(index = name, "a new search index is made");
            found = self.client.indexes().await?;
        }
        let live = found.iter().rposition(|index| index.live);
        // What is older than the live one has had its time.
        let kept = |at: usize| found[at].current && live.is_none_or(|live| at >= live);
        let (kept, old): (Vec<_>, Vec<_>) =
            (0..found.len()).partition(|at| kept(*at) || found[*at].live);
        self.remove_old(old.into_iter().map(|at| found[at].name.clone()).collect()).await?;
        self.targets.retain(|target| kept.iter().any(|at| found[*at].name == target.name));
        for index in kept.into_iter().map(|at| &found[at]).filter(|index| index.current) {
            if let Some(target) = self.targets.iter_mut().find(|target| target.name == index.name) {
                target.live = index.live;
                continue;
            }
            let known = self.client.kept(&index.name, false).await?;
            tracing::info!(
                index = index.name,
                live = index.live,
                hospitals = known.len(),
                "search index found"
            );
            self.targets.push(Target::new(index.name.clone(), index.live, known));
            self.compare_at = Instant::now();
        }
        Ok(())
    }

    async fn remove_old(&mut self, names: Vec<String>) -> Result<(), SearchError> {
        self.old.retain(|(name, _)| names.contains(name));
        for name in names {
            match self.old.iter().find(|(known, _)| *known == name) {
                Some((_, since)) if since.elapsed() > KEEP_OLD => {
                    tracing::info!(index = name, "an old search index is removed");
                    self.client.remove_index(&name).await?;
                }
                Some(_) => {}
                None => self.old.push((name, Instant::now())),
            }
        }
        Ok(())
    }

    async fn compare(&mut self) -> Result<(), sqlx::Error> {
        let from = Instant::now();
        let revisions = revision_store::revisions(&self.pool).await?;
        self.targets.iter_mut().for_each(|target| target.compare(&revisions));
        self.compare_at = Instant::now() + (from.elapsed() * COMPARE_SHARE).max(COMPARE_EVERY);
        Ok(())
    }

    /// Writes some of what waits for an index.
    async fn write(&mut self, index: usize) -> Result<(), Failure> {
        let ids: Vec<HospitalId> = self.targets[index].first_waiting(AT_ONCE);
        if ids.is_empty() {
            return Ok(());
        }
        // Before anything is read: whoever reads later is newer.
        let now = self.clock.now();
        let facts = facts_store::hospitals(&self.pool, &ids, now).await?;
        let documents = facts.iter().map(|facts| document(facts, now)).collect();
        self.targets[index].write(&self.client, &ids, documents, now).await?;
        Ok(())
    }

    /// An index in the making that has everything gets the alias. All is compared once more before that.
    async fn finish_making(&mut self) -> Result<(), Failure> {
        let is_done = |target: &Target| !target.live && target.waiting() == 0;
        let Some(index) = self.targets.iter().rposition(is_done) else { return Ok(()) };
        self.compare().await?;
        if self.targets[index].waiting() > 0 {
            return Ok(());
        }
        let name = self.targets[index].name.clone();
        self.client.refresh(&name).await?;
        self.client.make_live(&name).await?;
        tracing::info!(index = name, "searches go to this index from now on");
        for target in &mut self.targets {
            target.live = target.name == name;
        }
        self.look_at = Instant::now();
        Ok(())
    }

    fn measure(&mut self) {
        let mut waits = self.targets.is_empty();
        for (live, label) in [(true, "live"), (false, "making")] {
            let of = self.targets.iter().filter(|target| target.live == live);
            let waiting: usize = of.map(Target::waiting).sum();
            waits |= live && waiting > 0;
            let waiting = i64::try_from(waiting).unwrap_or(i64::MAX);
            metrics::INDEX_WAITING.with_label_values(&[label]).set(waiting);
        }
        let parked: usize =
            self.targets.iter().filter(|target| target.live).map(Target::parked).sum();
        metrics::INDEX_PARKED.set(i64::try_from(parked).unwrap_or(i64::MAX));
        let since = waits.then(|| *self.behind_since.get_or_insert_with(Instant::now));
        self.behind_since = since;
        let behind = since.map_or(0, |since| since.elapsed().as_millis());
        metrics::INDEX_BEHIND.set(i64::try_from(behind).unwrap_or(i64::MAX));
    }
}
