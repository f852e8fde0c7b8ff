//! Which part of a name was looked for. Made here, from the words, so that it is the same whoever found the name; as parts
//! and not as markup, so that nobody has to escape anything.

use domain::hangul::compact;

use super::looked_for::Reading;
use super::schema::Part;

/// The name in parts; empty where nothing of it was typed as it stands.
pub(super) fn parts(name: &str, readings: &[Reading]) -> Vec<Part> {
    let letters: Vec<(usize, char)> = name.char_indices().collect();
    // The compact name, with the place of each of its letters in the name.
    let mut plain: Vec<(char, usize)> = Vec::with_capacity(letters.len());
    for (index, (_, c)) in letters.iter().enumerate() {
        plain.extend(compact(&c.to_string()).chars().map(|c| (c, index)));
    }
    let mut marked = vec![false; letters.len()];
    for reading in readings {
        let words = reading.words.iter().filter(|word| !word.is_filler()).map(|word| &word.text);
        for word in words.chain([&reading.whole]) {
            mark(&plain, word, &mut marked);
        }
    }
    if marked.contains(&true) { split(&letters, &marked) } else { Vec::new() }
}

fn mark(plain: &[(char, usize)], word: &str, marked: &mut [bool]) {
    let word: Vec<char> = word.chars().collect();
    for window in plain.windows(word.len().max(1)) {
        if window.iter().map(|(c, _)| c).eq(&word) {
            for (_, index) in window {
                marked[*index] = true;
            }
        }
    }
}

fn split(letters: &[(usize, char)], marked: &[bool]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for ((_, c), hit) in letters.iter().zip(marked) {
        match parts.last_mut() {
            Some(part) if part.hit == *hit => part.text.push(*c),
            _ => parts.push(Part { text: c.to_string(), hit: *hit }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::looked_for::readings;

    fn shown(name: &str, text: &str) -> String {
        let parts = parts(name, &readings(text));
        parts
            .iter()
            .map(|part| if part.hit { format!("[{}]", part.text) } else { part.text.clone() })
            .collect()
    }

    #[test]
    fn what_was_typed_is_marked_across_spaces() {
        assert_eq!(shown("서울 대학교 병원", "대학교병원"), "서울 [대학교] [병원]");
        assert_eq!(shown("강남내과의원", "강남 내과"), "[강남내과]의원");
        assert_eq!(shown("강남내과의원", "rkdska"), "[강남]내과의원");
        assert_eq!(shown("ABC의원", "abc"), "[ABC]의원");
        assert_eq!(shown("<b>강남</b>", "강남"), "<b>[강남]</b>");
        assert_eq!(shown("강남내과의원", "부산"), "");
    }
}
