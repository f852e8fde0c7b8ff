//! `docde index rebuild`: makes an empty index, which the indexer finds, fills from the database, keeps in step like the
//! other, and gives the alias once it has everything. Stopping the command stops nothing of that.

use platform::search::Client;
use std::time::{Duration, Instant};

use crate::failure::CliError;
use crate::{Context, Finding, Out};

const LOOK_EVERY: Duration = Duration::from_millis(200);

pub async fn run(
    context: &Context,
    client: &Client,
    wait: u64,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let from = Instant::now();
    let name = client.make_index(context.clock.now().timestamp_millis()).await?;
    eprintln!("docde: {name} is made; the indexer fills it");
    loop {
        let indexes = client.indexes().await?;
        let Some(index) = indexes.iter().find(|index| index.name == name) else {
            return Err(CliError::refused(format!(
                "{name} is gone: another rebuild has overtaken it"
            )));
        };
        if index.live {
            break;
        }
        if from.elapsed() > Duration::from_secs(wait) {
            let told = format!(
                "{name} is not searched after {wait} s: does the indexer run? It goes on by itself"
            );
            return Err(CliError::refused(told));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    writeln!(out, "searches go to {name} after {:.1} s", from.elapsed().as_secs_f64())?;
    Ok(Finding::Good)
}
