//! The figures of those who wait on their sockets.

use serde::Serialize;

use super::pushes::Counts;
use crate::tally::{hundredth, p50_p99_ms};

/// What the load came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WaitingFigures {
    pub sockets: usize,
    pub lines: usize,
    /// Resident memory of the notifier in MiB: with all sockets open and nothing moving, and at the most.
    pub rss_idle_mib: f64,
    pub rss_most_mib: f64,
    pub pushes: usize,
    /// From decision to arrival, p50 and p99 in ms: notices of one's own ticket, and places.
    pub push_ms: [f64; 2],
    pub place_ms: [f64; 2],
    /// The same while the screen does not read.
    pub slow_push_ms: [f64; 2],
    pub slow_place_ms: [f64; 2],
    /// The p99 of notices then by that of before.
    pub slow_ratio: f64,
    /// Sockets that the notifier closed for being too slow meanwhile.
    pub slow_closed: u64,
}

impl std::fmt::Display for WaitingFigures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [p50, p99] = self.push_ms;
        let [slow_p50, slow_p99] = self.slow_push_ms;
        write!(
            f,
            "{} sockets on one notifier, {} lines: {:.0} MiB idle, {:.0} MiB at the most; {} pushes of the own ticket p50 {p50:.1} p99 {p99:.1} ms; \
             with a screen that does not read {slow_p50:.1} and {slow_p99:.1} ms ({:.2} times), {} sent away; places p99 {:.1} and {:.1} ms",
            self.sockets,
            self.lines,
            self.rss_idle_mib,
            self.rss_most_mib,
            self.pushes,
            self.slow_ratio,
            self.slow_closed,
            self.place_ms[1],
            self.slow_place_ms[1]
        )
    }
}

impl WaitingFigures {
    /// Of both passes.
    pub fn fill(&mut self, quick: &Counts, slow: &Counts) {
        self.pushes = quick.notices.len();
        (self.push_ms, self.place_ms) = (p50_p99_ms(&quick.notices), p50_p99_ms(&quick.places));
        (self.slow_push_ms, self.slow_place_ms) =
            (p50_p99_ms(&slow.notices), p50_p99_ms(&slow.places));
        if self.push_ms[1] > 0.0 {
            self.slow_ratio = hundredth(self.slow_push_ms[1] / self.push_ms[1]);
        }
    }
}
