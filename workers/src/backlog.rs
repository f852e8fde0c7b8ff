//! How much of a partition waits and how fast it goes, in commands, for places and estimates. The broker counts
//! messages, which hold up to 64 commands each: how many lately, tells how many wait.

use domain::feed::Head;
use domain::partition::PartitionId;
use std::time::{Duration, Instant};

/// Between two looks at the queue's length, and over which the rate is taken.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A partition's backlog as its owner sees it.
pub struct Backlog {
    looked: Option<Instant>,
    /// Messages at the broker or prefetched at the last look.
    messages: u64,
    /// Messages settled since.
    settled: u64,
    /// Commands a message, lately.
    density: f64,
    decided: u64,
    since: Instant,
    rate: f64,
}

impl Backlog {
    pub fn new() -> Self {
        Self {
            looked: None,
            messages: 0,
            settled: 0,
            density: 1.0,
            decided: 0,
            since: Instant::now(),
            rate: 0.0,
        }
    }

    /// Whether it is time to ask the broker.
    pub fn is_old(&self) -> bool {
        self.looked.is_none_or(|looked| looked.elapsed() > LOOK_EVERY)
    }

    pub fn looking(&mut self) {
        self.looked = Some(Instant::now());
    }

    /// The broker said how many messages are ready. While any are, `prefetch` more are here.
    pub fn ready(&mut self, messages: u64, prefetch: u64) {
        self.messages = if messages > 0 { messages + prefetch } else { 0 };
        self.settled = 0;
    }

    /// A batch is settled.
    pub fn done(&mut self, messages: u64, commands: u64) {
        self.settled += messages;
        self.decided += commands;
        if messages > 0 {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            let density = commands as f64 / messages as f64;
            self.density += (density.max(1.0) - self.density) / 4.0;
        }
        self.measure();
    }

    /// Nothing is prefetched and nothing was ready: the rate of a while ago says nothing of the next.
    pub fn idle(&mut self) {
        (self.messages, self.settled, self.rate, self.decided, self.since) =
            (0, 0, 0.0, 0, Instant::now());
    }

    /// What waits is not decided for now.
    pub fn stand(&mut self) {
        (self.rate, self.decided, self.since) = (0.0, 0, Instant::now());
    }

    fn measure(&mut self) {
        let span = self.since.elapsed();
        if span > LOOK_EVERY {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            let rate = self.decided as f64 / span.as_secs_f64();
            (self.rate, self.decided, self.since) = (rate, 0, Instant::now());
        }
    }

    /// What the feed says, with so many messages and commands taken from the consumer and not settled.
    pub fn head(
        &self,
        partition: PartitionId,
        epoch: u64,
        (messages, commands): (u64, u64),
    ) -> Head {
        let elsewhere = self.messages.saturating_sub(self.settled + messages);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate"
        )]
        let waiting = (elsewhere as f64 * self.density).round() as u64;
        Head { partition, epoch, backlog: commands + waiting, rate: self.rate, settled: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_counted_in_commands() {
        let partition = PartitionId::new(1);
        let mut backlog = Backlog::new();
        for _ in 0..200 {
            backlog.done(4, 4 * 50);
        }
        backlog.ready(1_000, 256);
        assert_eq!(backlog.head(partition, 7, (6, 300)).backlog, 300 + 1_250 * 50);
        backlog.done(250, 250 * 50);
        assert_eq!(backlog.head(partition, 7, (6, 300)).backlog, 300 + 1_000 * 50);
        backlog.ready(0, 256);
        assert_eq!(backlog.head(partition, 7, (0, 0)).backlog, 0);
    }

    #[test]
    fn a_backlog_that_was_idle_has_no_rate() {
        let mut backlog = Backlog::new();
        backlog.decided = 500;
        backlog.since = Instant::now().checked_sub(Duration::from_secs(2)).unwrap();
        backlog.done(1, 500);
        assert!(backlog.head(PartitionId::new(0), 1, (0, 0)).rate > 100.0);
        backlog.idle();
        assert!(backlog.head(PartitionId::new(0), 1, (0, 0)).rate < f64::EPSILON);
    }
}
