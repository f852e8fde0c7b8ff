//! The limits of what a desk does with patients, as the environment says.

use chrono::TimeDelta;
use platform::config::{ConfigError, Env};

/// See above.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeskRules {
    /// `DOCDE_DESK_CODE_SECONDS` (300): how long a code holds that an account shows.
    pub code_holds: TimeDelta,
    /// `DOCDE_DESK_CODES_AN_HOUR` (20): codes that an account shows; each ingress counts for itself.
    pub codes_an_hour: u32,
    /// `DOCDE_DESK_KNOWN_SECONDS` (3600): how long a hospital knows a patient whose code it was told.
    pub known_for: TimeDelta,
    /// `DOCDE_LOOK_UPS_AN_HOUR` (20): of one account, at all hospitals where it works.
    pub look_ups_an_hour: u32,
    /// `DOCDE_ENTERED_AN_HOUR` (60): people whom one account enters.
    pub entered_an_hour: u32,
    /// `DOCDE_MERGE_UNDO_DAYS` (30): how long a merge can be undone.
    pub undo_within: TimeDelta,
}

impl DeskRules {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let number = |name, default, range| {
            env.number(name, default, range).map(|n| i64::try_from(n).unwrap_or(i64::MAX))
        };
        let count = |name, default| {
            env.number(name, default, 1..=10_000).map(|n| u32::try_from(n).unwrap_or(u32::MAX))
        };
        Ok(Self {
            code_holds: TimeDelta::seconds(number("DOCDE_DESK_CODE_SECONDS", 300, 30..=3_600)?),
            codes_an_hour: count("DOCDE_DESK_CODES_AN_HOUR", 20)?,
            known_for: TimeDelta::seconds(number("DOCDE_DESK_KNOWN_SECONDS", 3_600, 60..=86_400)?),
            look_ups_an_hour: count("DOCDE_LOOK_UPS_AN_HOUR", 20)?,
            entered_an_hour: count("DOCDE_ENTERED_AN_HOUR", 60)?,
            undo_within: TimeDelta::days(number("DOCDE_MERGE_UNDO_DAYS", 30, 1..=3_650)?),
        })
    }
}
