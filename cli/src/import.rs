//! `docde import hospitals`: HIRA's list of medical institutions, as it comes in the wild. Read and
//! checked whole, compared with what is there, then only the difference is written, in one transaction: a second run
//! writes nothing, and after one that was stopped or lost its database the same command does it all.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::failure::CliError;
use crate::{Context, Finding, Out};

mod cell;
mod columns;
mod dates;
mod details;
mod file;
mod foreign;
pub mod holidays;
mod holidays_store;
mod plan;
mod reading;
mod report;
mod row;
mod split;
mod stop;
mod store;
mod table;
mod values;
mod write;

pub use columns::limits;
pub use plan::{Identified, Plan};
pub use reading::Reading;
pub use report::{Counts, Report};

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
    let mut stop = stop::Stop::listen()?;
    let reading = stop.or(read(file.to_owned(), details.map(Path::to_owned))).await?;
    let pool = context.pool()?;
    let report = write::imported(&pool, reading, &mut stop).await?;
    report.print(started.elapsed(), out)?;
    writeln!(out, "{CREDIT}")?;
    Ok(Finding::of(report.is_whole()))
}

/// Beside the signals, which are heard meanwhile.
async fn read(file: PathBuf, details: Option<PathBuf>) -> Result<Reading, CliError> {
    let read = tokio::task::spawn_blocking(move || Reading::of_files(&file, details.as_deref()));
    read.await.map_err(|error| CliError::refused(format!("the file was not read: {error}")))?
}

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod list_tests;
#[cfg(test)]
mod tests;
