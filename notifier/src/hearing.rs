//! What is heard of a socket's other side: that it lives, and that it does not send too much.

use std::time::Duration;
use tokio::time::Instant;

use crate::close::Close;
use crate::wire::Heard;

/// Messages that a client may send in a second, its own pings among them.
const MAX_HEARD: u32 = 20;

/// Of one socket.
pub struct Hearing {
    /// After this without a pong it is given up.
    silence: Duration,
    alive: Instant,
    second: Instant,
    heard_in_it: u32,
}

impl Hearing {
    /// Of a socket that is pinged so often.
    pub fn new(ping: Duration) -> Self {
        let now = Instant::now();
        Self { silence: ping * 2, alive: now, second: now, heard_in_it: 0 }
    }

    /// Something came.
    ///
    /// # Errors
    /// [`Close::Chatty`]: more than a client may send.
    pub fn note(&mut self, heard: &Heard) -> Result<(), Close> {
        if *heard == Heard::Pong {
            self.alive = Instant::now();
        }
        if self.second.elapsed() >= Duration::from_secs(1) {
            (self.second, self.heard_in_it) = (Instant::now(), 0);
        }
        self.heard_in_it += 1;
        if self.heard_in_it > MAX_HEARD { Err(Close::Chatty) } else { Ok(()) }
    }

    /// Asked before each ping.
    ///
    /// # Errors
    /// [`Close::Silent`]: two pings were not answered.
    pub fn check(&self) -> Result<(), Close> {
        if self.alive.elapsed() > self.silence { Err(Close::Silent) } else { Ok(()) }
    }
}
