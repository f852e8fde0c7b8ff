//! The engine's query for what a beginning may become: whole terms that the index holds for every beginning of a name, so
//! the answer is a look-up. Half a syllable is a beginning too: 강ㄴ, on the way to 강남.

use domain::hangul::{as_initials, letters};
use serde_json::{Value, json};

use super::looked_for::Reading;

/// Letters that the index keeps of the beginning of a name.
const BEGINNING: usize = 24;

fn beginning(reading: &Reading) -> Value {
    let cut = |text: String| text.chars().take(BEGINNING).collect::<String>();
    let term = match as_initials(&reading.whole) {
        Some(initials) => json!({"initial_beginnings": cut(initials)}),
        None => json!({"beginnings": cut(letters(&reading.whole))}),
    };
    json!({"constant_score": {"filter": {"term": term}, "boost": if reading.literal { 2.0 } else { 1.0 }}})
}

/// The body of a search.
pub(super) fn body(readings: &[Reading], limit: u32, timeout_ms: u128) -> Value {
    json!({
        "query": {"function_score": {
            "query": {"dis_max": {"queries": readings.iter().map(beginning).collect::<Vec<_>>()}},
            "field_value_factor": {"field": "size", "modifier": "log1p", "factor": 1, "missing": 0},
            "boost_mode": "sum",
        }},
        "sort": [{"_score": "desc"}, {"id": "asc"}],
        "size": limit,
        "track_total_hits": false,
        "timeout": format!("{timeout_ms}ms"),
        "_source": ["id", "name", "sido", "sigungu"],
    })
}
