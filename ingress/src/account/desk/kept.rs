//! What a desk keeps between requests: the codes in Redis, and the limits.

use platform::config::{ConfigError, Env};
use platform::kv::Kv;

use super::codes::DeskCodes;
use super::rules::DeskRules;

/// See above.
pub(crate) struct Desk {
    pub(super) codes: DeskCodes,
    pub(super) rules: DeskRules,
}

impl Desk {
    pub fn from_env(env: &Env, kv: &Kv) -> Result<Self, ConfigError> {
        let rules = DeskRules::from_env(env)?;
        Ok(Self { codes: DeskCodes::new(kv.clone(), &rules), rules })
    }
}
