//! Free text of clients, checked once, here: it is bounded, all of it can be seen, and no resident registration number
//! (주민등록번호) is in it.

use crate::problem::Problem;
use crate::resident::names_resident;

/// Whether a text may have lines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    One,
    Many,
}

/// The text, if there is any, of at most `max` characters.
pub(crate) fn checked(
    field: &'static str,
    text: Option<String>,
    lines: Lines,
    max: usize,
) -> Result<Option<String>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    if names_resident(&text) {
        return Err(Problem::invalid(field, "no resident registration number may be sent"));
    }
    if let Some(found) = unseen(&text, lines) {
        let rule = format!("a character that cannot be seen: U+{:04X}", u32::from(found));
        return Err(Problem::invalid(field, rule));
    }
    if text.chars().count() <= max {
        Ok(Some(text))
    } else {
        Err(Problem::invalid(field, format!("at most {max} characters")))
    }
}

/// The first character that is refused. A text of many lines may have tabs and line ends, of one character or two.
fn unseen(text: &str, lines: Lines) -> Option<char> {
    let (mut before, mut rest) = (None, text.chars().peekable());
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        let allowed = match c {
            '\n' | '\t' => lines == Lines::Many,
            '\r' => lines == Lines::Many && next == Some('\n'),
            '\u{200c}' | '\u{200d}' => before.is_some_and(is_joined) && next.is_some_and(is_joined),
            _ => !c.is_control() && !is_unseen(c),
        };
        if !allowed {
            return Some(c);
        }
        before = Some(c);
    }
    None
}

/// Joiners belong into emoji and into scripts whose letters are joined, such as Persian and Hindi. Between other
/// characters they only hide.
fn is_joined(c: char) -> bool {
    let plain = c.is_ascii() || c.is_whitespace();
    let hangul = matches!(c, 'ᄀ'..='ᇿ' | '㄰'..='㆏' | '가'..='힣');
    !plain && !hangul && !c.is_control() && !is_unseen(c)
}

/// Characters that show nothing of themselves: marks, embeddings, overrides and isolates of direction, which make a text
/// look other than it is, separators of lines, fillers, tags. These are Unicode's default ignorable characters and
/// some more; the selectors of variants, which choose among forms of what they follow, are not among them.
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}'
            | '\u{e01f0}'..='\u{e0fff}'
    ) || (u32::from(c) & 0xfffe) == 0xfffe
        || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::code::Code;

    fn taken(text: &str, lines: Lines) -> bool {
        let checked = checked("reason", Some(text.to_owned()), lines, 20);
        let code = checked.as_ref().err().map(Problem::code);
        assert!(matches!(code, None | Some(Code::Invalid)), "{code:?}");
        checked.is_ok_and(|kept| kept.as_deref() == Some(text))
    }

    #[test]
    fn control_characters_are_refused_but_for_line_ends_and_tabs_of_a_text_with_lines() {
        for c in (0..0x20).chain(0x7f..=0x9f).filter_map(char::from_u32) {
            for text in [format!("기침{c}열"), format!("{c}기침"), format!("기침{c}")] {
                let expected = matches!(c, '\n' | '\t');
                assert_eq!(taken(&text, Lines::Many), expected, "{text:?}");
                assert!(!taken(&text, Lines::One), "{text:?}");
            }
        }
        assert!(taken("기침\r\n열", Lines::Many));
        assert!(!taken("기침\r열", Lines::Many) && !taken("기침\r\n열", Lines::One));
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        let bidi = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
        let marks = ['\u{200e}', '\u{200f}', '\u{61c}'];
        let others = "\u{ad}\u{34f}\u{180e}\u{200b}\u{2028}\u{2029}\u{2060}\u{2064}\u{206f}\u{feff}\u{3164}\u{115f}\u{ffa0}\u{fff9}\u{e0001}\u{e0041}\u{2800}\u{fdd0}\u{ffff}\u{10fffe}";
        for c in bidi.chain(marks).chain(others.chars()) {
            for text in [format!("기침{c}열"), format!("{c}cough"), format!("cough{c}")] {
                assert!(!taken(&text, Lines::Many) && !taken(&text, Lines::One), "{text:?}");
            }
        }
        for joiner in ['\u{200c}', '\u{200d}'] {
            for text in ["기|침", "a|b", "|기침", "기침|", "👩 |👧", "👩||👧", "1|2"]
            {
                let text = text.replace('|', &joiner.to_string());
                assert!(!taken(&text, Lines::Many), "{text:?}");
            }
        }
    }

    #[test]
    fn what_people_write_is_taken() {
        for text in [
            "기침과 열",
            "Cough, 38.5°",
            "👨\u{200d}👩\u{200d}👧 가족",
            "❤️ 🇰🇷 👍🏽",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "葛\u{e0100}城",
            "한글",
        ] {
            assert!(taken(text, Lines::Many) && taken(text, Lines::One), "{text:?}");
        }
    }

    #[test]
    fn text_is_bounded() {
        assert!(taken(&"가".repeat(20), Lines::One) && !taken(&"가".repeat(21), Lines::One));
        assert_eq!(checked("q", Some(String::new()), Lines::One, 1).ok(), Some(None));
    }
}
