//! What is typed reaches the engine as values alone, and no text makes a query that is heavier than the bounds.

use super::*;
use crate::search::suggest_query;
use crate::search::wanted::{Members, readings};

/// Everything that a query or a sort may say: what understands a text as syntax, or runs it, is not among it.
const SAID: [&str; 9] = [
    "query_string",
    "simple_query_string",
    "regexp",
    "wildcard",
    "prefix",
    "span_near",
    "script",
    "script_score",
    "more_like_this",
];
/// Texts that mean something elsewhere.
const ODD: [&str; 14] = [
    "서울* AND 내과",
    "name:강남 OR _exists_:id",
    "\"강남 병원\"~5",
    "/강.*/",
    "강남^9 +내과 -외과",
    "[가 TO 하] {1 TO 9}",
    "{\"match_all\":{}}",
    "\\\"}},{\"match_all\":{}}",
    "<script>alert(1)</script> 병원",
    "강남 && 내과 || !외과",
    "%강남_",
    "'; DROP TABLE hospital; --",
    "${jndi:x} 병원",
    "강남🏥 병원",
];

fn now() -> Timestamp {
    domain::time::parse("2026-11-23T10:00:00Z").unwrap()
}

fn of(text: &str) -> Value {
    let wanted = serde_json::from_value::<Members>(json!({"q": text})).unwrap().wanted(now());
    body(&wanted.unwrap(), None, now(), 800, Reach::Near)
}

/// Every name of a member, and every text, in a body.
fn walk(value: &Value, names: &mut Vec<String>, texts: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                names.push(name.clone());
                walk(value, names, texts);
            }
        }
        Value::Array(all) => all.iter().for_each(|value| walk(value, names, texts)),
        Value::String(text) => texts.push(text.clone()),
        _ => {}
    }
}

fn names_and_texts(body: &Value) -> (Vec<String>, Vec<String>) {
    let (mut names, mut texts) = (Vec::new(), Vec::new());
    walk(body, &mut names, &mut texts);
    (names, texts)
}

#[test]
fn what_is_typed_is_never_syntax() {
    let (known, _) = names_and_texts(&of("강남구 소아과 야간진료 ㄱㄴㅂㅇ"));
    let (initials, _) = names_and_texts(&of("ㄱㄴㅂㅇ"));
    let (alone, _) = names_and_texts(&of("강남구소아과"));
    let known = [known, initials, alone].concat();
    for text in ODD {
        let suggested = suggest_query::body(&readings(Some(text)).unwrap(), 8, 800);
        for body in [of(text), suggested] {
            let (names, texts) = names_and_texts(&body);
            for name in &names {
                assert!(!SAID.contains(&name.as_str()), "{text}: {name}");
                let suggests = ["initial_beginnings", "beginnings"].contains(&name.as_str());
                assert!(suggests || known.contains(name), "{text} has made the member {name}");
            }
            // Marks are gone before the engine sees a text; those that are left are the query's own.
            let own = |text: &&String| !(text.starts_with("3<") && text.ends_with('%'));
            let marks = |text: &&String| text.contains(['*', '"', '<', '{', '\\', '/', '^', '🏥']);
            assert_eq!(texts.iter().filter(own).find(marks), None, "{text}");
        }
    }
}

#[test]
fn what_is_as_it_was_typed_is_asked_for_without_slips() {
    let wanted =
        serde_json::from_value::<Members>(json!({"q": "강남구 소아과"})).unwrap().wanted(now());
    let (names, _) = names_and_texts(&body(&wanted.unwrap(), None, now(), 800, Reach::Typed));
    for costly in ["fuzzy", "letters"] {
        assert!(!names.iter().any(|name| name == costly), "{costly}");
    }
    assert!(names.iter().any(|name| name == "match_phrase"));
}

#[test]
fn no_text_is_heavier_than_the_bounds() {
    let letters: Vec<char> = ('가'..='힣').step_by(83).collect();
    let word = |number: usize, length: usize| -> String {
        letters.iter().cycle().skip(number * 17).take(length).collect()
    };
    let one: String = word(0, 100);
    let many = (0..8).map(|number| word(number, 11)).collect::<Vec<_>>().join(" ");
    let keyboard = ["rkskekfkakqk"; 8].join(" ").chars().take(100).collect::<String>();
    let initials = "ㄳ".repeat(100);
    for text in [one, many, keyboard, initials, "강남구소아과".to_owned()] {
        let body = of(&text);
        assert!(body.to_string().len() < 32 * 1_024, "{text}: {}", body.to_string().len());
        let (names, _) = names_and_texts(&body);
        let count = |name: &str| names.iter().filter(|known| *known == name).count();
        let leaves = count("term") + count("terms") + count("match") + count("match_phrase");
        assert!(leaves + count("fuzzy") <= MOST_LEAVES, "{text}: {leaves}");
        assert!(count("fuzzy") <= 4, "{text}");
        assert_eq!((&body["size"], &body["track_total_hits"]), (&json!(21), &json!(COUNTED)));
        assert_eq!(body["timeout"], "800ms");
        assert!(grams(&body) <= MOST_GRAMS, "{text}: {} pieces", grams(&body));
    }
}

/// Parts of a query at most: three readings of eight words.
const MOST_LEAVES: usize = 300;
/// Pieces that the engine looks up at most; it refuses 1,024.
const MOST_GRAMS: usize = 900;

/// Pieces that the engine makes of the texts that it takes apart.
fn grams(value: &Value) -> usize {
    match value {
        Value::Object(members) => {
            let own = |field: &str, of: fn(usize) -> usize| {
                let matched = &members.get("match").unwrap_or(&Value::Null)[field]["query"];
                matched.as_str().map_or(0, |text| of(text.chars().count()))
            };
            let pieces = own("pieces", |length| (2 * length).saturating_sub(3));
            let triples = own("letters", |length| length.saturating_sub(2));
            pieces + triples + members.values().map(grams).sum::<usize>()
        }
        Value::Array(all) => all.iter().map(grams).sum(),
        _ => 0,
    }
}
