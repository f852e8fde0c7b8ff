//! Whole lists with one kind of fault each, and what is said of them.

use super::{Counts, Identified, Reading};
use unicode_normalization::UnicodeNormalization;

pub const HEADER: &str = "id,name,type,address,phone,opened_on,url";

/// A list of so many rows; each line may be changed.
pub fn list(rows: usize, change: impl Fn(usize, &str) -> String) -> String {
    let mut text = format!("{HEADER}\n");
    for row in 1..=rows {
        let line =
            format!("a{row},{row}호의원,의원,서울 {row},02-{row},2005-01-12,http://a.kr/{row}");
        text.push_str(&change(row, &line));
        text.push('\n');
    }
    text
}

pub fn same(_: usize, line: &str) -> String {
    line.to_owned()
}

/// Counts and what is printed, where these are known.
pub fn told_of(
    text: impl Into<Vec<u8>>,
    known: &[Identified],
) -> (Counts, String, Vec<Identified>) {
    let reading = Reading::of_bytes("list.csv", text.into()).unwrap();
    let (plan, report) = reading.plan(known);
    let mut out = Vec::new();
    report.print(std::time::Duration::ZERO, &mut out).unwrap();
    assert!(report.counts.add_up(), "{:?}", report.counts);
    (report.counts, String::from_utf8(out).unwrap(), [plan.added, plan.changed].concat())
}

pub fn told(text: impl Into<Vec<u8>>) -> (Counts, String) {
    let (counts, told, _) = told_of(text, &[]);
    (counts, told)
}

fn counts([read, added, rejected, unread]: [u64; 4]) -> Counts {
    Counts { read, added, rejected, unread, ..Counts::default() }
}

/// The message with which a file is refused.
pub fn refusal(bytes: impl Into<Vec<u8>>) -> String {
    Reading::of_bytes("list.csv", bytes.into()).unwrap_err().to_string()
}

#[test]
fn an_unclosed_quote_names_its_line_and_what_was_not_read() {
    for (column, what) in [
        ("1호의원", "\"1호의원"),
        ("의원,서울", "\"의원,서울"),
        ("http", "\"http"),
        ("2005", "=\"2005"),
    ] {
        let first =
            list(
                59,
                |row, line| if row == 1 { line.replacen(column, what, 1) } else { same(row, line) },
            );
        let (found, text) = told(first);
        assert_eq!(found, counts([59, 0, 1, 58]), "{text}");
        assert!(text.contains("rejected, line 2: a quote opens in line 2"), "{text}");
        assert!(text.contains("58 rows were not read, from line 3 on"), "{text}");
        assert!(text.contains("NOT whole"), "{text}");
    }
    // The quote of a later row closes it, with text behind.
    let closed = list(59, |row, line| match row {
        5 => line.replacen("서울 5", "\"서울 5", 1),
        9 => line.replacen("서울 9", "\"서울 9, 2층\"", 1),
        _ => same(row, line),
    });
    let (found, text) = told(closed);
    assert_eq!(found, counts([59, 4, 1, 54]), "{text}");
    assert!(
        text.contains("rejected, line 6: a quote opens in line 6, in the column address"),
        "{text}"
    );
    let header = refusal(list(3, same).replacen("name", "\"name", 1));
    assert!(header.contains("line 1") && header.contains("3 rows were not read"), "{header}");
}

#[test]
fn two_stray_quotes_do_not_swallow_rows() {
    let text = list(9, |row, line| match row {
        3 => line.replacen("서울 3", "\"서울 3", 1),
        6 => line.replacen("서울 6", "서울 6\"", 1),
        _ => same(row, line),
    });
    let (found, text) = told(text);
    assert_eq!(found, counts([9, 5, 1, 3]), "{text}");
    assert!(text.contains("3 rows were not read, from line 5 on"), "{text}");
    // An address of two lines is one.
    let (found, _) = told(list(9, |row, line| {
        line.replacen(&format!("서울 {row}"), "\"서울 1, 2층\n(역삼동)\"", 1)
    }));
    assert_eq!(found, counts([9, 9, 0, 0]));
}

#[test]
fn decomposed_text_is_the_same_text() {
    let composed = list(5, same);
    let decomposed: String = composed.nfd().collect();
    assert_ne!(composed, decomposed);
    let (_, _, known) = told_of(composed.clone(), &[]);
    let (found, text, _) = told_of(decomposed.clone(), &known);
    assert_eq!(found.unchanged, 5, "{text}");
    // The same without ids, with titles of the wild, either form first.
    let wild = |text: &str| {
        text.lines()
            .map(|line| line.split_once(',').unwrap().1)
            .collect::<Vec<_>>()
            .join("\n")
            .replacen("name,type,address", "요양기관명,종별코드명,주소", 1)
    };
    for [first, second] in [[&composed, &decomposed], [&decomposed, &composed]] {
        let (_, _, known) = told_of(wild(first).nfd().collect::<String>(), &[]);
        let (found, text, _) = told_of(wild(second).nfc().collect::<String>(), &known);
        assert_eq!(found.unchanged, 5, "{text}");
    }
}

/// Rows that were stored before text was composed are found again, and mended.
#[test]
fn decomposed_rows_in_the_database_are_found_again() {
    let (_, _, mut known) = told_of("name,type,address\n가의원,의원,서울 1\n", &[]);
    for (_, hospital) in &mut known {
        hospital.name = hospital.name.nfd().collect();
        hospital.address = hospital.address.nfd().collect();
        hospital.source_key = "sha256-of-the-other-form".to_owned();
    }
    let (found, _, changed) = told_of("name,type,address\n가의원,의원,서울 1\n", &known);
    assert_eq!((found.added, found.changed), (0, 1));
    assert_eq!((changed[0].0, changed[0].1.name.as_str()), (known[0].0, "가의원"));
}

#[test]
fn lines_are_counted_as_editors_count_them() {
    let faulty = list(9, |row, line| match row {
        2 => format!("\n{line}\n  "),
        4 => line.replacen("4호의원", "\"4\n호의원\"", 1),
        7 => line.replacen("7호의원", "", 1),
        _ => same(row, line),
    });
    for end in ["\n", "\r\n", "\r"] {
        let (found, text) = told(faulty.replace('\n', end));
        assert_eq!(found, counts([9, 8, 1, 0]), "{text}");
        assert!(text.contains("rejected, line 11: the name is empty"), "{end:?}: {text}");
    }
}

#[test]
fn blank_values_too_many_and_optional_ones_too_few_are_no_fault() {
    let (found, text) = told(list(9, |_, line| format!("{line},")));
    assert_eq!(found, counts([9, 9, 0, 0]), "{text}");
    let (found, text) = told(list(9, |_, line| format!("{line}, ,,\"\"")));
    assert_eq!(found, counts([9, 9, 0, 0]), "{text}");
    let (found, text) = told(list(9, |_, line| line.rsplitn(4, ',').last().unwrap().to_owned()));
    assert_eq!(found, counts([9, 9, 0, 0]), "{text}");
    let (found, text) = told(list(9, |row, line| match row {
        3 => format!("{line},more"),
        4 => "a4,4호의원,의원".to_owned(),
        _ => same(row, line),
    }));
    assert_eq!(found, counts([9, 7, 2, 0]), "{text}");
    assert!(text.contains("line 4: 8 values instead of 7"), "{text}");
    assert!(text.contains("line 5: 3 values instead of 7: name or address is missing"), "{text}");
    // A file that ends within a row may be cut off.
    let whole = list(3, same);
    let (found, text) = told(&whole[..whole.len() - 30]);
    assert_eq!(found, counts([3, 3, 0, 0]));
    assert!(text.contains("warning, line 4: the file ends here"), "{text}");
}

#[test]
fn dates_that_are_not_read_leave_what_is_known() {
    let (_, _, known) = told_of(list(2, same), &[]);
    let other = list(2, |row, line| {
        line.replace("2005-01-12", if row == 1 { "2005-1-12 0:00" } else { "1/12/2005" })
    });
    let (found, text, _) = told_of(other, &known);
    assert_eq!(found.unchanged, 2, "{text}");
    assert!(text.contains("warning, line 3: \"1/12/2005\" is not a date"), "{text}");
}

#[test]
fn headers_and_totals_among_the_rows_are_rejected() {
    let text = list(9, |row, line| match row {
        4 => format!("{line}\n{HEADER}"),
        9 => format!("{line}\n합계,,,,9,,\n,총 9개소,,서울,,,\n,,,,,,"),
        _ => same(row, line),
    });
    let (found, text) = told(text);
    assert_eq!(found, counts([13, 9, 4, 0]), "{text}");
    for reason in [
        "line 6: the header again",
        "line 12: a row of totals",
        "line 13: a row of totals",
        "line 14: the row is empty",
    ] {
        assert!(text.contains(reason), "{reason}: {text}");
    }
    // Columns in another order would be read as something else.
    let other =
        format!("{}name,address,phone\n가의원,서울 1,02-1\n나의원,서울 2,02-2\n", list(4, same));
    let (found, text) = told(other);
    assert_eq!(found, counts([7, 4, 1, 2]), "{text}");
    assert!(
        text.contains("2 rows were not read, from line 7 on: of the list that begins in line 6"),
        "{text}"
    );
}

#[test]
fn what_is_too_long_is_refused_by_row_with_its_column_and_limit() {
    for (name, limit) in super::limits() {
        let of_length = |length: usize| {
            let columns = [("name", "가의원"), ("address", "서울 1")]
                .into_iter()
                .filter(|(known, _)| *known != name);
            let (titles, values): (Vec<_>, Vec<_>) = columns.unzip();
            let (titles, values) = (titles.join(","), values.join(","));
            told(format!("{titles},{name}\n{values},{}\n", "가".repeat(length)))
        };
        let (found, text) = of_length(limit);
        assert_eq!((found.added, found.rejected), (1, 0), "{name}: {text}");
        let (found, text) = of_length(limit + 1);
        assert_eq!((found.added, found.rejected), (0, 1), "{name}: {text}");
        let reason = format!(
            "rejected, line 2: the {name} is longer than {limit} characters: it has {}",
            limit + 1
        );
        assert!(text.contains(&reason), "{text}");
    }
    let (found, text) = told(list(3, |row, line| {
        if row == 2 { format!("{line}{}", "x".repeat(66_000)) } else { same(row, line) }
    }));
    assert_eq!(found, counts([3, 2, 1, 0]), "{text}");
    assert!(
        text.contains("line 3: the url is longer than 2048 characters") && text.len() < 1_000,
        "{text}"
    );
}

#[test]
fn formulas_and_characters_that_nobody_sees_are_taken_off() {
    let (_, _, known) = told_of(list(3, same), &[]);
    let dressed = list(3, |row, line| match row {
        1 => {
            line.replace("02-1", "=\"02-1\"").replace("1호의원", "\u{200b}1호\u{feff}의원\u{200d}")
        }
        2 => line.replace("02-2", "\"=\"\"02-2\"\"\"").replace("서울 2", "서울\u{a0}2"),
        _ => line.replace("서울 3", "\"서울\r\n3\""),
    });
    let (found, text, _) = told_of(format!("\u{feff}{dressed}"), &known);
    assert_eq!(found.unchanged, 3, "{text}");
    let (found, text) = told(list(3, |row, line| match row {
        1 => line.replace("1호", "1\u{0}호"),
        2 => line.replace("2호의원", "=A1&B1"),
        _ => same(row, line),
    }));
    assert_eq!(found, counts([3, 1, 2, 0]), "{text}");
    assert!(text.contains("line 2: the name has the control character U+0000"), "{text}");
    assert!(text.contains("line 3: the name is a formula"), "{text}");
}
