//! What a mail has that nobody guesses, and what is kept of it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use platform::random;
use sha2::{Digest, Sha256};

/// What is kept.
pub(super) type SecretHash = [u8; 32];

/// A new one, and its hash. By chance alone and as long as a key: tries need no limit of their own.
pub(super) fn generate() -> (String, SecretHash) {
    let secret = URL_SAFE_NO_PAD.encode(random::bytes::<32>());
    let hash = hash(&secret);
    (secret, hash)
}

/// Of one that somebody shows.
pub(super) fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret).into()
}
