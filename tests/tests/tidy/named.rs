//! Tests that the documents name are there: `` `booking/race::what_it_says` `` is that function in `tests/tests/booking/race.rs`, and a path that
//! ends with `.rs` is one from the root.

use std::fs;

use crate::root;

/// Code spans of a text that name a test: file and function.
fn named(text: &str) -> Vec<(String, String)> {
    let spans = text.split('`').skip(1).step_by(2);
    let of_span = |span: &str| {
        let (file, name) = span.split_once("::")?;
        let is_file = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/_.".contains(c);
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let is_test = file.chars().all(is_file) && name.chars().all(is_name);
        // `crate::module` and the like have no folder.
        let has_words = name.matches('_').count() >= 2;
        (is_test && has_words).then(|| (file.to_owned(), name.to_owned()))
    };
    spans.filter_map(of_span).collect()
}

/// Whether that file has such a test.
fn is_there(file: &str, name: &str) -> bool {
    let ends = ["", ".rs", "/mod.rs", "/main.rs"];
    let below = ends.map(|end| root().join(format!("tests/tests/{file}{end}")));
    let candidates = below.into_iter().chain([root().join(file)]);
    let mut texts = candidates.filter_map(|path| fs::read_to_string(path).ok());
    let test = format!("fn {name}(");
    texts.any(|text| {
        text.lines().zip(text.lines().skip(1)).any(|(before, line)| {
            line.contains(&test) && before.contains("test") && before.trim().starts_with("#[")
        })
    })
}

#[test]
fn tests_that_documents_name_are_there() {
    let mut count = 0;
    for entry in fs::read_dir(root().join("docs")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("text");
        for (file, name) in named(&text) {
            assert!(is_there(&file, &name), "{}: there is no test {file}::{name}", path.display());
            count += 1;
        }
    }
    assert!(count > 40, "{count} tests are named");
}

#[test]
fn a_test_that_is_gone_is_seen() {
    let text = "| a | `booking/race::nobody_has_written_this`, `chrono::Utc`, `x` |";
    assert_eq!(named(text), [("booking/race".to_owned(), "nobody_has_written_this".to_owned())]);
    assert!(!is_there("booking/race", "nobody_has_written_this"));
    assert!(is_there("tidy/named", "a_test_that_is_gone_is_seen"));
}
