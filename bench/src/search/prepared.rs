//! The list in the database and in the index, ready to be searched.

use platform::Failure;
use platform::config::Env;
use platform::database;
use sqlx::MySqlPool;
use std::time::Duration;

use super::arguments::ListArguments;
use super::engine::Asked;
use super::institutions_store;
use crate::system;
use crate::targets::{run_dir, run_files};

/// The name under which the hospitals are searched, with the prefix that was not set.
pub const ALIAS: &str = "docde-hospitals";

/// The database, once it has the list: imported by the operators' command where a file is named.
pub async fn pool(env: &Env, list: &ListArguments) -> Result<MySqlPool, Failure> {
    if let Some(file) = &list.list {
        let file = file.to_string_lossy();
        let details = list.details.as_ref().map(|file| file.to_string_lossy());
        let mut arguments = vec!["import", "hospitals", &file];
        arguments.extend(details.iter().flat_map(|file| ["--details", file]));
        if !system::docde(env, &arguments).await? {
            return Err("the list was not imported".into());
        }
    }
    Ok(database::pool(env, 4)?)
}

/// The engine, once every hospital of the database is found, and how long that took.
pub async fn engine(env: &Env, pool: &MySqlPool) -> Result<(Asked, Duration), Failure> {
    let hospitals = institutions_store::count(pool).await?;
    let mut engine = Asked::engine(env).await?;
    let took = engine.filled(ALIAS, hospitals).await?;
    Ok((engine, took))
}

/// An ingress, asked directly.
pub async fn ingress(env: &Env) -> Result<Asked, Failure> {
    let files = run_dir(env).map(|run| run_files(&run, "ingress")).unwrap_or_default();
    let address =
        files.iter().find_map(|(_, facts)| facts.get("http")?.as_str().map(str::to_owned));
    Asked::open(&address.ok_or("no ingress has a run file in DOCDE_DEV_DIR")?).await
}
