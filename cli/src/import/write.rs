//! The difference into the database, in one transaction: all of it is there, or nothing. What is not known after a lost
//! connection is asked for.

use domain::ids::HospitalId;
use indicatif::{ProgressBar, ProgressStyle};
use platform::search::revision_store;
use sqlx::MySqlPool;
use sqlx::mysql::MySqlConnection;
use std::time::Duration;

use super::plan::{Identified, Plan};
use super::reading::Reading;
use super::report::Report;
use super::stop::{NOTHING, Stop, UNKNOWN};
use super::store;
use crate::failure::CliError;

/// Rows of one statement, and about as many bytes: the server refuses a statement over 16 MiB.
const CHUNK: (usize, usize) = (500, 2 << 20);
/// After a commit without an answer the database is asked so often what became of it.
const ASKED: (u32, Duration) = (30, Duration::from_secs(1));

/// Compares, writes, and says what was done.
pub async fn imported(
    pool: &MySqlPool,
    reading: Reading,
    stop: &mut Stop,
) -> Result<Report, CliError> {
    // A connection of its own, which ends when it is let go: the pool would wait for the statement that it is in.
    let mut connection = stop.or(connection(pool)).await?;
    let session = store::session(&mut connection).await.map_err(not_written)?;
    let begun = stop.or(begun(&mut connection, reading)).await;
    let (plan, report) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            drop(connection);
            // The server would see only after its statement that nobody listens, and hold the locks until then.
            let _ = tokio::time::timeout(Duration::from_secs(3), store::end(pool, session)).await;
            return Err(error);
        }
    };
    let committed = async {
        match store::commit(&mut connection).await {
            Ok(()) => Ok(()),
            Err(error) => asked(pool, &plan, error).await,
        }
    };
    stop.or_committed(committed).await?;
    // It is written: a lock that cannot be given back ends with the connection.
    let _ = store::unlock(&mut connection).await;
    Ok(report)
}

async fn connection(pool: &MySqlPool) -> Result<MySqlConnection, CliError> {
    Ok(pool.acquire().await.map_err(not_written)?.detach())
}

/// Everything up to the commit.
async fn begun(
    connection: &mut MySqlConnection,
    reading: Reading,
) -> Result<(Plan, Report), CliError> {
    if !store::lock(connection).await.map_err(not_written)? {
        return Err(CliError::refused(format!("another import is running: {NOTHING}")));
    }
    let known = store::known(connection).await.map_err(not_written)?;
    let (plan, report) = reading.plan(&known);
    store::begin(connection).await.map_err(not_written)?;
    write(connection, &plan).await.map_err(not_written)?;
    Ok((plan, report))
}

fn not_written(source: sqlx::Error) -> CliError {
    CliError::Import { source, done: NOTHING }
}

/// After a commit without a good answer: one row of the plan tells of all.
async fn asked(pool: &MySqlPool, plan: &Plan, error: sqlx::Error) -> Result<(), CliError> {
    let Some((id, row)) = plan.changed.last().or(plan.added.last()) else { return Ok(()) };
    for _ in 0..ASKED.0 {
        match store::find(pool, *id).await {
            Ok(Some(found)) if found == *row => return Ok(()),
            Ok(_) => return Err(not_written(error)),
            Err(_) => tokio::time::sleep(ASKED.1).await,
        }
    }
    Err(CliError::Import { source: error, done: UNKNOWN })
}

async fn write(connection: &mut MySqlConnection, plan: &Plan) -> Result<(), sqlx::Error> {
    let bar = ProgressBar::new((plan.added.len() + plan.changed.len()) as u64);
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} rows  {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    for chunk in Chunks(&plan.added) {
        store::add(connection, chunk).await?;
        bar.inc(chunk.len() as u64);
    }
    for chunk in Chunks(&plan.changed) {
        store::change(connection, chunk).await?;
        bar.inc(chunk.len() as u64);
    }
    // Hospitals that are new are missed by the index anyway. Last, since batches of bookings raise these too.
    let changed: Vec<_> = plan.changed.iter().map(|(id, _)| HospitalId::from_uuid(*id)).collect();
    revision_store::raise(connection, &changed).await?;
    bar.finish_and_clear();
    Ok(())
}

/// Rows in pieces of a statement each.
struct Chunks<'r>(&'r [Identified]);

impl<'r> Iterator for Chunks<'r> {
    type Item = &'r [Identified];

    fn next(&mut self) -> Option<Self::Item> {
        let (most, mut room) = CHUNK;
        let fits = |(_, row): &&Identified| {
            let left = room.checked_sub(row.bytes());
            room = left.unwrap_or_default();
            left.is_some()
        };
        // One always goes.
        let count = self.0.iter().take(most).take_while(fits).count().max(1).min(self.0.len());
        let (chunk, rest) = self.0.split_at(count);
        self.0 = rest;
        (count > 0).then_some(chunk)
    }
}
