//! Phone numbers as people type them. What was always taken is kept to the byte, since retries are compared over
//! it; any other spelling is kept as its digits, joined by hyphens.

use unicode_normalization::UnicodeNormalization;

use crate::problem::Problem;
use crate::resident::{is_national, names_resident};
use crate::text::is_unseen;

/// What a phone may be.
const RULE: &str = "a phone number, such as 010-1234-5678, (02) 123-4567 or +82 10-1234-5678";
/// Bytes of a kept phone, and characters of a typed one.
const MAX_KEPT: usize = 20;
const MAX_TYPED: usize = 60;

/// The phone as it is kept, if there is any.
pub(crate) fn checked(text: Option<String>) -> Result<Option<String>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    if names_resident(&text) {
        return Err(Problem::invalid("phone", "no resident registration number may be sent"));
    }
    if is_plain(&text) {
        return Ok(Some(text));
    }
    respelt(&text).map(Some).ok_or_else(|| Problem::invalid("phone", RULE))
}

/// At most 20 digits, `+`, `-` and spaces, at least one of them a digit.
fn is_plain(text: &str) -> bool {
    text.len() <= MAX_KEPT
        && text.bytes().all(|b| b.is_ascii_digit() || b"+- ".contains(&b))
        && text.bytes().any(|b| b.is_ascii_digit())
}

/// The digits joined by hyphens, if they are those of a phone. Full-width characters count as plain ones. Unseen
/// characters are left out: phones that are copied from an address book are wrapped in them.
fn respelt(text: &str) -> Option<String> {
    if text.chars().count() > MAX_TYPED {
        return None;
    }
    let (mut abroad, mut groups, mut joined) = (false, Vec::<String>::new(), false);
    for c in text.nfkc().filter(|c| !is_unseen(*c)) {
        match c {
            '0'..='9' if joined => groups.last_mut()?.push(c),
            '0'..='9' => groups.push(c.to_string()),
            '+' if !abroad && groups.is_empty() => abroad = true,
            ' ' | '-' | '.' | '(' | ')' | '/' | '·' | '‐' | '–' | '—' | '−' => {}
            _ => return None,
        }
        joined = c.is_ascii_digit();
    }
    let korea = abroad && groups.first().is_some_and(|group| group == "82");
    if korea && let Some(area) = groups.get_mut(1).filter(|area| area.starts_with('0')) {
        // `+82 (0)2`: the zero is dialled within Korea alone.
        area.remove(0);
        groups.retain(|group| !group.is_empty());
    }
    if !is_phone(abroad, &groups.concat()) {
        return None;
    }
    let plus = if abroad { "+" } else { "" };
    let kept = format!("{plus}{}", groups.join("-"));
    Some(if kept.len() <= MAX_KEPT { kept } else { format!("{plus}{}", groups.concat()) })
}

/// Digits of a Korean number, with the country's code or without, or of another country with its code.
fn is_phone(abroad: bool, digits: &str) -> bool {
    match digits.strip_prefix("82") {
        Some(rest) => {
            let national = format!("0{}", rest.strip_prefix('0').unwrap_or(rest));
            is_korean(&national) || abroad && is_service(rest)
        }
        None if abroad => (8..=15).contains(&digits.len()) && !digits.starts_with('0'),
        None => is_korean(digits) || is_service(digits),
    }
}

fn is_korean(digits: &str) -> bool {
    is_national(&digits.bytes().map(|b| b.wrapping_sub(b'0')).collect::<Vec<_>>())
}

/// `1588-1234`: the same number everywhere in Korea.
fn is_service(digits: &str) -> bool {
    digits.len() == 8 && ["15", "16", "18"].iter().any(|start| digits.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Option<String> {
        checked(Some(text.to_owned())).ok().flatten()
    }

    #[test]
    fn a_phone_that_was_always_taken_is_kept_to_the_byte() {
        for phone in [
            "010-1234-5678",
            "01012345678",
            "+82 10-1234-5678",
            "+82-10-1234-5678",
            " 02  123 4567 ",
            "1588-1234",
            "119",
            "+1 415 555 2671",
        ] {
            assert_eq!(kept(phone).as_deref(), Some(phone));
        }
    }

    #[test]
    fn other_spellings_are_kept_as_digits_joined_by_hyphens() {
        for (typed, expected) in [
            ("(02) 123-4567", "02-123-4567"),
            ("(02)123-4567", "02-123-4567"),
            ("02)123-4567", "02-123-4567"),
            ("(031) 123 4567", "031-123-4567"),
            ("010.1234.5678", "010-1234-5678"),
            ("010 . 1234 . 5678", "010-1234-5678"),
            ("010/1234/5678", "010-1234-5678"),
            ("010–1234–5678", "010-1234-5678"),
            ("010\u{a0}1234\u{a0}5678", "010-1234-5678"),
            ("010    1234    5678    ", "010-1234-5678"),
            ("０１０－１２３４－５６７８", "010-1234-5678"),
            ("０１０１２３４５６７８", "01012345678"),
            ("（０２）　１２３－４５６７", "02-123-4567"),
            ("+82 (0)2 123 4567", "+82-2-123-4567"),
            ("+82 (0)10-1234-5678", "+82-10-1234-5678"),
            ("+82 (010) 1234.5678", "+82-10-1234-5678"),
            ("(+82) 10-1234-5678", "+82-10-1234-5678"),
            ("+82.10.1234.5678", "+82-10-1234-5678"),
            ("＋８２ １０ １２３４ ５６７８", "+82-10-1234-5678"),
            ("82.10.1234.5678", "82-10-1234-5678"),
            ("+1 (415) 555-2671", "+1-415-555-2671"),
            ("1588.1234", "1588-1234"),
            ("(070) 1234-5678", "070-1234-5678"),
            ("0.1.0.1.2.3.4.5.6.7.8", "01012345678"),
            ("\u{202d}010-1234-5678\u{202c}", "010-1234-5678"),
        ] {
            assert_eq!(kept(typed).as_deref(), Some(expected), "{typed}");
            assert_eq!(kept(expected).as_deref(), Some(expected), "kept as it was always taken");
        }
        assert_eq!(checked(None).ok(), Some(None));
        assert_eq!(checked(Some(String::new())).ok(), Some(None));
    }

    #[test]
    fn what_is_no_phone_is_refused() {
        for other in [
            "전화",
            "전화 010-1234-5678",
            "010-1234-5678 (집)",
            "010-1234-567a",
            "---",
            "+",
            " ",
            "()",
            "(02)",
            "(02) 12",
            "2026.11.23",
            "(2026) 11-23",
            "12.5",
            "010.1234.56789",
            "010-1234-5678-010-1234-5678",
            "010-1234-5678, 02-123-4567",
            "++82 (10) 1234 5678",
            "82+ (10) 1234 5678",
            "+0 (10) 1234 5678",
            "+82 (10) 1234 567",
            "+1234567890.123456",
            "010\t1234\t5678",
            "010.1234\n5678",
            "010.1234\u{0}5678",
            "900101.1234567",
            "9001011234567",
            "９００１０１－１２３４５６７",
        ] {
            assert_eq!(kept(other), None, "{other:?}");
        }
        assert_eq!(
            kept(&format!("010.1234{}5678", ".".repeat(48))).as_deref(),
            Some("010-1234-5678")
        );
        assert_eq!(kept(&format!("010.1234{}5678", ".".repeat(49))), None);
    }
}
