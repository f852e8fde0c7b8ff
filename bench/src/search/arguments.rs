//! The command line of what measures search.

use std::path::PathBuf;

/// The national list of institutions, which the project does not contain.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ListArguments {
    /// The list, imported first; without it what the database has is searched.
    #[arg(long)]
    pub list: Option<PathBuf>,
    /// Its second file, with hours.
    #[arg(long, requires = "list")]
    pub details: Option<PathBuf>,
}

#[derive(Clone, Debug, clap::Args)]
pub struct SearchQualityArguments {
    #[command(flatten)]
    pub list: ListArguments,
    /// What people ask a directory for, the first column of a CSV file: for drawing a set.
    #[arg(long)]
    pub queries: Option<PathBuf>,
    /// Draw sets of these seeds too and measure them, besides the committed one.
    #[arg(long, value_delimiter = ',', requires = "queries")]
    pub seed: Vec<u64>,
    /// Draw the set of this seed and print it; nothing is measured.
    #[arg(long, requires = "queries")]
    pub draw: Option<u64>,
    /// Show every query whose first hit is not right.
    #[arg(long)]
    pub misses: bool,
    /// Write the figures there.
    #[arg(long)]
    pub json: Option<String>,
}

#[derive(Clone, Debug, clap::Args)]
pub struct SearchArguments {
    #[command(flatten)]
    pub list: ListArguments,
    /// How often each of the hundred questions is asked of each side.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub rounds: u32,
    /// Then the same with so many hospitals made from the list; 0: without.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=5_000_000))]
    pub rows: u64,
    /// Leave those hospitals there.
    #[arg(long)]
    pub keep: bool,
    /// Write the figures there.
    #[arg(long)]
    pub json: Option<String>,
}
