//! What is taken of a doctor's day, as far as it is known without asking the worker: a copy in this process
//! for half a second, dropped when the worker says that the day changed, over the cache in Redis, of which
//! a version before the change is not believed either. A day that is in neither is read from the database
//! in the background, once for all who want it.

use chrono::NaiveDate;
use domain::booking::slot_taken;
use domain::directory::{Doctor, DoctorDay};
use domain::ids::RequestId;
use domain::partition::PartitionId;
use domain::rejection::Rejection;
use domain::schedule::{Slot, Visit};
use domain::time::{self, Timestamp};
use platform::booking::availability::{self, CachedDay};
use platform::booking::taken_store::TimeRange;
use platform::crash;
use platform::kv::Kv;
use quick_cache::sync::Cache;
use sqlx::MySqlPool;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

use super::days_store::{self, Wanted};

/// How old a copy in this process may be.
const FRESH: Duration = Duration::from_millis(500);
/// Days copied at the same time.
const COPIES: usize = 20_000;
/// Days that wait to be warmed; beyond it the worker is asked all the longer.
const QUEUE: usize = 10_000;
/// Days read in one go.
const BATCH: usize = 32;

/// Epoch and revision.
type Version = (u64, u64);

/// The copies, and who fills the cache.
pub(crate) struct Days {
    copies: Cache<DoctorDay, Arc<DayCopy>>,
    /// The version that the worker spoke of last: what Redis holds is older where the worker's write failed.
    latest: Cache<DoctorDay, Version>,
    warming: Mutex<HashSet<DoctorDay>>,
    /// Days that were missed once: the next who asks has them warmed.
    missed: Cache<DoctorDay, ()>,
    queue: mpsc::Sender<Wanted>,
}

/// A day as it was read.
pub(crate) struct DayCopy {
    day: CachedDay,
    read: Instant,
    /// Its free slots by kind of visit, found when the first is refused: a day that is full is asked for again and again.
    free: [OnceLock<Vec<Slot>>; 2],
}

/// What a day says of a wish.
#[derive(Debug)]
pub(crate) enum SlotState {
    Free,
    /// The wish's own request has the time already.
    Own,
    Taken,
}

impl Days {
    /// With the task that warms, to be spawned.
    pub fn new(kv: Kv, database: MySqlPool) -> (Arc<Self>, impl Future<Output = ()>) {
        let (queue, wanted) = mpsc::channel(QUEUE);
        let days = Arc::new(Self {
            copies: Cache::new(COPIES),
            latest: Cache::new(COPIES),
            warming: Mutex::default(),
            missed: Cache::new(COPIES),
            queue,
        });
        (Arc::clone(&days), warm(days, kv, database, wanted))
    }

    /// The copy, if it is fresh and not of an owner before `epoch`.
    pub fn fresh<T>(
        &self,
        key: DoctorDay,
        epoch: u64,
        look: impl FnOnce(&DayCopy) -> T,
    ) -> Option<T> {
        let copy = self.copies.get(&key)?;
        (copy.read.elapsed() < FRESH && copy.day.epoch >= epoch).then(|| look(&copy))
    }

    /// Keeps what was read of a day; `None` where it is older than what the worker spoke of.
    pub fn keep(&self, key: DoctorDay, day: CachedDay) -> Option<Arc<DayCopy>> {
        if self.latest.get(&key).is_some_and(|latest| (day.epoch, day.revision) < latest) {
            return None;
        }
        let copy = Arc::new(DayCopy { day, read: Instant::now(), free: Default::default() });
        self.copies.insert(key, Arc::clone(&copy));
        Some(copy)
    }

    /// The day changed: it has this version now.
    pub fn changed(&self, key: DoctorDay, version: Version) {
        if self.latest.get(&key).is_none_or(|latest| latest < version) {
            self.latest.insert(key, version);
            self.copies.remove(&key);
        }
    }

    /// Has the day read into the cache, if it was missed before and is not being read. A day that is asked for once is not
    /// worth it: the worker that decides the wish writes the day as well.
    pub fn warm(&self, partition: PartitionId, doctor: &Doctor, day: NaiveDate) {
        if self.missed.get(&(doctor.id, day)).is_none() {
            return self.missed.insert((doctor.id, day), ());
        }
        let Some(wanted) = wanted(partition, doctor, day) else { return };
        if self.warming().insert((doctor.id, day)) && self.queue.try_send(wanted).is_err() {
            self.warming().remove(&(doctor.id, day));
        }
    }

    fn warming(&self) -> MutexGuard<'_, HashSet<DoctorDay>> {
        self.warming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DayCopy {
    /// What the day says of a slot wished for by `request` at `now`.
    pub fn judge(&self, slot: Slot, seats: u8, request: RequestId, now: Timestamp) -> SlotState {
        let taken = self.day.taken.at(now);
        if taken.overlapping(slot).any(|taken| taken.request_id == request) {
            SlotState::Own
        } else if taken.free_seat(slot, seats).is_some() {
            SlotState::Free
        } else {
            SlotState::Taken
        }
    }

    /// `SLOT_TAKEN` in the words of the worker.
    pub fn refusal(&self, doctor: &Doctor, slot: Slot, visit: Visit, now: Timestamp) -> Rejection {
        let free = match visit {
            Visit::First => &self.free[0],
            Visit::Return => &self.free[1],
        };
        let day = time::day_of(slot.starts_at, doctor.zone());
        let free = free.get_or_init(|| self.day.taken.free_slots(&doctor.schedule, day, visit));
        slot_taken(doctor, free, slot.starts_at, now)
    }
}

fn wanted(partition: PartitionId, doctor: &Doctor, day: NaiveDate) -> Option<Wanted> {
    Some(Wanted { partition, day, range: TimeRange::of_day(doctor, day)? })
}

/// Reads days and writes them to Redis, batch after batch, as long as anyone may ask.
async fn warm(days: Arc<Days>, kv: Kv, database: MySqlPool, mut queue: mpsc::Receiver<Wanted>) {
    let mut batch = Vec::with_capacity(BATCH);
    crash::round("days");
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        crash::round("days");
        match days_store::load(&database, &batch).await {
            Ok(read) => spread(&days, &kv, &batch, read).await,
            Err(error) => {
                tracing::warn!(%error, days = batch.len(), "warming the availability cache failed");
            }
        }
        let mut warming = days.warming();
        for wanted in batch.drain(..) {
            warming.remove(&(wanted.range.doctor, wanted.day));
        }
    }
}

async fn spread(days: &Days, kv: &Kv, batch: &[Wanted], read: Vec<CachedDay>) {
    let mut all: Vec<_> = batch
        .iter()
        .zip(read)
        .map(|(wanted, day)| (wanted.partition, (wanted.range.doctor, wanted.day, day)))
        .collect();
    all.sort_by_key(|(partition, _)| *partition);
    for of_one in all.chunk_by(|a, b| a.0 == b.0) {
        let list: Vec<_> = of_one.iter().map(|(_, day)| day.clone()).collect();
        if let Err(error) = availability::store(kv, of_one[0].0, &list).await {
            tracing::warn!(%error, "the availability cache takes nothing");
            return;
        }
    }
    for (_, (doctor, day, cached)) in all {
        days.keep((doctor, day), cached);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::booking::{Taken, TakenTime};
    use domain::ids::DoctorId;
    use domain::time::from_millis;

    #[tokio::test]
    async fn what_is_older_than_the_worker_said_is_not_believed() {
        let kv = Kv::from_env(&platform::config::Env::from_pairs([(
            "REDIS_URL".to_owned(),
            "redis://127.0.0.1:1".to_owned(),
        )]))
        .unwrap();
        let database = MySqlPool::connect_lazy("mysql://nobody@127.0.0.1:1/none").unwrap();
        let (days, _warming) = Days::new(kv, database);
        let key = (DoctorId::generate(), "2026-11-23".parse().unwrap());
        let day = |epoch, revision| CachedDay { epoch, revision, taken: TakenTime::default() };
        days.changed(key, (2, 7));
        assert!(days.keep(key, day(2, 6)).is_none() && days.keep(key, day(1, 9)).is_none());
        assert!(days.keep(key, day(2, 7)).is_some());
        days.changed(key, (2, 6));
        assert!(days.fresh(key, 0, |_| ()).is_some(), "an old word drops nothing");
        days.changed(key, (3, 1));
        assert!(days.fresh(key, 0, |_| ()).is_none());
    }

    #[test]
    fn ones_own_time_is_no_refusal() {
        let (mine, other) = (RequestId::generate(), RequestId::generate());
        let slot = Slot { starts_at: from_millis(10), ends_at: from_millis(20) };
        let taken = Taken {
            held_until: Some(from_millis(9)),
            seat: 0,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            request_id: mine,
        };
        let day = CachedDay { epoch: 1, revision: 1, taken: TakenTime::new(vec![taken]) };
        let day = DayCopy { day, read: Instant::now(), free: Default::default() };
        let judge = |seats, request, now| day.judge(slot, seats, request, from_millis(now));
        assert!(matches!(judge(1, mine, 8), SlotState::Own));
        assert!(matches!(judge(1, other, 8), SlotState::Taken));
        assert!(matches!(judge(2, other, 8), SlotState::Free));
        assert!(matches!(judge(1, other, 9), SlotState::Free), "a hold is over");
    }
}
