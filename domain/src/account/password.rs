//! What a password may be. It is composed (NFC) first, so that the same Korean password typed on a phone and on a Mac is one.
//! Nothing is cut: argon2 takes all bytes, and what is too long is refused.

use unicode_normalization::UnicodeNormalization;

/// Characters.
pub const MIN_PASSWORD: usize = 8;
pub const MAX_PASSWORD: usize = 128;
/// Bytes of UTF-8: what 128 characters can have at most.
const MAX_BYTES: usize = 512;

/// What everybody tries first.
const COMMON: [&str; 24] = [
    "password",
    "password1",
    "password123",
    "12345678",
    "123456789",
    "1234567890",
    "87654321",
    "qwertyui",
    "qwerty123",
    "qwer1234",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "abcd1234",
    "asdf1234",
    "a1234567",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "letmein1",
    "welcome1",
    "docde123",
];

/// Why a password is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadPassword {
    #[error("8 to 128 characters, of at most 512 bytes")]
    Length,
    #[error("characters that can be typed")]
    Control,
    #[error("not one that everybody tries first")]
    Common,
    #[error("not the e-mail address")]
    Address,
}

/// The password composed, as it is hashed; `email` is the account's.
pub fn password(text: &str, email: &str) -> Result<String, BadPassword> {
    if text.len() > 3 * MAX_BYTES {
        return Err(BadPassword::Length);
    }
    let text: String = text.nfc().collect();
    if !(MIN_PASSWORD..=MAX_PASSWORD).contains(&text.chars().count()) || text.len() > MAX_BYTES {
        return Err(BadPassword::Length);
    }
    if text.chars().any(char::is_control) {
        return Err(BadPassword::Control);
    }
    let lower = text.to_lowercase();
    let mut chars = lower.chars();
    let first = chars.next();
    if COMMON.contains(&lower.as_str()) || chars.all(|c| Some(c) == first) {
        return Err(BadPassword::Common);
    }
    let local = email.split('@').next().unwrap_or_default();
    if lower == email || lower == local { Err(BadPassword::Address) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMAIL: &str = "hong.gildong@example.kr";

    #[test]
    fn bounds_are_in_characters_and_nothing_is_cut() {
        for good in [
            "correct horse",
            "비밀번호는여덟자",
            "8자이상의 암호 😀",
            &"가나".repeat(64),
            &"😀🙂".repeat(64),
            &format!("{}b", "a".repeat(127)),
            &format!("{}b", "a".repeat(72)),
        ] {
            assert_eq!(password(good, EMAIL).as_deref(), Ok(good));
        }
        for bad in
            ["", "1234567", "비밀번호일곱자", &"가나".repeat(65), &format!("{}b", "a".repeat(128))]
        {
            assert_eq!(password(bad, EMAIL), Err(BadPassword::Length), "{bad}");
        }
    }

    #[test]
    fn a_password_typed_on_a_mac_is_the_same() {
        let decomposed: String = "비밀번호는여덟자".nfd().collect();
        assert_ne!(decomposed, "비밀번호는여덟자");
        assert_eq!(password(&decomposed, EMAIL).as_deref(), Ok("비밀번호는여덟자"));
    }

    #[test]
    fn what_everybody_tries_is_refused() {
        for (bad, why) in [
            ("password", BadPassword::Common),
            ("PassWord123", BadPassword::Common),
            ("aaaaaaaaaaaa", BadPassword::Common),
            ("hong.gildong", BadPassword::Address),
            ("HONG.gildong@example.kr", BadPassword::Address),
            ("tabbed\tpassword", BadPassword::Control),
        ] {
            assert_eq!(password(bad, EMAIL), Err(why), "{bad}");
        }
    }
}
