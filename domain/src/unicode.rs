//! Text from outside in the one form in which it is compared and stored: composed (NFC), without characters that nobody
//! sees. macOS writes Korean decomposed (NFD), web pages hide zero-width characters in what is copied; both look the same.

use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The text in that form. Most text has it already and is not copied.
pub fn normal(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    if text.contains(is_invisible) {
        let seen = text.chars().filter(|c| !is_invisible(*c));
        return Cow::Owned(seen.nfc().collect());
    }
    if is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// Takes no room on the screen: soft hyphen, zero-width characters, marks of direction, byte order mark, Hangul fillers.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_looks_the_same_is_the_same() {
        let decomposed: String = "서울내과의원".nfd().collect();
        assert_ne!(decomposed, "서울내과의원");
        for text in
            [decomposed.as_str(), "\u{feff}서울\u{200b}내과\u{200d}의원\u{2060}", "서울내과의원"]
        {
            assert_eq!(normal(text), "서울내과의원");
        }
        // A jamo apart from its syllable by a character that nobody sees.
        assert_eq!(normal("\u{1112}\u{200b}\u{1161}\u{11ab}"), "한");
        assert!(matches!(normal("plain"), Cow::Borrowed(_)));
        assert!(matches!(normal("서울"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn normal_text_stays_as_it_is(text in any::<String>()) {
            let once = normal(&text).into_owned();
            let twice = normal(&once).into_owned();
            prop_assert_eq!(twice, once);
        }
    }
}
