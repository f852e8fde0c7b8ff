//! Which of the two languages a client likes better (RFC 9110, 12.5.4).

use crate::code::Language;

impl Language {
    /// What `Accept-Language` asks for: Korean unless English is liked better.
    pub fn wished(accept_language: &str) -> Self {
        let (mut korean, mut english) = (None, None);
        for wish in accept_language.split(',') {
            let (tag, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
            let weight: f32 = weight
                .trim()
                .strip_prefix("q=")
                .and_then(|weight| weight.parse().ok())
                .unwrap_or(0.0);
            let tag = tag.trim();
            let primary = tag.split('-').next().unwrap_or_default();
            if primary.eq_ignore_ascii_case("ko") {
                korean.get_or_insert(weight);
            } else if primary.eq_ignore_ascii_case("en") {
                english.get_or_insert(weight);
            }
        }
        match (korean, english) {
            (Some(korean), Some(english)) if english > korean => Self::English,
            (None, Some(english)) if english > 0.0 => Self::English,
            _ => Self::Korean,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_korean_unless_english_is_liked_better() {
        let cases = [
            ("", Language::Korean),
            ("en", Language::English),
            ("en-US,en;q=0.9", Language::English),
            ("ko-KR,ko;q=0.9,en;q=0.8", Language::Korean),
            ("ko;q=0.3, en;q=0.8", Language::English),
            ("fr, en;q=0", Language::Korean),
            ("de", Language::Korean),
        ];
        for (header, expected) in cases {
            assert_eq!(Language::wished(header), expected, "{header:?}");
        }
    }
}
