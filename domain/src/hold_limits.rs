//! What keeps a few accounts from holding everybody's times (CONTRACT, Limits), as each hospital sets it. What follows from it is the
//! room of bookings' own.

use chrono::TimeDelta;

use crate::time::Timestamp;

/// Limits of holds at a hospital. An account's holds at all hospitals count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HoldLimits {
    /// How long a hold lasts.
    pub minutes: u8,
    /// Holds of an account that last at the same time.
    pub at_once: u8,
    /// Holds that an account makes in an hour.
    pub an_hour: u8,
    /// For so long after it was held, the account does not hold the same time of the same doctor again.
    pub again_minutes: u8,
}

impl Default for HoldLimits {
    fn default() -> Self {
        Self { minutes: 5, at_once: 2, an_hour: 10, again_minutes: 30 }
    }
}

impl HoldLimits {
    /// How far back an account's holds matter: an hour, or as long as a time is not held again.
    pub const COUNTED: TimeDelta = TimeDelta::hours(2);

    /// Until when a hold that begins now lasts.
    pub fn until(self, now: Timestamp) -> Timestamp {
        now + TimeDelta::minutes(i64::from(self.minutes))
    }
}
