//! What somebody may have meant by what they typed: the words as they stand, the same typed on the other keyboard, a place
//! and a department without the space between them. Each reading is asked for; the engine ranks what they find.

use domain::hangul::{self, compact};
use domain::vocabulary::{self, Meaning};

/// Words that are looked for at most, so that no query is heavy.
pub(super) const MAX_WORDS: usize = 8;

/// One way to understand it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Reading {
    /// Everything without spaces: a name may be written with any.
    pub whole: String,
    /// Each of them says something, but for fillers.
    pub words: Vec<Word>,
    /// As it was typed, and not as it may have been meant.
    pub literal: bool,
}

/// One word, with what it asks for if it is no name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Word {
    pub text: String,
    pub meaning: Option<Meaning>,
}

impl Word {
    fn of(text: String) -> Self {
        let meaning = vocabulary::meaning(&text);
        Self { text, meaning }
    }

    pub fn is_filler(&self) -> bool {
        self.meaning == Some(Meaning::Filler)
    }
}

impl Reading {
    fn of(words: Vec<String>, literal: bool) -> Self {
        Self { whole: words.concat(), words: words.into_iter().map(Word::of).collect(), literal }
    }
}

/// The readings of a text, the literal one first; none where nothing in it can be looked for.
pub(super) fn readings(text: &str) -> Vec<Reading> {
    let words = hangul::words(text);
    if words.is_empty() {
        return Vec::new();
    }
    let mut all = vec![Reading::of(words.clone(), true)];
    let typed = text.split_whitespace().map(hangul::from_latin_keys);
    if let Some(meant) = typed.collect::<Option<Vec<String>>>() {
        all.push(Reading::of(meant, false));
    }
    let latin = |word: &String| {
        let keys = hangul::from_korean_keys(word)?;
        vocabulary::meaning(&compact(&keys)).map(|_| compact(&keys))
    };
    if words.iter().any(|word| latin(word).is_some()) {
        let meant = words.iter().map(|word| latin(word).unwrap_or_else(|| word.clone()));
        all.push(Reading::of(meant.collect(), false));
    }
    if let Some((place, rest)) =
        words.first().filter(|_| words.len() == 1).and_then(|word| vocabulary::split(word))
    {
        all.push(Reading::of(vec![place, rest], false));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wholes(text: &str) -> Vec<String> {
        readings(text).into_iter().map(|reading| reading.whole).collect()
    }

    #[test]
    fn a_slip_of_the_keyboard_is_another_reading() {
        assert_eq!(wholes("rkdska"), ["rkdska", "강남"]);
        assert_eq!(wholes("rkdskarn thdkrhk"), ["rkdskarnthdkrhk", "강남구소아과"]);
        assert_eq!(wholes("둣"), ["둣", "ent"]);
        assert_eq!(wholes("강남 둣"), ["강남둣", "강남ent"]);
        assert_eq!(wholes("서울 대병원"), ["서울대병원"]);
    }

    #[test]
    fn a_forgotten_space_is_another_reading() {
        let found = readings("강남구소아과");
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].words[1].meaning, Some(Meaning::Departments(vec!["소아청소년과"])));
    }

    #[test]
    fn operators_are_no_operators_and_nothing_is_nothing() {
        assert_eq!(wholes("서울* AND \"내과\""), ["서울and내과"]);
        for text in ["", "  ", "***", "\"", "🏥", "()[]{}^~/\\"] {
            assert!(readings(text).is_empty(), "{text}");
        }
    }
}
