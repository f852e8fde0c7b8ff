//! The engine's query. Whatever is typed stands in it as a value, never as syntax, and the number of its parts is bounded
//! by the number of words.

use domain::hangul::{as_initials, letters};
use domain::time::Timestamp;
use domain::vocabulary::{Meaning, Open};
use platform::search::OpeningHours;
use serde_json::{Value, json};

use super::cursor::Place;
use super::looked_for::{Reading, Word};
use super::wanted::{OpenFilter, Sort, Wanted};

/// Letters that the index keeps of the beginning of a name.
const BEGINNING: usize = 24;
/// A total beyond this is not counted to its end.
const COUNTED: u32 = 10_000;
/// What a reading is worth that is not literal.
const NOT_LITERAL: f64 = 0.9;

#[expect(clippy::needless_pass_by_value, reason = "filters are made in place")]
fn worth(filter: Value, boost: f64) -> Value {
    json!({"constant_score": {"filter": filter, "boost": boost}})
}

fn beginning(text: &str) -> String {
    letters(text).chars().take(BEGINNING).collect()
}

/// The whole text as a name.
fn as_name(whole: &str) -> Value {
    let length = whole.chars().count();
    let mut should = vec![
        worth(json!({"term": {"forms": whole}}), 60.0),
        worth(json!({"term": {"beginnings": beginning(whole)}}), 15.0),
    ];
    if let Some(initials) = as_initials(whole) {
        should.push(worth(json!({"term": {"initials": initials}}), 60.0));
        let start: String = initials.chars().take(BEGINNING).collect();
        should.push(worth(json!({"term": {"initial_beginnings": start}}), 15.0));
        if length > 1 {
            should.push(json!({"match_phrase": {"initial_pairs": initials}}));
        }
    } else if length > 1 {
        should
            .push(json!({"match": {"pieces": {"query": whole, "minimum_should_match": "3<70%"}}}));
        let apart = letters(whole);
        should.push(json!({"match": {"letters": {"query": apart, "minimum_should_match": "3<55%", "boost": 0.8}}}));
        if length > 2 {
            let edits = if length > 5 { 2 } else { 1 };
            let near = json!({"fuzzy": {"forms": {"value": whole, "fuzziness": edits, "max_expansions": 50}}});
            should.push(worth(near, 12.0));
        }
    }
    json!({"bool": {"should": should, "minimum_should_match": 1}})
}

/// One word among others: a place, a department, a type, hours, a doctor, or a part of the name.
fn as_word(word: &Word) -> Value {
    let text = &word.text;
    let mut any = vec![
        worth(json!({"term": {"place": text}}), 8.0),
        worth(json!({"term": {"doctor_names": text}}), 12.0),
        worth(json!({"term": {"forms": text}}), 40.0),
        worth(json!({"term": {"beginnings": beginning(text)}}), 10.0),
    ];
    match &word.meaning {
        Some(Meaning::Departments(names)) => {
            any.push(worth(json!({"terms": {"departments": names}}), 8.0));
        }
        Some(Meaning::Kinds(names)) => any.push(worth(json!({"terms": {"kind": names}}), 8.0)),
        Some(Meaning::Hours(open)) => any.extend(open_of(*open).map(|filter| worth(filter, 8.0))),
        Some(Meaning::Filler) | None => {}
    }
    if text.chars().count() > 1 {
        any.push(json!({"match": {"pieces": {"query": text, "minimum_should_match": "3<75%"}}}));
        any.push(json!({"match": {"letters": {"query": letters(text), "minimum_should_match": "3<70%", "boost": 0.5}}}));
        any.push(json!({"match": {"name": {"query": text, "operator": "and", "boost": 0.5}}}));
    }
    json!({"dis_max": {"queries": any, "tie_breaker": 0.1}})
}

/// What hours a word asks for; "now" is a filter alone.
fn open_of(open: Open) -> Option<Value> {
    let field = match open {
        Open::Now => return None,
        Open::Saturday => "open_saturday",
        Open::Sunday => "open_sunday",
        Open::Night => "open_night",
        Open::Emergency => "emergency",
    };
    Some(json!({"term": {field: "yes"}}))
}

fn reading(reading: &Reading) -> Value {
    let (fillers, telling): (Vec<_>, Vec<_>) =
        reading.words.iter().partition(|word| word.is_filler());
    let (must, should) =
        if telling.is_empty() { (fillers, Vec::new()) } else { (telling, fillers) };
    let words = json!({"bool": {
        "must": must.into_iter().map(as_word).collect::<Vec<_>>(),
        "should": should.into_iter().map(as_word).collect::<Vec<_>>(),
    }});
    let boost = if reading.literal { 1.0 } else { NOT_LITERAL };
    json!({"dis_max": {"queries": [as_name(&reading.whole), words], "boost": boost}})
}

fn filters(wanted: &Wanted, now: Timestamp) -> Vec<Value> {
    let mut filters = Vec::new();
    if !wanted.departments.is_empty() {
        filters.push(json!({"terms": {"departments": wanted.departments}}));
    }
    if !wanted.kinds.is_empty() {
        filters.push(json!({"terms": {"kind": wanted.kinds}}));
    }
    for name in wanted.sido.iter().chain(&wanted.sigungu) {
        filters.push(json!({"term": {"place": name}}));
    }
    if let Some(near) = wanted.near {
        let point = json!({"lat": near.lat, "lon": near.lon});
        filters.push(json!({"geo_distance": {"distance": format!("{}km", near.within_km), "location": point}}));
    }
    if let Some(day) = wanted.free_on {
        filters.push(json!({"term": {"free_days": day.to_string()}}));
    }
    filters.extend(wanted.open.iter().map(|open| match open {
        OpenFilter::Now => json!({"term": {"open": OpeningHours::minute_of_week(now)}}),
        OpenFilter::Saturday => json!({"term": {"open_saturday": "yes"}}),
        OpenFilter::Sunday => json!({"term": {"open_sunday": "yes"}}),
        OpenFilter::Night => json!({"term": {"open_night": "yes"}}),
        OpenFilter::Emergency => json!({"term": {"emergency": "yes"}}),
    }));
    filters
}

fn sort(wanted: &Wanted) -> Value {
    let id = json!({"id": "asc"});
    match (wanted.sort, wanted.near) {
        (Sort::Distance, Some(near)) => {
            let point = json!({"lat": near.lat, "lon": near.lon});
            json!([{"_geo_distance": {"location": point, "order": "asc", "unit": "m"}}, id])
        }
        (Sort::Rating, _) => {
            json!([{"rating": {"order": "desc", "missing": "_last"}}, {"size": "desc"}, id])
        }
        _ => json!([{"_score": "desc"}, id]),
    }
}

fn facets() -> Value {
    let terms = |field: &str, size: u8| json!({"terms": {"field": field, "size": size}});
    json!({
        "departments": terms("departments", 50),
        "types": terms("kind", 20),
        "sido": terms("sido", 20),
        "sigungu": terms("sigungu", 50),
        "open_sunday": terms("open_sunday", 3),
        "open_night": terms("open_night", 3),
        "availability": terms("availability", 2),
    })
}

/// The body of a search for a page after `after`.
pub(super) fn body(
    wanted: &Wanted,
    after: Option<&Place>,
    now: Timestamp,
    timeout_ms: u128,
) -> Value {
    let readings: Vec<Value> = wanted.readings.iter().map(reading).collect();
    let mut query = json!({"filter": filters(wanted, now)});
    if !readings.is_empty() {
        query["must"] = json!([{"dis_max": {"queries": readings}}]);
    }
    let mut body = json!({
        // Of two that fit alike, the larger.
        "query": {"function_score": {
            "query": {"bool": query},
            "field_value_factor": {"field": "size", "modifier": "log1p", "factor": 1, "missing": 0},
            "boost_mode": "sum",
        }},
        "sort": sort(wanted),
        "size": wanted.limit + 1,
        "track_total_hits": COUNTED,
        "track_scores": false,
        "timeout": format!("{timeout_ms}ms"),
        "_source": {"excludes": ["forms", "pieces", "letters", "initials", "initial_pairs", "beginnings", "initial_beginnings", "place", "open", "free_days"]},
    });
    match after {
        Some(Place::Engine(values)) => body["search_after"] = json!(values),
        _ => body["aggs"] = facets(),
    }
    body
}
