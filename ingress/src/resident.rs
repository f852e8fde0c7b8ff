//! Finds resident registration numbers (주민등록번호) in free text, however their thirteen digits are separated: a
//! birth date that there can be, a digit of 1 to 8, six more. Phones, times and dates stand for themselves.

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

/// Digits of the whole number, and of the birth date before its hyphen.
const DIGITS: usize = 13;
const BIRTH: usize = 6;

/// A row of digits with nothing between them, and what stands between it and the row before.
struct Group {
    digits: Vec<u8>,
    gap: String,
}

/// Holds a resident registration number.
pub(crate) fn names_resident(text: &str) -> bool {
    runs(text).iter().any(|run| {
        let dated = (0..run.len()).any(|at| is_full_date_with_serial(&run[at..]));
        dated || pieces(run).into_iter().any(holds_number)
    })
}

/// Groups of digits with nothing but separators between them. A separator is all that is neither letter nor digit, and
/// the letters that are typed for a dash. Digits of any width or in circles are digits.
fn runs(text: &str) -> Vec<Vec<Group>> {
    let mut runs = vec![Vec::new()];
    let mut gap = String::new();
    let mut adjacent = false;
    for c in text.nfkc() {
        if let Some(digit) = digit(c) {
            let Some(run) = runs.last_mut() else { continue };
            match run.last_mut() {
                Some(Group { digits, .. }) if adjacent => digits.push(digit),
                _ => run.push(Group { digits: vec![digit], gap: std::mem::take(&mut gap) }),
            }
            adjacent = true;
            continue;
        }
        adjacent = false;
        if c.is_alphanumeric() && !"ㅡㅣー一ᅳᅵ".contains(c) {
            runs.push(Vec::new());
            gap.clear();
        } else {
            gap.push(c);
        }
    }
    runs
}

/// The digit's value: ASCII, or of a script that residents of Korea may type.
fn digit(c: char) -> Option<u8> {
    const ZEROS: [char; 9] = ['0', '٠', '۰', '०', '০', '๐', '໐', '០', '၀'];
    let value = |zero: char| (c as u32).checked_sub(zero as u32).filter(|value| *value < 10);
    ZEROS.into_iter().find_map(value).and_then(|value| u8::try_from(value).ok())
}

/// Parts of a run between phones, times and dates.
fn pieces(run: &[Group]) -> Vec<&[Group]> {
    let (mut pieces, mut from, mut at) = (Vec::new(), 0, 0);
    while at < run.len() {
        let ordinary = ordinary(run, from, at);
        if ordinary > 0 {
            pieces.push(&run[from..at]);
            at += ordinary;
            from = at;
        } else {
            at += 1;
        }
    }
    pieces.push(&run[from..]);
    pieces
}

/// How many groups from `at` on are a phone, a time or a date; `from` is where the piece before them begins.
fn ordinary(run: &[Group], from: usize, at: usize) -> usize {
    let rest = &run[at..];
    let dated = if full_date(rest).is_some() { 3 } else { 0 };
    let phone = phone(rest);
    let gap = rest[0].gap.as_str();
    let spaced = gap.contains(char::is_whitespace);
    // `11/23 01012345678`: the word before is whole.
    let after_word = spaced && at > from + 1 && !run[at - 1].gap.contains(char::is_whitespace);
    // `2 010-1234-5678`: what joins its parts does not join it to the number before.
    let inner = rest.get(1).map_or("", |group| group.gap.as_str());
    let is_inner = |group: &Group| matches!(inner, "-" | ".") && group.gap == inner;
    let joined = phone > 1 && rest[1..phone].iter().all(is_inner) && gap != inner;
    // `1. 010 1234 5678`: an entry of a list.
    let entry = at == from + 1
        && run[from].digits.len() == 1
        && [". ", ") "].iter().any(|end| gap.starts_with(end));
    let after_break = at == from || is_strong(gap) || is_abroad(&rest[0]);
    let stands_alone = after_break || after_word || joined || entry;
    dated.max(if stands_alone { phone } else { 0 }).max(time(rest))
}

/// A comma with a space, or a new line, ends what was being said.
fn is_strong(gap: &str) -> bool {
    gap.contains('\n') || gap.contains(", ") || gap.contains("; ")
}

/// `+82`.
fn is_abroad(group: &Group) -> bool {
    group.gap.ends_with('+') && group.digits.starts_with(&[8, 2])
}

/// Groups of a Korean phone number.
fn phone(groups: &[Group]) -> usize {
    let length = |at: usize| groups.get(at).map_or(0, |group| group.digits.len());
    let close = |at: usize| groups.get(at).is_some_and(|group| group.gap.chars().count() <= 3);
    let first = &groups[0].digits;
    if is_abroad(&groups[0]) && (10..=13).contains(&first.len()) {
        return 1;
    }
    if first.starts_with(&[0, 1]) && first.len() == 11 && is_national(first) {
        return 1;
    }
    let mut at = 0;
    let mut number = Vec::new();
    if first == &[8, 2] {
        at = if groups.get(1).is_some_and(|group| group.digits == [0]) { 2 } else { 1 };
        number.push(0);
    }
    let Some(area) = groups.get(at) else { return 0 };
    let area = area.digits.strip_prefix(&[0][..number.len()]).unwrap_or(&area.digits);
    number.extend_from_slice(area);
    let parts = match (length(at + 1), length(at + 2)) {
        (3 | 4, 4) if close(at + 2) => 2,
        (8, _) => 1,
        _ => return 0,
    };
    let rest = &groups[at + 1..=at + parts];
    number.extend(rest.iter().flat_map(|group| group.digits.iter().copied()));
    if area.len() <= 4 && close(at + 1) && is_national(&number) { at + 1 + parts } else { 0 }
}

/// Digits of a phone number as it is dialled within Korea.
pub(crate) fn is_national(digits: &[u8]) -> bool {
    match digits {
        [0, 2, rest @ ..] => (7..=8).contains(&rest.len()),
        [0, 1, 0, rest @ ..] => rest.len() == 8,
        [0, 1, 1 | 6..=9, rest @ ..] | [0, 3..=4 | 6..=8, _, rest @ ..] => {
            (7..=8).contains(&rest.len())
        }
        [0, 5, _, rest @ ..] => (7..=9).contains(&rest.len()),
        _ => false,
    }
}

/// Groups of a time: `10:30` or `10:30:15`.
fn time(groups: &[Group]) -> usize {
    let part = |at: usize, below: u32| {
        groups.get(at).is_some_and(|group| {
            let shape = if at == 0 { group.digits.len() <= 2 } else { group.digits.len() == 2 };
            shape && value(&group.digits) < below && (group.gap == ":") == (at > 0)
        })
    };
    let length = match (part(0, 25) && part(1, 60), part(2, 60)) {
        (false, _) => return 0,
        (true, seconds) => 2 + usize::from(seconds),
    };
    let serial = groups.get(length).is_some_and(|group| group.digits.len() > 4);
    if serial || groups.get(length).is_some_and(|group| group.gap == ":") { 0 } else { length }
}

/// The century of a date at the beginning: year of four digits, month, day.
fn full_date(groups: &[Group]) -> Option<[u8; 2]> {
    let [year, month, day, ..] = groups else { return None };
    let [first, second, ..] = year.digits[..] else { return None };
    let shape = year.digits.len() == 4 && month.digits.len() <= 2 && day.digits.len() <= 2;
    let year = i32::try_from(value(&year.digits)).ok()?;
    let date = NaiveDate::from_ymd_opt(year, value(&month.digits), value(&day.digits));
    (shape && matches!([first, second], [1, 9] | [2, 0]) && date.is_some())
        .then_some([first, second])
}

/// `1990.01.01-1234567`: a date with its century, and the number's second half.
fn is_full_date_with_serial(groups: &[Group]) -> bool {
    let Some(century) = full_date(groups) else { return false };
    let length = |at: usize| groups.get(at).map_or(0, |group| group.digits.len());
    let serial = length(3) == DIGITS - BIRTH || (length(3), length(4)) == (1, 6);
    serial && groups.get(3).is_some_and(|group| is_of_century(century, group.digits[0]))
}

/// The digit after the birth date says in which century that was.
fn is_of_century(century: [u8; 2], digit: u8) -> bool {
    match century {
        [1, 9] => matches!(digit, 1 | 2 | 5 | 6),
        _ => matches!(digit, 3 | 4 | 7 | 8),
    }
}

/// Where a digit stands: its group, and its place in it.
#[derive(Clone, Copy)]
struct Place {
    group: usize,
    index: usize,
}

fn holds_number(piece: &[Group]) -> bool {
    let digits: Vec<u8> = piece.iter().flat_map(|group| group.digits.iter().copied()).collect();
    let places: Vec<Place> = (0..piece.len())
        .flat_map(|group| (0..piece[group].digits.len()).map(move |index| Place { group, index }))
        .collect();
    let mut windows = digits.windows(DIGITS).zip(places.windows(DIGITS));
    windows.any(|(digits, places)| is_plausible(digits) && is_set_apart(piece, digits, places))
}

/// A birth date of some century, and a digit of 1 to 8.
fn is_plausible(digits: &[u8]) -> bool {
    let [year, month, day] = [0, 2, 4].map(|at| value(&digits[at..at + 2]));
    let year = i32::try_from(year).unwrap_or_default();
    let date = |century| NaiveDate::from_ymd_opt(century + year, month, day);
    (1..=8).contains(&digits[BIRTH]) && (date(1900).is_some() || date(2000).is_some())
}

/// Thirteen digits are a number if they begin and end as groups do, or if their halves do in the middle. A few digits
/// too many do not hide one, but a long number of an order or a card is another thing.
fn is_set_apart(piece: &[Group], digits: &[u8], places: &[Place]) -> bool {
    let (first, last) = (places[0], places[DIGITS - 1]);
    let (first_group, last_group) = (&piece[first.group].digits, &piece[last.group].digits);
    let begins = first.index == 0;
    let ends = last.index + 1 == last_group.len();
    let inner = &piece[first.group + 1..=last.group];
    if begins && ends {
        return !inner.iter().any(|group| is_strong(&group.gap)) || is_halved(places);
    }
    let century: Option<[u8; 2]> = (first.index == 2).then(|| [first_group[0], first_group[1]]);
    if let Some(century @ ([1, 9] | [2, 0])) = century {
        let whole = ends && (is_halved(places) || first.group == last.group || century == [1, 9]);
        return whole && is_of_century(century, digits[BIRTH]);
    }
    is_halved(places) || first.group == last.group && first_group.len() <= DIGITS + 2
}

/// Six digits together, a gap, seven together.
fn is_halved(places: &[Place]) -> bool {
    let (end, begin) = (places[BIRTH - 1], places[BIRTH]);
    places[0].group == end.group
        && end.group + 1 == begin.group
        && begin.group == places[DIGITS - 1].group
}

fn value(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |value: u32, digit| value.saturating_mul(10).saturating_add(u32::from(*digit)))
}

#[cfg(test)]
#[path = "resident_tests.rs"]
mod tests;
