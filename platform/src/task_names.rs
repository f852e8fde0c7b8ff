//! The names of the long-lived tasks.

/// Every long-lived task of every service. Each passes `crash::round` with its name at its start and every time round
/// its loop, so that a test can make it panic there; `tests/tests/tidy` holds the code to that.
pub const NAMES: [&str; 25] = [
    "health",
    "signals",
    "publisher",
    "outcomes",
    "feed",
    "days",
    "directory",
    "redis_batcher",
    "late_markers",
    "marker_coverage",
    "levers",
    "outcome_publisher",
    "dead_letters",
    "owner",
    "renewal",
    "timers",
    "follower",
    "places",
    "boards",
    "waiting",
    "index",
    "sessions",
    "mail",
    "leftovers",
    "deletions",
];
