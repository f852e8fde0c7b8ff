//! What this room keeps between requests: the key that signs, the codes in Redis, the guard of the password hashes, the rates.

use platform::auth::Signer;
use platform::config::{ConfigError, Env};
use platform::kv::Kv;
use tokio::sync::Notify;

use super::codes::{CodeRules, Codes};
use super::desk::kept::Desk;
use super::hasher::Hasher;
use super::limits::Limits;

/// How long what is handed out is good for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    /// `DOCDE_ACCESS_SECONDS` (600, which is the most): an access token.
    pub access_s: i64,
    /// `DOCDE_SESSION_DAYS` (30): a refresh token that is not used.
    pub idle_days: i64,
    /// `DOCDE_SESSION_MAX_DAYS` (365): a session, however often it is refreshed.
    pub session_days: i64,
}

/// See above.
pub(crate) struct Accounts {
    pub signer: Signer,
    pub codes: Codes,
    pub hasher: Hasher,
    pub limits: Limits,
    pub desk: Desk,
    pub lifetimes: Lifetimes,
    /// Told when an account is deleted.
    pub deleted: Notify,
}

impl Accounts {
    pub fn from_env(env: &Env, kv: &Kv) -> Result<Self, ConfigError> {
        let number = |name, default, most| {
            env.number(name, default, 1..=most).map(|n| i64::try_from(n).unwrap_or(i64::MAX))
        };
        Ok(Self {
            signer: Signer::from_env(env)?,
            codes: Codes::new(kv.clone(), CodeRules::from_env(env)?),
            hasher: Hasher::from_env(env)?,
            limits: Limits::from_env(env)?,
            desk: Desk::from_env(env, kv)?,
            deleted: Notify::new(),
            lifetimes: Lifetimes {
                access_s: number("DOCDE_ACCESS_SECONDS", 600, 600)?,
                idle_days: number("DOCDE_SESSION_DAYS", 30, 365)?,
                session_days: number("DOCDE_SESSION_MAX_DAYS", 365, 3_650)?,
            },
        })
    }
}
