//! Doctors with their schedules and hospitals with their zones, as the database has them, for ingress and workers. What
//! is asked for at the same moment is read together. An entry is read again in the background before it is too old, so
//! that few wait for it; while the database is away it is served as it is. The number of entries is bounded.

use domain::directory::Doctor;
use domain::ids::{DoctorId, HospitalId};
use domain::time::Zone;
use quick_cache::sync::Cache;
use sqlx::MySqlPool;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

use crate::config::{ConfigError, Env};
use crate::crash;

pub mod store;

/// One that was not there is looked for again after this.
const ABSENT_FOR: Duration = Duration::from_secs(1);
/// Longest that a caller waits for a reading.
const READ_TIMEOUT: Duration = Duration::from_secs(3);
/// Doctors, and hospitals, held at most.
const MAX_ENTRIES: usize = 50_000;
/// Doctors that wait to be read.
const MAX_WAITING: usize = 50_000;
/// Doctors read in one go.
const MAX_AT_ONCE: usize = 256;

/// `DOCDE_DIRECTORY_MS` (10000): how old a schedule may be that is gone by. A change of one takes effect by then.
/// At 4,000 bookings a second over 2,000 doctors, one second cost as many readings as there were bookings.
pub fn fresh_for(env: &Env) -> Result<Duration, ConfigError> {
    env.millis("DOCDE_DIRECTORY_MS", 10_000)
}

/// Schedules cannot be read, and none is known.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("schedules cannot be read")]
pub struct Unreadable;

/// Known doctors and hospitals, and those known not to be.
pub struct Directory {
    known: Arc<KnownDoctors>,
    zones: Cache<HospitalId, (Instant, Option<Zone>)>,
    queue: mpsc::Sender<Wanted>,
    pool: MySqlPool,
    fresh_for: Duration,
}

struct KnownDoctors {
    entries: Cache<DoctorId, Arc<Entry>>,
    /// The last reading failed.
    failing: AtomicBool,
}

struct Entry {
    doctor: Option<Arc<Doctor>>,
    read: Instant,
    /// Somebody has asked for it to be read again.
    asked: AtomicBool,
    /// It is known to have changed since.
    changed: AtomicBool,
}

struct Wanted {
    id: DoctorId,
    reply: Option<oneshot::Sender<Option<Arc<Doctor>>>>,
}

/// What is known of a doctor without a reading.
enum Look {
    /// Good enough to go by.
    Fresh(Option<Arc<Doctor>>),
    /// Too old; it serves if no reading comes.
    Old(Option<Arc<Doctor>>),
    Unknown,
}

impl Directory {
    /// With the task that reads, to be spawned.
    pub fn new(
        pool: MySqlPool,
        fresh_for: Duration,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (queue, wanted) = mpsc::channel(MAX_WAITING);
        let entries = Cache::new(MAX_ENTRIES);
        let known = Arc::new(KnownDoctors { entries, failing: AtomicBool::new(false) });
        let reading = read(Arc::clone(&known), pool.clone(), wanted);
        (Self { known, zones: Cache::new(MAX_ENTRIES), queue, pool, fresh_for }, reading)
    }

    /// The doctor; `None`: there is no such, or none with a schedule.
    pub async fn doctor(&self, id: DoctorId) -> Result<Option<Arc<Doctor>>, Unreadable> {
        match self.look(id) {
            Look::Fresh(doctor) => Ok(doctor),
            Look::Old(doctor) => Ok(self.ask(id).await.unwrap_or(doctor)),
            Look::Unknown => self.ask(id).await.ok_or(Unreadable),
        }
    }

    /// Those of these doctors that there are.
    pub async fn doctors(
        &self,
        ids: &BTreeSet<DoctorId>,
    ) -> Result<HashMap<DoctorId, Arc<Doctor>>, Unreadable> {
        let (mut found, mut unread) = (HashMap::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match self.look(*id) {
                Look::Fresh(doctor) => found.extend(doctor.map(|doctor| (*id, doctor))),
                Look::Old(_) | Look::Unknown => unread.push(*id),
            }
        }
        // All readings are asked for before the first is waited for, so that they are made in one.
        let reading = unread.into_iter().map(|id| async move { Ok((id, self.doctor(id).await?)) });
        let read = futures_util::future::try_join_all(reading).await?;
        found.extend(read.into_iter().filter_map(|(id, doctor)| Some((id, doctor?))));
        Ok(found)
    }

    /// Schedules of the hospital have changed: whoever asks for one waits for a reading, as far as there is one.
    pub fn changed(&self, hospital: HospitalId) {
        for (_, entry) in self.known.entries.iter() {
            if entry.doctor.as_ref().is_some_and(|doctor| doctor.hospital_id == hospital) {
                entry.changed.store(true, Relaxed);
            }
        }
    }

    /// The doctors of these hospitals, as they are now.
    pub async fn doctors_of(
        &self,
        hospitals: &[HospitalId],
    ) -> Result<Vec<(HospitalId, DoctorId)>, sqlx::Error> {
        store::doctors_of(&self.pool, hospitals).await
    }

    /// The zones of those of these hospitals that there are.
    pub async fn zones(
        &self,
        ids: &[HospitalId],
    ) -> Result<HashMap<HospitalId, Zone>, sqlx::Error> {
        let fresh = |at: Instant, known: bool| {
            at.elapsed() <= if known { self.fresh_for } else { ABSENT_FOR }
        };
        let (mut zones, mut unknown) = (HashMap::new(), Vec::new());
        for id in ids {
            match self.zones.get(id) {
                Some((at, zone)) if fresh(at, zone.is_some()) => {
                    zones.extend(zone.map(|zone| (*id, zone)));
                }
                _ => unknown.push(*id),
            }
        }
        let read = store::zones(&self.pool, &unknown).await?;
        for id in unknown {
            self.zones.insert(id, (Instant::now(), read.get(&id).copied()));
        }
        zones.extend(read);
        Ok(zones)
    }

    /// What is known; an entry that is growing old is asked for in the background.
    fn look(&self, id: DoctorId) -> Look {
        let Some(entry) = self.known.entries.get(&id) else { return Look::Unknown };
        let age = entry.read.elapsed();
        let limit =
            if entry.doctor.is_some() { self.fresh_for } else { self.fresh_for.min(ABSENT_FOR) };
        if age > limit * 4 / 5 && !entry.asked.swap(true, Relaxed) {
            let _ = self.queue.try_send(Wanted { id, reply: None });
        }
        let is_fresh = age <= limit && !entry.changed.load(Relaxed);
        if is_fresh || self.known.failing.load(Relaxed) {
            Look::Fresh(entry.doctor.clone())
        } else {
            Look::Old(entry.doctor.clone())
        }
    }

    /// `None`: nothing was read in time.
    async fn ask(&self, id: DoctorId) -> Option<Option<Arc<Doctor>>> {
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Wanted { id, reply: Some(reply) }).ok()?;
        tokio::time::timeout(READ_TIMEOUT, answer).await.ok()?.ok()
    }
}

async fn read(known: Arc<KnownDoctors>, pool: MySqlPool, mut queue: mpsc::Receiver<Wanted>) {
    let mut batch = Vec::with_capacity(MAX_AT_ONCE);
    crash::round("directory");
    while queue.recv_many(&mut batch, MAX_AT_ONCE).await > 0 {
        crash::round("directory");
        let ids: BTreeSet<DoctorId> = batch.iter().map(|wanted| wanted.id).collect();
        let ids: Vec<DoctorId> = ids.into_iter().collect();
        let loaded = store::doctors(&pool, &ids).await;
        known.failing.store(loaded.is_err(), Relaxed);
        match loaded {
            Ok(doctors) => answer(&known, &ids, doctors, &mut batch),
            Err(error) => {
                tracing::warn!(%error, doctors = ids.len(), "reading schedules failed");
                // Whoever waits sees its reply dropped; whoever has an old entry asks again.
                for id in batch.drain(..).map(|wanted| wanted.id) {
                    if let Some(entry) = known.entries.get(&id) {
                        entry.asked.store(false, Relaxed);
                    }
                }
            }
        }
    }
}

fn answer(known: &KnownDoctors, ids: &[DoctorId], doctors: Vec<Doctor>, batch: &mut Vec<Wanted>) {
    let found: HashMap<DoctorId, Arc<Doctor>> =
        doctors.into_iter().map(|doctor| (doctor.id, Arc::new(doctor))).collect();
    for id in ids {
        let entry = Entry {
            doctor: found.get(id).cloned(),
            read: Instant::now(),
            asked: AtomicBool::new(false),
            changed: AtomicBool::new(false),
        };
        known.entries.insert(*id, Arc::new(entry));
    }
    for Wanted { id, reply } in batch.drain(..) {
        if let Some(reply) = reply {
            let _ = reply.send(found.get(&id).cloned());
        }
    }
}
