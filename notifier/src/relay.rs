//! What all sockets of a notifier share.

use platform::clock::Clock;
use platform::sessions::EndedSessions;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

use crate::hub::Hub;
use crate::rooms::Rooms;
use crate::store::Store;
use crate::waiting::Waiting;

/// What all sockets share.
pub struct Relay {
    pub hub: Arc<Hub>,
    pub rooms: Rooms,
    pub waiting: Arc<Waiting>,
    pub store: Store,
    pub sessions: EndedSessions,
    pub clock: Clock,
    pub ping: Duration,
    /// Pages of backlogs that are read at the same time: when thousands come back at once, they take turns. Nobody
    /// has a turn while it sends, or slow readers would keep the others out.
    pub backlogs: Semaphore,
}
