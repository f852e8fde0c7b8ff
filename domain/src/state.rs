//! Where a request stands.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

/// Where a request stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    Accepted,
    Parked,
    Confirmed,
    Rejected,
    Expired,
}

impl State {
    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Has its one outcome.
    pub const fn is_final(self) -> bool {
        matches!(self, State::Confirmed | State::Rejected | State::Expired)
    }
}
