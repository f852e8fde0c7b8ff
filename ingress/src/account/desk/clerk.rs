//! How much one clerk does within an hour. It is counted in the database, so it holds over all replicas and restarts; the clerk's
//! account stays locked meanwhile, so two at once are two.

use chrono::TimeDelta;
use domain::code::Code;
use domain::time::Timestamp;

use crate::problem::Problem;

/// What is counted.
pub(super) const WITHIN: TimeDelta = TimeDelta::hours(1);

/// Refuses one more where the last of as many as there may be was at `full_since`: it has to be an hour old.
pub(super) fn has_room(full_since: Option<Timestamp>, now: Timestamp) -> Result<(), Problem> {
    let Some(since) = full_since else { return Ok(()) };
    let wait = (since + WITHIN - now).num_milliseconds().max(1);
    let seconds = u64::try_from(wait).unwrap_or(1).div_ceil(1_000);
    Err(Problem::new(Code::Busy).retry_after(seconds))
}
