//! `docde index verify`: makes every hospital's document anew from the database and compares it with the one in the index.
//! What differs is looked at again a little later, since the system may be at work; what still differs then is wrong.

use domain::ids::HospitalId;
use platform::clock::Clock;
use platform::search::{Client, Kept, document, facts_store, revision_store};
use serde::Serialize;
use sqlx::MySqlPool;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::failure::CliError;
use crate::{Context, Finding, Out};

/// Hospitals read at once.
const AT_ONCE: usize = 500;
/// Looks at what differs, and the time between them: the index has two seconds to follow.
const LOOKS: u8 = 4;
const BETWEEN: Duration = Duration::from_millis(1_500);
/// Differences that are named.
const NAMED: usize = 20;

/// What was found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub index: String,
    pub hospitals: usize,
    pub documents: usize,
    /// In the database and not in the index, and the other way round.
    pub missing: usize,
    pub extra: usize,
    /// Of an older revision than the database has, or left over by time.
    pub stale: usize,
    /// Of the right revision, and not what the database says.
    pub different: usize,
    /// Some of them, with the first member that differs.
    pub named: BTreeMap<String, String>,
}

impl Report {
    pub fn is_good(&self) -> bool {
        self.missing + self.extra + self.stale + self.different == 0
    }
}

pub async fn run(
    context: &Context,
    client: &Client,
    json: bool,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let report = verify(&context.pool()?, client, &context.clock).await?;
    if json {
        writeln!(out, "{}", serde_json::to_string(&report).unwrap_or_default())?;
    } else {
        let Report { index, hospitals, documents, missing, extra, stale, different, named } =
            &report;
        writeln!(out, "{index}: {documents} documents of {hospitals} hospitals")?;
        writeln!(out, "missing {missing}, extra {extra}, stale {stale}, different {different}")?;
        for (hospital, what) in named {
            writeln!(out, "  {hospital}: {what}")?;
        }
    }
    Ok(Finding::of(report.is_good()))
}

/// Compares until nothing differs, or for the last time.
pub async fn verify(pool: &MySqlPool, client: &Client, clock: &Clock) -> Result<Report, CliError> {
    for _ in 1..LOOKS {
        let report = compare(pool, client, clock).await?;
        if report.is_good() {
            return Ok(report);
        }
        tokio::time::sleep(BETWEEN).await;
    }
    compare(pool, client, clock).await
}

/// One comparison.
pub async fn compare(pool: &MySqlPool, client: &Client, clock: &Clock) -> Result<Report, CliError> {
    let index = live(client).await?;
    let mut kept = client.kept(&index, true).await?;
    let revisions = revision_store::revisions(pool).await?;
    let mut report =
        Report { index, hospitals: revisions.len(), documents: kept.len(), ..Report::default() };
    for chunk in revisions.chunks(AT_ONCE) {
        compare_some(pool, chunk, &mut kept, clock, &mut report).await?;
    }
    report.extra = kept.len();
    for id in kept.keys().take(NAMED) {
        report.named.insert(id.to_string(), "no such hospital".to_owned());
    }
    Ok(report)
}

async fn compare_some(
    pool: &MySqlPool,
    chunk: &[(HospitalId, u64)],
    kept: &mut HashMap<HospitalId, Kept>,
    clock: &Clock,
    report: &mut Report,
) -> Result<(), CliError> {
    let now = clock.now();
    let ids: Vec<HospitalId> = chunk.iter().map(|(id, _)| *id).collect();
    for facts in facts_store::hospitals(pool, &ids, now).await? {
        let Some(found) = kept.remove(&facts.id) else {
            report.missing += 1;
            note(report, facts.id, "missing");
            continue;
        };
        if found.revision < facts.revision
            || found.until.is_some_and(|until| until <= now.timestamp())
        {
            report.stale += 1;
            note(report, facts.id, "stale");
            continue;
        }
        let mut made = document(&facts, now).body;
        made["as_of_s"] = found.body["as_of_s"].clone();
        if made != found.body {
            report.different += 1;
            let mut members = made.as_object().into_iter().flatten();
            let first = members.find(|(name, value)| found.body.get(name.as_str()) != Some(value));
            let what = first.map_or("a member that is too much".to_owned(), |(name, _)| {
                format!("{name} differs")
            });
            note(report, facts.id, &what);
        }
    }
    Ok(())
}

fn note(report: &mut Report, id: HospitalId, what: &str) {
    if report.named.len() < NAMED {
        report.named.insert(id.to_string(), what.to_owned());
    }
}

/// The index that is searched.
async fn live(client: &Client) -> Result<String, CliError> {
    let indexes = client.indexes().await?;
    let live = indexes.into_iter().rev().find(|index| index.live);
    live.map(|index| index.name)
        .ok_or_else(|| CliError::refused("no index is searched yet: does the indexer run?"))
}
