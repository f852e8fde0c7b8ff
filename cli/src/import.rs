//! `docde import hospitals`: HIRA's list of medical institutions, as it comes in the wild. Read and
//! checked whole, compared with what is there, then only the difference is written: a second run
//! writes nothing, and an interrupted one is simply run again.

use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;
use std::time::Instant;

use crate::failure::CliError;
use crate::{Context, Finding, Out};

mod columns;
mod details;
mod plan;
mod report;
mod row;
mod store;
mod table;
mod values;

use columns::Columns;
use plan::Plan;
use row::Rows;
use table::Table;

/// Rows of one statement.
const CHUNK: usize = 500;

/// To be shown wherever the data is shown.
const CREDIT: &str =
    "출처: 건강보험심사평가원, 전국 병의원 및 약국 현황(2026.3), 공공누리 제1유형. 가공함.";

pub async fn run(
    context: &Context,
    file: &Path,
    details: Option<&Path>,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let started = Instant::now();
    let table = Table::read(file)?;
    let details = details.map(|path| details::Details::of(&Table::read(path)?)).transpose()?;
    let columns = Columns::find(&table)?;
    let rows = Rows::read(&table, &columns, details.as_ref());
    let pool = context.pool()?;
    let mut connection = pool.acquire().await?;
    store::lock(&mut connection).await?;
    let known = store::known(&mut connection).await?;
    let (mut facts, rows) = report::Facts::of(&table, &columns, details.as_ref(), rows);
    let listed = columns.listed(details.as_ref().map(|details| details.names.as_slice()));
    let plan = Plan::of(rows, &known, &listed);
    facts.planned(&plan);
    write(&mut connection, &plan).await?;
    store::unlock(&mut connection).await?;
    facts.print(started.elapsed(), out)?;
    writeln!(out, "{CREDIT}")?;
    Ok(Finding::of(facts.is_usable()))
}

async fn write(connection: &mut sqlx::mysql::MySqlConnection, plan: &Plan) -> Result<(), CliError> {
    let bar = ProgressBar::new((plan.added.len() + plan.changed.len()) as u64);
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} rows  {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    for chunk in plan.added.chunks(CHUNK) {
        store::add(connection, chunk).await?;
        bar.inc(chunk.len() as u64);
    }
    for chunk in plan.changed.chunks(CHUNK) {
        store::change(connection, chunk).await?;
        bar.inc(chunk.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

#[cfg(test)]
mod tests;
