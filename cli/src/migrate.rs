//! `docde migrate`: the database exists, has this version's tables, and knows the number of
//! partitions. The number is fixed at the first run: another one would send a hospital's commands
//! to two queues.

use platform::address::address;
use platform::database::MIGRATIONS;
use sqlx::Connection;
use sqlx::mysql::MySqlConnection;
use std::cmp::Ordering;
use url::Url;

use crate::failure::CliError;
use crate::{Context, Finding, Out};

mod store;

/// Partitions of a new installation.
const PARTITIONS: u16 = 8;

pub async fn run(
    context: &Context,
    partitions: Option<u16>,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let url = address(&context.env, "DATABASE_URL")?;
    let mut connection = connect(url).await?;
    store::check_server(&mut connection).await?;
    let before = store::applied(&mut connection).await?;
    MIGRATIONS.run(&mut connection).await?;
    let after = store::applied(&mut connection).await?;
    let count = settle_partitions(&mut connection, partitions).await?;
    connection.close().await?;
    writeln!(
        out,
        "database: {} migrations applied, {after} in all; {count} partitions",
        after - before
    )?;
    Ok(Finding::Good)
}

/// Connects, making the database first where the server says that there is none.
async fn connect(url: &str) -> Result<MySqlConnection, CliError> {
    match MySqlConnection::connect(url).await {
        Err(error) if store::is_unknown_database(&error) => {
            let mut server = Url::parse(url)
                .map_err(|error| CliError::Usage(format!("DATABASE_URL: {error}")))?;
            let name = server.path().trim_start_matches('/').to_owned();
            server.set_path("");
            let mut connection = MySqlConnection::connect(server.as_str()).await?;
            store::create_database(&mut connection, &name).await?;
            connection.close().await?;
            Ok(MySqlConnection::connect(url).await?)
        }
        other => Ok(other?),
    }
}

async fn settle_partitions(
    connection: &mut MySqlConnection,
    wanted: Option<u16>,
) -> Result<u16, CliError> {
    let stored = store::partitions(connection).await?;
    let wanted = wanted.unwrap_or(if stored == 0 { PARTITIONS } else { stored });
    match stored.cmp(&wanted) {
        Ordering::Equal => Ok(stored),
        Ordering::Less if stored == 0 => {
            store::add_partitions(connection, wanted).await?;
            Ok(wanted)
        }
        _ => Err(CliError::refused(format!(
            "the database was set up with {stored} partitions; {wanted} would break the order of a hospital"
        ))),
    }
}
