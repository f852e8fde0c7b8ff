//! What rooms keep between requests, each under its name. A joint: the rest of the shared part hands it on and looks at none of it.

use platform::config::{ConfigError, Env};
use platform::kv::Kv;

use crate::account::accounts::Accounts;

/// The rooms' own.
pub(crate) struct RoomState {
    pub account: Accounts,
}

impl RoomState {
    pub fn from_env(env: &Env, kv: &Kv) -> Result<Self, ConfigError> {
        Ok(Self { account: Accounts::from_env(env, kv)? })
    }
}
