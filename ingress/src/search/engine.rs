//! The engine's answer to a search: hits, how many there are, facets. An answer that ran out of time is none.

use domain::time::Timestamp;
use serde_json::Value;

use super::cursor::Place;
use super::door::Door;
use super::query;
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
    let body = query::body(wanted, after, now, door.timeout.as_millis() * 4 / 5);
    found(&ask(door, &body).await?)
}

/// An answer to this body, in time and whole.
pub(super) async fn ask(door: &Door, body: &Value) -> Option<Value> {
    let client = door.engine()?;
    let answer = client.search(body, door.timeout).await;
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
