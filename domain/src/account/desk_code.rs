//! The code by which a clerk may find a patient whom the hospital does not know: digits, because it is said on the phone. Nobody
//! finds one by trying, since each try is a look-up and those are few.

use unicode_normalization::UnicodeNormalization;

/// Digits of a code.
pub const DESK_CODE_DIGITS: usize = 10;

/// As people say it: `123 456 7890`.
pub fn desk_code_in_groups(code: &str) -> String {
    let groups = [code.get(..3), code.get(3..6), code.get(6..)];
    groups.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The digits of one that was typed with spaces or hyphens, in whatever width. `None`: it is no code.
pub fn desk_code(typed: &str) -> Option<String> {
    if typed.len() > 100 {
        return None;
    }
    let hides = |c: &char| !c.is_whitespace() && *c != '-';
    let code: String = typed.nfkc().filter(hides).collect();
    let fits = code.len() == DESK_CODE_DIGITS && code.bytes().all(|b| b.is_ascii_digit());
    fits.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_as_it_was_said() {
        let shown = desk_code_in_groups("0123456789");
        assert_eq!(shown, "012 345 6789");
        for typed in [&shown, "0123456789", "012-345-6789", " ０１２ ３４５ ６７８９ "] {
            assert_eq!(desk_code(typed).as_deref(), Some("0123456789"), "{typed}");
        }
        let long = " ".repeat(101);
        for other in ["", "012345678", "01234567890", "012345678a", "०१२३४५६७८९", long.as_str()]
        {
            assert_eq!(desk_code(other), None, "{other}");
        }
    }
}
