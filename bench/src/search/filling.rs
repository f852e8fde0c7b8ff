//! A whole index made anew: how long it takes and what it needs.

use platform::Failure;
use platform::config::Env;
use serde::Serialize;
use sqlx::MySqlPool;
use std::time::Instant;

use super::engine::Asked;
use super::institutions_store;
use super::prepared::ALIAS;
use crate::line::memory;
use crate::system;
use crate::targets::{run_dir, run_pids};

/// What the index cost.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Filled {
    pub seconds: f64,
    pub index_mib: f64,
    pub engine_mib: f64,
    pub indexer_mib: f64,
}

/// `docde index rebuild`, waited for.
pub async fn rebuild(env: &Env, engine: &mut Asked, pool: &MySqlPool) -> Result<Filled, Failure> {
    eprintln!("the index is made anew ...");
    let from = Instant::now();
    if !system::docde(env, &["index", "rebuild", "--wait", "3600"]).await? {
        return Err("the index was not made anew".into());
    }
    let seconds = from.elapsed().as_secs_f64();
    after(env, engine, pool, seconds).await
}

/// Waits until the index has what was added.
pub async fn follow(env: &Env, engine: &mut Asked, pool: &MySqlPool) -> Result<Filled, Failure> {
    let hospitals = institutions_store::count(pool).await?;
    let took = engine.filled(ALIAS, hospitals).await?;
    after(env, engine, pool, took.as_secs_f64()).await
}

async fn after(
    env: &Env,
    engine: &mut Asked,
    pool: &MySqlPool,
    seconds: f64,
) -> Result<Filled, Failure> {
    engine.filled(ALIAS, institutions_store::count(pool).await?).await?;
    engine.done("POST", &format!("/{ALIAS}/_forcemerge?max_num_segments=1"), "").await?;
    let stats = engine.done("GET", &format!("/{ALIAS}/_stats/store"), "").await?;
    let bytes = stats["_all"]["primaries"]["store"]["size_in_bytes"].as_f64().unwrap_or(0.0);
    let pids = run_dir(env).map(|run| run_pids(&run)).unwrap_or_default();
    let most = |name: &str| {
        let of = pids.iter().filter(|(file, _)| file.starts_with(name));
        of.map(|(_, pid)| memory::most_mib(*pid)).sum()
    };
    Ok(Filled {
        seconds,
        index_mib: bytes / 1_048_576.0,
        engine_mib: most("search"),
        indexer_mib: most("indexer"),
    })
}

/// The machine's load of the last minute.
pub fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0.0)
}
