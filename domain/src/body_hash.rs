//! Tells a retry from another command under the same key.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::IdempotencyKey;

/// The first 8 bytes of a SHA-256 over what the client asked, free text included.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct BodyHash([u8; 8]);

impl BodyHash {
    /// Of a command that could not be read: it may have been any.
    pub const UNKNOWN: Self = Self([0; 8]);

    /// Whether both may be hashes of the same command.
    pub fn may_be(self, other: Self) -> bool {
        self == other || self == Self::UNKNOWN || other == Self::UNKNOWN
    }

    /// `plain` is the command before sealing, in one fixed form.
    pub fn of(plain: &[u8]) -> Self {
        Self::first_bytes(Sha256::digest(plain).as_slice())
    }

    /// The same under the request's key, which stays with its sender and ingress: hashes lie where the sealed text does,
    /// and whoever reads one there must not find a phone number by trying them all. Hashes are compared under one key only.
    pub fn under(key: &IdempotencyKey, plain: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update(key.as_str())
            .chain_update(b"\n")
            .chain_update(plain)
            .finalize();
        Self::first_bytes(digest.as_slice())
    }

    fn first_bytes(digest: &[u8]) -> Self {
        let mut hash = [0; 8];
        hash.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
        Self(hash)
    }

    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(self) -> [u8; 8] {
        self.0
    }
}

impl std::fmt::Display for BodyHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl From<BodyHash> for String {
    fn from(hash: BodyHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for BodyHash {
    type Error = std::num::ParseIntError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.as_str().try_into()
    }
}

impl TryFrom<&str> for BodyHash {
    type Error = std::num::ParseIntError;
    fn try_from(text: &str) -> Result<Self, Self::Error> {
        u64::from_str_radix(text, 16).map(|hash| Self(hash.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_tells_nothing_without_its_key() {
        let key = |text: &str| IdempotencyKey::parse(text).unwrap();
        let (one, other) = (key("0123456789abcdef"), key("0123456789abcdeg"));
        let plain = br#"{"phone":"010-1234-5678"}"#;
        assert_eq!(BodyHash::under(&one, plain), BodyHash::under(&one, plain));
        assert_ne!(BodyHash::under(&one, plain), BodyHash::under(&one, b"{}"));
        assert_ne!(BodyHash::under(&one, plain), BodyHash::under(&other, plain));
        assert_ne!(BodyHash::under(&one, plain), BodyHash::of(plain));
    }
}
