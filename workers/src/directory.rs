//! Doctors as the rules see them, kept for some seconds. A change of a schedule is seen by then.

use domain::ids::DoctorId;
use domain::world::Doctor;
use platform::directory_store;
use sqlx::MySqlPool;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One that was not there is looked for again sooner.
const ABSENT_FOR: Duration = Duration::from_secs(1);
/// Doctors held; beyond it the oldest half is let go.
const MOST: usize = 50_000;

type Entries = HashMap<DoctorId, (Instant, Option<Arc<Doctor>>)>;

/// The cache.
pub struct Directory {
    pool: MySqlPool,
    fresh_for: Duration,
    entries: Mutex<Entries>,
}

impl Directory {
    pub fn new(pool: MySqlPool, fresh_for: Duration) -> Self {
        Self { pool, fresh_for, entries: Mutex::default() }
    }

    /// The doctors of these ids that exist.
    pub async fn doctors(
        &self,
        ids: &[DoctorId],
    ) -> Result<HashMap<DoctorId, Arc<Doctor>>, sqlx::Error> {
        let stale: Vec<DoctorId> = {
            let entries = self.entries();
            let limit =
                |known: bool| if known { self.fresh_for } else { self.fresh_for.min(ABSENT_FOR) };
            let is_stale = |id: &DoctorId| {
                entries.get(id).is_none_or(|(at, doctor)| at.elapsed() > limit(doctor.is_some()))
            };
            ids.iter().copied().filter(is_stale).collect()
        };
        if !stale.is_empty() {
            let found = directory_store::doctors(&self.pool, &stale).await?;
            self.remember(&stale, found);
        }
        let entries = self.entries();
        Ok(ids.iter().filter_map(|id| Some((*id, entries.get(id)?.1.clone()?))).collect())
    }

    fn remember(&self, asked: &[DoctorId], found: Vec<Doctor>) {
        let now = Instant::now();
        let mut entries = self.entries();
        if entries.len() > MOST {
            entries.retain(|_, (at, _)| at.elapsed() <= self.fresh_for);
        }
        entries.extend(asked.iter().map(|id| (*id, (now, None))));
        entries.extend(found.into_iter().map(|doctor| (doctor.id, (now, Some(Arc::new(doctor))))));
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
