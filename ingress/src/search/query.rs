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
/// Letters of a text that are compared piece by piece: the engine bounds the pieces of a whole query.
const COMPARED: usize = 32;
/// Letters of a text in which slips are looked for: the engine refuses to do it in much longer ones.
const SLIPPED: std::ops::RangeInclusive<usize> = 3..=20;

// What a match is worth. Those of a name lie above each other: the name itself, the text within a name, a slip away from the
// name, a likeness. What a word is found by is worth less than any name and more than a likeness, whose own score, which
// rises with every piece in common, is scaled down to count among equals.
const NAME: f64 = 60.0;
const WITHIN: f64 = 50.0;
const BEGINS: f64 = 10.0;
const NEAR: [f64; 3] = [8.0, 5.0, 3.0];
const LIKE: f64 = 0.1;
const WORD: f64 = 16.0;
const WORD_IN_NAME: f64 = 24.0;
const WORD_IS_NAME: f64 = 40.0;
const DOCTOR: f64 = 18.0;
const SIZE: f64 = 0.4;

/// How far from what was typed hits may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// As it stands in names, places and words: cheap, and nothing else is among the hits.
    Typed,
    /// One or two slips away, or like it: asked where nothing is as it was typed.
    Near,
}

#[expect(clippy::needless_pass_by_value, reason = "filters are made in place")]
fn worth(filter: Value, boost: f64) -> Value {
    json!({"constant_score": {"filter": filter, "boost": boost}})
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn beginning(text: &str) -> String {
    cut(&letters(text), BEGINNING)
}

/// The text stands in the name as it was typed.
fn within(text: &str) -> Value {
    json!({"match_phrase": {"pieces": text}})
}

/// Many pieces of the text stand in the name.
fn like(text: &str, pieces: &str, apart: &str) -> [Value; 2] {
    let text = cut(text, COMPARED);
    let letters = letters(&text);
    [
        json!({"match": {"pieces": {"query": text, "minimum_should_match": pieces, "boost": LIKE}}}),
        json!({"match": {"letters": {"query": letters, "minimum_should_match": apart, "boost": LIKE}}}),
    ]
}

/// One slip away from a name: of a finger, which is a letter, or of a whole syllable. Two of them, where the text is long.
fn near(whole: &str, length: usize) -> Vec<Value> {
    let fuzzy = |field: &str, text: &str, edits: u8| json!({"fuzzy": {field: {"value": text, "fuzziness": edits, "max_expansions": 50}}});
    let apart = letters(whole);
    let mut near = vec![worth(fuzzy("form_letters", &apart, 1), NEAR[0])];
    near.push(worth(fuzzy("forms", whole, 1), NEAR[0]));
    near.push(worth(fuzzy("form_letters", &apart, 2), NEAR[1]));
    if length > 5 {
        near.push(worth(fuzzy("forms", whole, 2), NEAR[2]));
    }
    near
}

/// The whole text as a name. Slips are looked for in what was typed alone, and not in what may have been meant.
fn as_name(whole: &str, literal: bool, reach: Reach) -> Value {
    let length = whole.chars().count();
    let mut should = vec![
        worth(json!({"term": {"forms": whole}}), NAME),
        worth(json!({"term": {"beginnings": beginning(whole)}}), BEGINS),
    ];
    if let Some(initials) = as_initials(whole) {
        should.push(worth(json!({"term": {"initials": initials}}), NAME));
        let start = cut(&initials, BEGINNING);
        should.push(worth(json!({"term": {"initial_beginnings": start}}), BEGINS));
        if length > 1 {
            should.push(json!({"match_phrase": {"initial_pairs": initials}}));
        }
    } else if length > 1 {
        should.push(worth(within(whole), WITHIN));
        if reach == Reach::Near {
            should.extend(like(whole, "3<70%", "3<55%"));
        }
        if reach == Reach::Near && literal && SLIPPED.contains(&length) {
            should.extend(near(whole, length));
        }
    }
    json!({"bool": {"should": should, "minimum_should_match": 1}})
}

/// One word among others: a place, a department, a type, hours, a doctor, or a part of the name.
fn as_word(word: &Word, like_it: bool) -> Value {
    let text = &word.text;
    let mut any = vec![
        worth(json!({"term": {"place": text}}), WORD),
        worth(json!({"term": {"doctor_names": text}}), DOCTOR),
        worth(json!({"term": {"forms": text}}), WORD_IS_NAME),
        worth(json!({"term": {"beginnings": beginning(text)}}), BEGINS),
    ];
    match &word.meaning {
        Some(Meaning::Departments(names)) => {
            any.push(worth(json!({"terms": {"departments": names}}), WORD));
        }
        Some(Meaning::Kinds(names)) => any.push(worth(json!({"terms": {"kind": names}}), WORD)),
        Some(Meaning::Hours(open)) => any.extend(open_of(*open).map(|filter| worth(filter, WORD))),
        Some(Meaning::Filler) | None => {}
    }
    if text.chars().count() > 1 {
        let part = if word.meaning.is_some() { WORD } else { WORD_IN_NAME };
        any.push(worth(within(text), part));
        any.push(json!({"match": {"name": {"query": text, "operator": "and", "boost": LIKE}}}));
        if like_it && word.meaning.is_none() {
            any.extend(like(text, "3<75%", "3<70%"));
        }
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

fn reading(reading: &Reading, reach: Reach) -> Value {
    let like_it = reading.literal && reach == Reach::Near;
    let (fillers, telling): (Vec<_>, Vec<_>) =
        reading.words.iter().partition(|word| word.is_filler());
    let (must, should) =
        if telling.is_empty() { (fillers, Vec::new()) } else { (telling, fillers) };
    let words = json!({"bool": {
        "must": must.into_iter().map(|word| as_word(word, like_it)).collect::<Vec<_>>(),
        "should": should.into_iter().map(|word| as_word(word, like_it)).collect::<Vec<_>>(),
    }});
    let boost = if reading.literal { 1.0 } else { NOT_LITERAL };
    json!({"dis_max": {"queries": [as_name(&reading.whole, reading.literal, reach), words], "boost": boost}})
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
        OpenFilter::Now => json!({"bool": {
            "filter": [{"term": {"open": OpeningHours::minute_of_week(now)}}],
            "must_not": [{"term": {"shut": now.timestamp()}}],
        }}),
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
    reach: Reach,
) -> Value {
    let readings: Vec<Value> = wanted.readings.iter().map(|read| reading(read, reach)).collect();
    let mut query = json!({"filter": filters(wanted, now)});
    if !readings.is_empty() {
        query["must"] = json!([{"dis_max": {"queries": readings}}]);
    }
    let mut body = json!({
        // Of two that fit alike, the larger.
        "query": {"function_score": {
            "query": {"bool": query},
            "functions": [{"field_value_factor": {"field": "size", "modifier": "log1p", "factor": 1, "missing": 0}, "weight": SIZE}],
            "boost_mode": "sum",
        }},
        "sort": sort(wanted),
        "size": wanted.limit + 1,
        "track_total_hits": COUNTED,
        "track_scores": false,
        "timeout": format!("{timeout_ms}ms"),
        "_source": {"excludes": ["forms", "form_letters", "pieces", "letters", "initials", "initial_pairs", "beginnings", "initial_beginnings", "place", "open", "free_days"]},
    });
    match after {
        Some(Place::Engine(values)) => body["search_after"] = json!(values),
        _ => body["aggs"] = facets(),
    }
    body
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
