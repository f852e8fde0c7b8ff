//! What `./dev test faults` says in the environment.

use platform::Failure;
use platform::config::Env;
use std::path::PathBuf;

/// The suite's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `DATABASE_URL`, `REDIS_URL`, `AMQP_URL`, `RABBITMQ_UI_URL`: a set of the suite's own, as administrator.
    pub database: String,
    pub redis: String,
    pub amqp: String,
    pub ui: String,
    /// `DOCDE_DEV`: the script that starts a server of the set again.
    pub dev: PathBuf,
    /// `DOCDE_DEV_DIR`: where the set lives.
    pub dir: PathBuf,
    /// `DOCDE_BIN_DIR`: the built services.
    pub bin: PathBuf,
    /// `DOCDE_FAULT_ROUNDS` (6).
    pub rounds: usize,
    /// `DOCDE_FAULT_SEED` (that of the clock).
    pub seed: u64,
    /// `DOCDE_GUARD_OFF` (none): the guard that is taken away. Only a build with the feature `unguarded` takes it.
    pub guard_off: Option<String>,
}

impl Settings {
    pub fn from_env() -> Result<Self, Failure> {
        let env = Env::of_process();
        let text = |name: &str| {
            env.required(name).map(str::to_owned).map_err(|error| {
                format!(
                    "{error}: run this suite with `./dev test faults`, which starts what it kills"
                )
            })
        };
        let number = |name: &str, default: u64| env.parsed(name, default);
        let fresh = uuid::Uuid::new_v4().as_u64_pair().0 % 1_000_000_000;
        Ok(Self {
            database: text("DATABASE_URL")?,
            redis: text("REDIS_URL")?,
            amqp: text("AMQP_URL")?,
            ui: text("RABBITMQ_UI_URL")?.trim_end_matches('/').to_owned(),
            dev: text("DOCDE_DEV")?.into(),
            dir: text("DOCDE_DEV_DIR")?.into(),
            bin: text("DOCDE_BIN_DIR")?.into(),
            rounds: usize::try_from(number("DOCDE_FAULT_ROUNDS", 6)?.max(1))?,
            seed: number("DOCDE_FAULT_SEED", fresh)?,
            guard_off: guard_off()?,
        })
    }
}

/// A suite that passes with all guards on proves nothing about the one that was to be off.
fn guard_off() -> Result<Option<String>, Failure> {
    let name = std::env::var("DOCDE_GUARD_OFF").ok();
    if name.is_some() && cfg!(not(feature = "unguarded")) {
        return Err("DOCDE_GUARD_OFF needs a build with the feature `unguarded`".into());
    }
    Ok(name)
}
