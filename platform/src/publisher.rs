//! Publishing commands. A few long-lived confirm channels, one task each; a queue always uses the
//! same one, so its commands keep their order. The desk's queues have a channel and a window of their own: the desk waits
//! for no confirm of the app's, and is not refused for its commands. In the quiet a command travels alone; while they come
//! thick, those of one queue share a message. Every command is answered: confirmed, surely not
//! taken, or not known. Memory is bounded by permits that come back by
//! themselves.

use domain::ids::DoctorId;
use domain::partition::{QueueId, QueueKind};
use domain::trace::TraceParent;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::broker::{Broker, Unconfirmed};
use crate::config::{ConfigError, Env};
use crate::lever::Lever;
use crate::levers::Levers;
use crate::metrics;
use crate::tasks::Tasks;

mod message;
mod pack;
pub mod sequence;
mod sequences;
mod task;

/// Most commands that may be held in memory.
const MAX_WINDOW: u64 = 10_000_000;

/// Settings.
#[derive(Clone, Debug)]
pub struct PublisherConfig {
    /// `DOCDE_PUBLISH_CHANNELS` (1): channels of bookings and tickets, each on its own connection. The desk has one more. With
    /// none, all goes by the desk's.
    pub channels: usize,
    /// `DOCDE_PUBLISH_IN_FLIGHT` (16): messages of a channel that wait for their confirm; what waits meanwhile is packed.
    pub in_flight: usize,
    /// `DOCDE_PUBLISH_PACK_MS` (16): how often a message of a partition goes while its commands come thick; those that come
    /// meanwhile share it. A command that comes alone never waits.
    pub pack: Duration,
    /// `DOCDE_PUBLISH_WINDOW` (20000): commands held in memory; beyond it callers are told BUSY. The desk's count apart.
    pub window: usize,
    /// `DOCDE_PUBLISH_REPEAT_MS` (15000): how long after a publisher said what is confirmed at a partition it says so again. A
    /// purged queue is seen within that time.
    pub repeat: Duration,
    /// `DOCDE_CONFIRM_TIMEOUT_MS` (8000): below twice the heartbeat, above any sane broker.
    pub confirm_timeout: Duration,
    /// What operators want in place of `in_flight` and `window`. None by default.
    pub levers: Levers,
}

impl PublisherConfig {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let number = |name, default, most| {
            env.number(name, default, 1..=most)
                .map(|value| usize::try_from(value).unwrap_or(usize::MAX))
        };
        Ok(Self {
            channels: number("DOCDE_PUBLISH_CHANNELS", 1, 16)?,
            in_flight: number("DOCDE_PUBLISH_IN_FLIGHT", 16, 4096)?,
            pack: env.millis("DOCDE_PUBLISH_PACK_MS", 16)?,
            window: number("DOCDE_PUBLISH_WINDOW", 20_000, MAX_WINDOW)?,
            repeat: env.millis("DOCDE_PUBLISH_REPEAT_MS", 15_000)?,
            confirm_timeout: env.millis("DOCDE_CONFIRM_TIMEOUT_MS", 8_000)?,
            levers: Levers::default(),
        })
    }

    /// Messages of a channel that may wait for their confirm now.
    fn in_flight(&self) -> usize {
        self.levers.number_or(Lever::PublishInFlight, self.in_flight)
    }

    /// Commands that may be held in memory now.
    fn window(&self) -> usize {
        self.levers.number_or(Lever::PublishWindow, self.window)
    }
}

/// Why a command was not confirmed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotPublished {
    #[error("the publish window is full")]
    Busy,
    #[error("the broker surely did not take it")]
    NotAccepted,
    #[error("the confirm did not come: it may or may not have been taken")]
    Unknown,
}

impl From<Unconfirmed> for NotPublished {
    fn from(unconfirmed: Unconfirmed) -> Self {
        match unconfirmed {
            Unconfirmed::NotTaken => Self::NotAccepted,
            Unconfirmed::Unknown => Self::Unknown,
        }
    }
}

/// An encoded command to publish.
pub struct Frame {
    pub doctor: Option<DoctorId>,
    pub text: String,
    pub trace: TraceParent,
}

/// A command on its way.
struct Job {
    queue: QueueId,
    frame: Frame,
    reply: Reply,
}

/// Whom to answer. Its place in the window is given back with the answer, not before.
struct Reply {
    sender: oneshot::Sender<Result<(), NotPublished>>,
    _permit: OwnedSemaphorePermit,
}

impl Reply {
    fn send(self, result: Result<(), NotPublished>) {
        // Whoever asked may have gone.
        let _ = self.sender.send(result);
    }
}

/// Counts a command for as long as it waits for its confirm.
struct Publishing;

impl Publishing {
    fn begin() -> Self {
        metrics::PUBLISHING.inc();
        Self
    }
}

impl Drop for Publishing {
    fn drop(&mut self) {
        metrics::PUBLISHING.dec();
    }
}

/// The places of commands that are held in memory, as many as are wanted when one is taken.
#[derive(Clone)]
struct Window {
    places: Arc<Semaphore>,
    all: usize,
}

impl Window {
    fn new() -> Self {
        let all = usize::try_from(MAX_WINDOW).unwrap_or(usize::MAX);
        Self { places: Arc::new(Semaphore::new(all)), all }
    }

    fn take(&self, most: usize) -> Result<OwnedSemaphorePermit, NotPublished> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| NotPublished::Busy)?;
        let taken = self.all - self.places.available_permits();
        if taken <= most { Ok(place) } else { Err(NotPublished::Busy) }
    }
}

/// Hands commands to the channel tasks. Cheap to clone.
#[derive(Clone)]
pub struct Publisher {
    usual: Arc<[mpsc::Sender<Job>]>,
    desk: mpsc::Sender<Job>,
    window: Window,
    desk_window: Window,
    config: Arc<PublisherConfig>,
    /// The tasks that still run.
    running: TaskTracker,
}

impl Publisher {
    /// Starts the tasks. They end when every handle is dropped and all that they hold is answered.
    pub fn start(broker: &Broker, config: &PublisherConfig, tasks: &Tasks) -> Self {
        let running = TaskTracker::new();
        let lane = || {
            let (sender, jobs) = mpsc::channel(config.window);
            let lane = task::run(broker.clone(), config.clone(), jobs, tasks.shutdown().clone());
            tasks.spawn("publisher", running.track_future(lane));
            sender
        };
        let usual = (0..config.channels).map(|_| lane()).collect();
        let (desk, window, desk_window) = (lane(), Window::new(), Window::new());
        Self { usual, desk, window, desk_window, config: Arc::new(config.clone()), running }
    }

    /// Lets go of this handle and waits until the tasks have said their final report.
    pub async fn close(self) {
        let running = self.running.clone();
        drop(self);
        running.close();
        running.wait().await;
    }

    /// Publishes one encoded command and waits until the broker has it on disk.
    pub async fn publish(&self, queue: QueueId, frame: Frame) -> Result<(), NotPublished> {
        let publishing = Publishing::begin();
        let result = self.hand_over(queue, frame).await;
        drop(publishing);
        let end = match result {
            Ok(()) => "confirmed",
            Err(NotPublished::Busy) => "busy",
            Err(NotPublished::NotAccepted) => "not_accepted",
            Err(NotPublished::Unknown) => "unknown",
        };
        metrics::PUBLISHED.with_label_values(&[end]).inc();
        result
    }

    async fn hand_over(&self, queue: QueueId, frame: Frame) -> Result<(), NotPublished> {
        let (lane, window) = match queue.kind {
            QueueKind::Usual => (self.usual_lane(queue), &self.window),
            QueueKind::Desk => (&self.desk, &self.desk_window),
        };
        let permit = window.take(self.config.window())?;
        let (sender, answer) = oneshot::channel();
        let job = Job { queue, frame, reply: Reply { sender, _permit: permit } };
        lane.send(job).await.map_err(|_| NotPublished::NotAccepted)?;
        // A task that ends without an answer may have published: that is not known.
        answer.await.unwrap_or(Err(NotPublished::Unknown))
    }

    fn usual_lane(&self, queue: QueueId) -> &mpsc::Sender<Job> {
        let index = usize::from(queue.partition.index()) % self.usual.len().max(1);
        self.usual.get(index).unwrap_or(&self.desk)
    }
}
