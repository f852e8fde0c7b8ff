//! `docde index`: rebuild the search index beside the one that is searched, and compare the index with the database.

use platform::search::{Client, SearchConfig, SearchError};

use crate::args::Index;
use crate::failure::CliError;
use crate::{Context, Finding, Out};

mod rebuild;
pub mod verify;

pub async fn run(context: &Context, what: &Index, out: Out<'_>) -> Result<Finding, CliError> {
    let config = SearchConfig::from_env(&context.env)?
        .ok_or_else(|| CliError::refused("SEARCH_URL is not set: there is no search engine"))?;
    let client = Client::new(&config)?;
    match what {
        Index::Rebuild { wait } => rebuild::run(context, &client, *wait, out).await,
        Index::Verify { json } => verify::run(context, &client, *json, out).await,
    }
}

impl From<SearchError> for CliError {
    fn from(error: SearchError) -> Self {
        CliError::Refused(error.to_string())
    }
}
