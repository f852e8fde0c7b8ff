//! Limits of what is looked for, and the order that is meant.

use super::*;

fn wanted(members: &Members) -> Result<Wanted, Problem> {
    members.clone().wanted(domain::time::parse("2026-11-23T10:00:00Z").unwrap())
}

fn q(text: &str) -> Members {
    Members { q: Some(text.to_owned()), ..Members::default() }
}

#[test]
fn limits_are_reached() {
    assert!(
        wanted(&q(&"가".repeat(MAX_TEXT))).is_ok()
            && wanted(&q(&"가".repeat(MAX_TEXT + 1))).is_err()
    );
    let words = |count: usize| vec!["가"; count].join(" ");
    assert!(wanted(&q(&words(MAX_WORDS))).is_ok() && wanted(&q(&words(MAX_WORDS + 1))).is_err());
    let near = |km: &str| Members {
        lat: Some("37.5".to_owned()),
        lon: Some("127".to_owned()),
        within_km: Some(km.to_owned()),
        ..Members::default()
    };
    for (km, taken) in [
        ("0", false),
        ("0.1", true),
        ("200", true),
        ("200.1", false),
        ("40000", false),
        ("NaN", false),
    ] {
        assert_eq!(wanted(&near(km)).is_ok(), taken, "{km}");
    }
    let on = |day: &str| Members { free_on: Some(day.to_owned()), ..Members::default() };
    for (day, taken) in
        [("2026-11-21", false), ("2026-11-22", true), ("2026-12-23", true), ("2026-12-24", false)]
    {
        assert_eq!(wanted(&on(day)).is_ok(), taken, "{day}");
    }
}

#[test]
fn a_point_alone_is_sorted_by_distance_and_words_by_relevance() {
    let near =
        Members { lat: Some("37.5".to_owned()), lon: Some("127".to_owned()), ..Members::default() };
    assert_eq!(wanted(&near).unwrap().sort, Sort::Distance);
    assert_eq!(
        wanted(&Members { q: Some("내과".to_owned()), ..near }).unwrap().sort,
        Sort::Relevance
    );
    assert!(wanted(&Members { sort: Some("distance".to_owned()), ..q("내과") }).is_err());
}

#[test]
fn another_query_has_another_fingerprint() {
    let one = wanted(&q("강남")).unwrap();
    assert_eq!(one.fingerprint(), wanted(&q("강남 ")).unwrap().fingerprint());
    assert_ne!(one.fingerprint(), wanted(&q("강북")).unwrap().fingerprint());
    let rated = Members { sort: Some("rating".to_owned()), ..q("강남") };
    assert_ne!(one.fingerprint(), wanted(&rated).unwrap().fingerprint());
}
