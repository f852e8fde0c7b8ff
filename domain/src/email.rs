//! E-mail addresses, in the one form in which they are compared, kept and written to.

use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// An address (RFC 5321): letters in lower case, a part after a plus kept, no space around.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

/// It is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an e-mail address, such as name@example.kr, of at most 254 ASCII characters")]
pub struct BadEmail;

const MAX: usize = 254;
const MAX_LOCAL: usize = 64;
const MAX_LABEL: usize = 63;

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands for it where the address itself should not.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

impl FromStr for Email {
    type Err = BadEmail;

    fn from_str(text: &str) -> Result<Self, BadEmail> {
        let text = text.trim().to_ascii_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(BadEmail)?;
        let known = text.len() <= MAX && is_local(local) && is_domain(domain);
        if known { Ok(Self(text)) } else { Err(BadEmail) }
    }
}

/// Never the address itself: what is shown so may end up in a log.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an e-mail address")
    }
}

/// Words of letters, digits and signs, joined by single dots. Quoted parts are not taken: nobody has such an address.
fn is_local(local: &str) -> bool {
    let is_sign = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    local.len() <= MAX_LOCAL
        && local.split('.').all(|word| !word.is_empty() && word.bytes().all(is_sign))
}

/// At least two labels of letters, digits and hyphens; the last is no number.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.')
        && domain.split('.').all(is_label)
        && last.bytes().any(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_one_form() {
        for (typed, kept) in [
            ("name@example.kr", "name@example.kr"),
            (" Name.Surname@Example.KR \n", "name.surname@example.kr"),
            ("a+visits@example.co.kr", "a+visits@example.co.kr"),
            ("o'neil_1@sub.example-clinic.org", "o'neil_1@sub.example-clinic.org"),
            ("x@xn--9d0bm53a.kr", "x@xn--9d0bm53a.kr"),
        ] {
            assert_eq!(typed.parse::<Email>().map(|email| email.0), Ok(kept.to_owned()));
        }
        let longest = format!("{}@{}.kr", "a".repeat(64), vec!["b".repeat(61); 3].join("."));
        assert!(longest.len() <= 254 && longest.parse::<Email>().is_ok(), "{}", longest.len());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.kr", "a".repeat(65));
        let longer = format!("a@{}.kr", vec!["b".repeat(63); 4].join("."));
        for text in [
            "",
            "@",
            "name",
            "name@",
            "@example.kr",
            "name@example",
            "na me@example.kr",
            "a..b@example.kr",
            ".a@example.kr",
            "a.@example.kr",
            "a@-example.kr",
            "a@example-.kr",
            "a@exam_ple.kr",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "\"a b\"@example.kr",
            "가@example.kr",
            "a@가.kr",
            "a@b@example.kr",
            "a@example.kr,b@example.kr",
            "a@example.kr\r\nBcc: b@example.kr",
            "a\u{0}@example.kr",
            &long,
            &longer,
        ] {
            assert!(text.parse::<Email>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_address_is_not_shown_by_mistake() {
        let email: Email = "name@example.kr".parse().unwrap();
        assert!(!format!("{email:?}").contains("name"));
    }
}
