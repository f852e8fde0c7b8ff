//! Korean words as people type them when they look for something: spaces anywhere, initial consonants alone (ㄱㄴㅂㅇ), the
//! keyboard in the wrong language (`rkdska` for 강남), half-width and decomposed letters. Names and what is looked for go
//! through the same functions, so that they meet whatever engine compares them.

use crate::unicode;

const INITIALS: [char; 19] = [
    'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ',
    'ㅌ', 'ㅍ', 'ㅎ',
];
const VOWELS: [char; 21] = [
    'ㅏ', 'ㅐ', 'ㅑ', 'ㅒ', 'ㅓ', 'ㅔ', 'ㅕ', 'ㅖ', 'ㅗ', 'ㅘ', 'ㅙ', 'ㅚ', 'ㅛ', 'ㅜ', 'ㅝ', 'ㅞ',
    'ㅟ', 'ㅠ', 'ㅡ', 'ㅢ', 'ㅣ',
];
/// The first stands for none.
const FINALS: [char; 28] = [
    ' ', 'ㄱ', 'ㄲ', 'ㄳ', 'ㄴ', 'ㄵ', 'ㄶ', 'ㄷ', 'ㄹ', 'ㄺ', 'ㄻ', 'ㄼ', 'ㄽ', 'ㄾ', 'ㄿ', 'ㅀ',
    'ㅁ', 'ㅂ', 'ㅄ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ',
];
/// Letters that a keyboard makes of two.
const PAIRS: [(char, char, char); 18] = [
    ('ㄳ', 'ㄱ', 'ㅅ'),
    ('ㄵ', 'ㄴ', 'ㅈ'),
    ('ㄶ', 'ㄴ', 'ㅎ'),
    ('ㄺ', 'ㄹ', 'ㄱ'),
    ('ㄻ', 'ㄹ', 'ㅁ'),
    ('ㄼ', 'ㄹ', 'ㅂ'),
    ('ㄽ', 'ㄹ', 'ㅅ'),
    ('ㄾ', 'ㄹ', 'ㅌ'),
    ('ㄿ', 'ㄹ', 'ㅍ'),
    ('ㅀ', 'ㄹ', 'ㅎ'),
    ('ㅄ', 'ㅂ', 'ㅅ'),
    ('ㅘ', 'ㅗ', 'ㅏ'),
    ('ㅙ', 'ㅗ', 'ㅐ'),
    ('ㅚ', 'ㅗ', 'ㅣ'),
    ('ㅝ', 'ㅜ', 'ㅓ'),
    ('ㅞ', 'ㅜ', 'ㅔ'),
    ('ㅟ', 'ㅜ', 'ㅣ'),
    ('ㅢ', 'ㅡ', 'ㅣ'),
];
/// The Korean keyboard (두벌식): key and letter.
const KEYS: &str = "rㄱRㄲsㄴeㄷEㄸfㄹaㅁqㅂQㅃtㅅTㅆdㅇwㅈWㅉcㅊzㅋxㅌvㅍgㅎkㅏoㅐiㅑOㅒjㅓpㅔuㅕPㅖhㅗyㅛnㅜbㅠmㅡlㅣ";
/// Half-width letters lie in this order from U+FFA1 on, with holes.
const HALF_WIDTH: &str = "ㄱㄲㄳㄴㄵㄶㄷㄸㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅃㅄㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ   ㅏㅐㅑㅒㅓㅔ  ㅕㅖㅗㅘㅙㅚ  ㅛㅜㅝㅞㅟㅠ  ㅡㅢㅣ";

const FIRST_SYLLABLE: u32 = '가' as u32;
const SYLLABLES: u32 = 11_172;

/// The places of a syllable's letters in their lists.
fn parts(c: char) -> Option<(usize, usize, usize)> {
    let code = u32::from(c).checked_sub(FIRST_SYLLABLE).filter(|code| *code < SYLLABLES)?;
    let code = usize::try_from(code).ok()?;
    Some((code / 588, code % 588 / 28, code % 28))
}

fn place(list: &[char], letter: char) -> Option<usize> {
    list.iter().position(|c| *c == letter)
}

fn pair(first: char, second: char) -> Option<char> {
    PAIRS.iter().find(|(_, a, b)| (*a, *b) == (first, second)).map(|(both, ..)| *both)
}

fn push_single(letters: &mut String, letter: char) {
    match PAIRS.iter().find(|(both, ..)| *both == letter) {
        Some((_, first, second)) => letters.extend([*first, *second]),
        None => letters.push(letter),
    }
}

/// Text without spaces, marks and the differences that nobody sees: letters and digits alone, in lower case, composed.
pub fn compact(text: &str) -> String {
    let text = unicode::normal(text);
    let mut plain = String::with_capacity(text.len());
    let mut loose = false;
    for c in text.chars() {
        let c = match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{ffa1}'..='\u{ffdc}' => {
                loose = true;
                let index = usize::try_from(u32::from(c) - 0xffa1).unwrap_or(0);
                HALF_WIDTH.chars().nth(index).unwrap_or(' ')
            }
            '\u{1100}'..='\u{1112}' => {
                INITIALS[usize::try_from(u32::from(c) - 0x1100).unwrap_or(0)]
            }
            '\u{1161}'..='\u{1175}' => VOWELS[usize::try_from(u32::from(c) - 0x1161).unwrap_or(0)],
            '\u{11a8}'..='\u{11c2}' => FINALS[usize::try_from(u32::from(c) - 0x11a7).unwrap_or(0)],
            _ => c,
        };
        plain.extend(c.to_lowercase().filter(|c| c.is_alphanumeric()));
    }
    if loose { composed(&plain) } else { plain }
}

/// Words, each compact, in their order.
pub fn words(text: &str) -> Vec<String> {
    let normal = unicode::normal(text);
    normal.split_whitespace().map(compact).filter(|word| !word.is_empty()).collect()
}

/// The first consonant of each syllable; letters and digits stay.
pub fn initials(compact: &str) -> String {
    compact.chars().map(|c| parts(c).map_or(c, |(initial, ..)| INITIALS[initial])).collect()
}

/// The consonants, each alone, if the text is of nothing else. A keyboard makes one of some two: ㅄ.
pub fn as_initials(compact: &str) -> Option<String> {
    let consonant = |c: char| ('ㄱ'..='ㅎ').contains(&c);
    if compact.is_empty() || !compact.chars().all(consonant) {
        return None;
    }
    let mut letters = String::new();
    compact.chars().for_each(|c| push_single(&mut letters, c));
    Some(letters)
}

/// All letters apart: 강남 is ㄱㅏㅇㄴㅏㅁ. What differs by one slip of a finger so differs by one letter.
pub fn letters(compact: &str) -> String {
    let mut letters = String::with_capacity(compact.len() * 2);
    for c in compact.chars() {
        let Some((initial, vowel, last)) = parts(c) else {
            push_single(&mut letters, c);
            continue;
        };
        letters.push(INITIALS[initial]);
        push_single(&mut letters, VOWELS[vowel]);
        if last > 0 {
            push_single(&mut letters, FINALS[last]);
        }
    }
    letters
}

/// Letters put together into syllables, as the keyboard does.
pub fn composed(text: &str) -> String {
    let apart: Vec<char> = letters(text).chars().collect();
    let at = |index: usize| apart.get(index).copied().unwrap_or(' ');
    let vowel_at = |index: usize| place(&VOWELS, at(index)).is_some();
    let (mut made, mut index) = (String::with_capacity(text.len()), 0);
    while index < apart.len() {
        let (Some(initial), true) = (place(&INITIALS, at(index)), vowel_at(index + 1)) else {
            made.push(at(index));
            index += 1;
            continue;
        };
        let mut vowel = at(index + 1);
        index += 2;
        if let Some(both) = pair(vowel, at(index)) {
            vowel = both;
            index += 1;
        }
        let mut last = 0;
        if let Some(found) = place(&FINALS[1..], at(index)).filter(|_| !vowel_at(index + 1)) {
            last = found + 1;
            index += 1;
            let both = pair(FINALS[last], at(index)).filter(|_| !vowel_at(index + 1));
            if let Some(both) = both.and_then(|both| place(&FINALS, both)) {
                last = both;
                index += 1;
            }
        }
        let vowel = place(&VOWELS, vowel).unwrap_or(0);
        let code = u32::try_from((initial * 21 + vowel) * 28 + last).unwrap_or(0);
        made.extend(char::from_u32(FIRST_SYLLABLE + code));
    }
    made
}

fn keys() -> impl Iterator<Item = (char, char)> {
    let mut all = KEYS.chars();
    std::iter::from_fn(move || all.next().zip(all.next()))
}

/// What was meant by Latin letters if the keyboard was to be in Korean; `None` where that makes no whole syllables.
pub fn from_latin_keys(text: &str) -> Option<String> {
    if text.len() < 2 || !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let letter = |key: char| {
        let exact = keys().find(|(known, _)| *known == key);
        exact.or_else(|| keys().find(|(known, _)| *known == key.to_ascii_lowercase()))
    };
    let typed: Option<String> = text.chars().map(|key| Some(letter(key)?.1)).collect();
    let made = composed(&typed?);
    let whole = made.chars().all(|c| parts(c).is_some());
    (whole || as_initials(&made).is_some()).then_some(made)
}

/// What was meant by Korean letters if the keyboard was to be in English.
pub fn from_korean_keys(compact: &str) -> Option<String> {
    let key = |letter: char| keys().find(|(_, known)| *known == letter).map(|(key, _)| key);
    letters(compact)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { Some(c) } else { key(c) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn what_is_typed_in_any_way_becomes_the_same() {
        let decomposed: String = "서울 대병원".nfd().collect();
        for text in
            ["서울대병원", "서울 대 병원", " 서울-대병원! ", &decomposed, "서울\u{200b}대병원"]
        {
            assert_eq!(compact(text), "서울대병원", "{text:?}");
        }
        assert_eq!(compact("ＡＢＣ 의원"), "abc의원");
        assert_eq!(compact("ﾡﾢ\u{ffbe}ￂﾤ"), "ㄱㄲ한");
        assert_eq!(compact("🏥 *\"?"), "");
        assert_eq!(words("강남구  소아과 *"), ["강남구", "소아과"]);
    }

    #[test]
    fn initials_and_letters_are_told() {
        assert_eq!(initials("강남병원2"), "ㄱㄴㅂㅇ2");
        assert_eq!(as_initials("ㄱㄴㅄㅇ").as_deref(), Some("ㄱㄴㅂㅅㅇ"));
        assert_eq!((as_initials("ㄱ남"), as_initials("")), (None, None));
        assert_eq!(letters("광닭a"), "ㄱㅗㅏㅇㄷㅏㄹㄱa");
    }

    #[test]
    fn the_other_keyboard_is_understood() {
        assert_eq!(from_latin_keys("rkdska").as_deref(), Some("강남"));
        assert_eq!(from_latin_keys("tjdnfeoquddnjs").as_deref(), Some("서울대병원"));
        assert_eq!(from_latin_keys("Rkrenrl").as_deref(), Some("깍두기"));
        assert_eq!(from_latin_keys("rsqd").as_deref(), Some("ㄱㄴㅂㅇ"));
        assert_eq!((from_latin_keys("a1"), from_latin_keys("k")), (None, None));
        assert_eq!(from_korean_keys("둣").as_deref(), Some("ent"));
        assert_eq!(from_korean_keys("뚯").as_deref(), Some("Ent"));
    }

    proptest! {
        #[test]
        fn compact_text_stays_as_it_is(text in "[ -~ㄱ-ㅣ가-힣ﾡ-ￜᄀ-ᄒ]{0,12}") {
            let once = compact(&text);
            prop_assert_eq!(compact(&once), once);
        }

        #[test]
        fn letters_put_together_again_are_the_word(text in "[가-힣]{0,12}") {
            prop_assert_eq!(composed(&letters(&text)), text);
        }

        #[test]
        fn any_text_is_taken(text in any::<String>()) {
            let once = compact(&text);
            let _ = (initials(&once), letters(&once), from_korean_keys(&once), from_latin_keys(&text));
        }
    }
}
