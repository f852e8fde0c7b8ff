//! The engine's answer to a search: hits, how many there are, facets. An answer that ran out of time is none.

use domain::time::Timestamp;
use serde_json::Value;
use std::time::{Duration, Instant};

use super::cursor::Place;
use super::door::Door;
use super::query::{self, Reach};
use super::wanted::Wanted;

/// What it found.
pub(super) struct Found {
    /// Documents with their sort values; one beyond the limit if there are more.
    pub hits: Vec<(Value, Vec<Value>)>,
    pub total: u64,
    pub exact: bool,
    pub facets: Value,
}

/// Asks. `None`: there is no engine, or it does not answer; the database is asked then.
pub(super) async fn search(
    door: &Door,
    wanted: &Wanted,
    after: Option<&Place>,
    now: Timestamp,
) -> Option<Found> {
    let from = Instant::now();
    let typed = asked(door, wanted, after, now, (door.timeout, Reach::Typed)).await?;
    // Nothing is as it was typed, whatever the page: what is near it then.
    if typed.total > 0 || wanted.readings.is_empty() {
        return Some(typed);
    }
    let left = door.timeout.saturating_sub(from.elapsed());
    asked(door, wanted, after, now, (left, Reach::Near)).await
}

async fn asked(
    door: &Door,
    wanted: &Wanted,
    after: Option<&Place>,
    now: Timestamp,
    (within, reach): (Duration, Reach),
) -> Option<Found> {
    let body = query::body(wanted, after, now, within.as_millis() * 4 / 5, reach);
    found(&ask(door, &body, within).await?)
}

/// An answer to this body, in time and whole.
pub(super) async fn ask(door: &Door, body: &Value, within: Duration) -> Option<Value> {
    let client = door.engine()?;
    let answer = client.search(body, within).await;
    match answer {
        Ok(answer) => {
            door.answered();
            Some(answer)
        }
        Err(error) => {
            door.failed(&error);
            None
        }
    }
}

fn found(answer: &Value) -> Option<Found> {
    let total = &answer["hits"]["total"];
    let hit = |hit: &Value| {
        let sort = hit["sort"].as_array().cloned().unwrap_or_default();
        (hit["_source"].clone(), sort)
    };
    Some(Found {
        hits: answer["hits"]["hits"].as_array()?.iter().map(hit).collect(),
        total: total["value"].as_u64()?,
        exact: total["relation"] == "eq",
        facets: answer["aggregations"].clone(),
    })
}
