//! Doctors with their schedules, as the database has them, at most some seconds old. Those asked for at the
//! same moment are read together; one that is merely old is served while it is read again, and
//! while the database is away it is served as it is.

use domain::ids::DoctorId;
use domain::world::Doctor;
use platform::{crash, directory_store};
use quick_cache::sync::Cache;
use sqlx::MySqlPool;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

use crate::problem::Problem;

/// One that was not there is looked for again after this.
const ABSENT_FOR: Duration = Duration::from_secs(1);
/// Longest that an answer waits for that.
const PATIENCE: Duration = Duration::from_secs(3);
const ENTRIES: usize = 50_000;
const QUEUE: usize = 50_000;
/// Doctors read in one go.
const BATCH: usize = 200;

/// Known doctors, and those known not to be.
pub(crate) struct Directory {
    known: Arc<Known>,
    queue: mpsc::Sender<Wanted>,
    /// From this age on a doctor is read again in the background, from twice as old on before the answer.
    fresh_for: Duration,
}

struct Known {
    entries: Cache<DoctorId, Arc<Entry>>,
    /// The last reading failed.
    failing: AtomicBool,
}

struct Entry {
    doctor: Option<Arc<Doctor>>,
    read: Instant,
    /// Somebody has asked for it to be read again.
    asked: AtomicBool,
}

struct Wanted {
    id: DoctorId,
    reply: Option<oneshot::Sender<Option<Arc<Doctor>>>>,
}

impl Directory {
    /// With the task that reads, to be spawned.
    pub fn new(database: MySqlPool, fresh_for: Duration) -> (Self, impl Future<Output = ()>) {
        let (queue, wanted) = mpsc::channel(QUEUE);
        let known =
            Arc::new(Known { entries: Cache::new(ENTRIES), failing: AtomicBool::new(false) });
        (Self { known: Arc::clone(&known), queue, fresh_for }, read(known, database, wanted))
    }

    /// The doctor; `None`: there is no such, or no schedule.
    pub async fn get(&self, id: DoctorId) -> Result<Option<Arc<Doctor>>, Problem> {
        let known = self.known.entries.get(&id);
        if let Some(entry) = &known {
            let age = entry.read.elapsed();
            let old = if entry.doctor.is_some() {
                self.fresh_for
            } else {
                self.fresh_for.min(ABSENT_FOR)
            };
            if age > old && !entry.asked.swap(true, Relaxed) {
                let _ = self.queue.try_send(Wanted { id, reply: None });
            }
            if age <= old * 2 || self.known.failing.load(Relaxed) {
                return Ok(entry.doctor.clone());
            }
        }
        let (reply, answer) = oneshot::channel();
        if self.queue.try_send(Wanted { id, reply: Some(reply) }).is_ok()
            && let Ok(Ok(doctor)) = tokio::time::timeout(PATIENCE, answer).await
        {
            return Ok(doctor);
        }
        known
            .map(|entry| entry.doctor.clone())
            .ok_or_else(|| Problem::unavailable("schedules cannot be read"))
    }
}

async fn read(known: Arc<Known>, database: MySqlPool, mut queue: mpsc::Receiver<Wanted>) {
    let mut batch = Vec::with_capacity(BATCH);
    crash::round("directory");
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        crash::round("directory");
        let mut ids: Vec<_> = batch.iter().map(|wanted| wanted.id).collect();
        ids.sort_unstable();
        ids.dedup();
        let loaded = directory_store::doctors(&database, &ids).await;
        known.failing.store(loaded.is_err(), Relaxed);
        match loaded {
            Ok(doctors) => {
                let mut doctors: HashMap<_, _> =
                    doctors.into_iter().map(|doctor| (doctor.id, doctor)).collect();
                let found: Vec<_> =
                    ids.iter().map(|id| (*id, doctors.remove(id).map(Arc::new))).collect();
                for (id, doctor) in &found {
                    let entry = Entry {
                        doctor: doctor.clone(),
                        read: Instant::now(),
                        asked: AtomicBool::new(false),
                    };
                    known.entries.insert(*id, Arc::new(entry));
                }
                for wanted in batch.drain(..) {
                    let index = found.binary_search_by_key(&wanted.id, |(id, _)| *id);
                    if let (Some(reply), Ok(index)) = (wanted.reply, index) {
                        let _ = reply.send(found[index].1.clone());
                    }
                }
            }
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
