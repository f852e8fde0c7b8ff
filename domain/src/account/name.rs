//! Names of people.

use unicode_normalization::UnicodeNormalization;

/// Characters that a name may have.
pub const MAX_NAME: usize = 60;

/// The name composed (macOS writes Korean decomposed, NFD), without the space around. What it may hold is checked where free
/// text is.
pub fn person_name(text: &str) -> String {
    text.nfc().collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_composed_and_trimmed() {
        let decomposed: String = "  홍길동 ".nfd().collect();
        assert_eq!(person_name(&decomposed), "홍길동");
        assert_eq!(person_name("\u{3000}J. O'Neil\n"), "J. O'Neil");
        assert_eq!(person_name(" \t"), "");
    }
}
