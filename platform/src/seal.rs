//! Free text of patients, sealed (XChaCha20-Poly1305) before it leaves the ingress: broker, logs,
//! cache and index never see it. The request's id is bound in as associated data, so a sealed text that
//! is moved to another booking does not open. Keys have ids; the first seals, all open. From each a second key is derived, for tags
//! by which ingress knows again what it has said itself.

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::aead::{Aead, AeadCore, KeyInit, OsRng, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::ids::RequestId;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::config::{ConfigError, Env, invalid};

const NAME: &str = "DOCDE_SEAL_KEYS";
const NONCE: usize = 24;
/// Of what a tag's key is derived with.
const FOR_TAGS: &str = "docde tags";

/// The keys, newest first.
pub struct SealKeys(Vec<Key>);

struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
    /// For tags: a key serves one purpose.
    tags: Hmac<Sha256>,
}

/// The text was sealed under an unknown key, for another request, or was changed.
#[derive(Debug, thiserror::Error)]
#[error("the sealed text does not open")]
pub struct DoesNotOpen;

impl SealKeys {
    /// `DOCDE_SEAL_KEYS=id:base64[,id:base64]`, 32 bytes each.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let keys = env.required(NAME)?.split(',').map(|entry| {
            let (id, key) =
                entry.split_once(':').ok_or_else(|| invalid(NAME, &"expected id:base64"))?;
            let key = STANDARD.decode(key).map_err(|_| invalid(NAME, &"a key is base64"))?;
            let cipher = XChaCha20Poly1305::new_from_slice(&key)
                .map_err(|_| invalid(NAME, &"a key is 32 bytes"))?;
            let derived = tag(&hmac(&key)?, FOR_TAGS);
            Ok(Key { id: id.to_owned(), cipher, tags: hmac(&derived)? })
        });
        let keys = keys.collect::<Result<Vec<_>, ConfigError>>()?;
        if keys.is_empty() { Err(ConfigError::Missing(NAME.to_owned())) } else { Ok(Self(keys)) }
    }

    /// `id.base64(nonce + ciphertext)`.
    pub fn seal(&self, text: &str, request: RequestId) -> Option<String> {
        let Key { id, cipher, .. } = self.0.first()?;
        let about = request.uuid();
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload { msg: text.as_bytes(), aad: about.as_bytes() };
        let mut sealed = nonce.to_vec();
        sealed.extend(cipher.encrypt(&nonce, payload).ok()?);
        Some(format!("{id}.{}", STANDARD.encode(sealed)))
    }

    /// The text that [`SealKeys::seal`] sealed for the same request.
    pub fn open(&self, sealed: &str, request: RequestId) -> Result<String, DoesNotOpen> {
        let (id, data) = sealed.split_once('.').ok_or(DoesNotOpen)?;
        let cipher = &self.0.iter().find(|key| key.id == id).ok_or(DoesNotOpen)?.cipher;
        let about = request.uuid();
        let data = STANDARD.decode(data).map_err(|_| DoesNotOpen)?;
        let (nonce, sealed) = data.split_at_checked(NONCE).ok_or(DoesNotOpen)?;
        let payload = Payload { msg: sealed, aad: about.as_bytes() };
        let plain = cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| DoesNotOpen)?;
        String::from_utf8(plain).map_err(|_| DoesNotOpen)
    }

    /// What nobody can say of a text who has none of the keys: a tag under each, that of the newest first.
    pub fn tags(&self, text: &str) -> impl Iterator<Item = [u8; 32]> {
        self.0.iter().map(move |key| tag(&key.tags, text))
    }
}

fn hmac(key: &[u8]) -> Result<Hmac<Sha256>, ConfigError> {
    <Hmac<Sha256> as Mac>::new_from_slice(key).map_err(|_| invalid(NAME, &"a key is 32 bytes"))
}

fn tag(key: &Hmac<Sha256>, text: &str) -> [u8; 32] {
    key.clone().chain_update(text).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(list: &[(&str, u8)]) -> SealKeys {
        let text: Vec<_> = list
            .iter()
            .map(|(id, byte)| format!("{id}:{}", STANDARD.encode([*byte; 32])))
            .collect();
        SealKeys::from_env(&Env::from_pairs([(NAME.to_owned(), text.join(","))])).unwrap()
    }

    #[test]
    fn opens_only_for_its_request_and_with_a_rotated_key() {
        let request = RequestId::generate();
        let sealed = keys(&[("k1", 1)]).seal("기침이 나요", request).unwrap();
        let rotated = keys(&[("k2", 2), ("k1", 1)]);
        assert_eq!(rotated.open(&sealed, request).unwrap(), "기침이 나요");
        assert!(rotated.open(&sealed, RequestId::generate()).is_err());
        assert!(keys(&[("k2", 2)]).open(&sealed, request).is_err());
        assert!(rotated.open("k1.AAAA", request).is_err());
    }

    #[test]
    fn a_tag_is_of_its_text_and_key() {
        let tags = |list: &[(&str, u8)], text: &str| keys(list).tags(text).collect::<Vec<_>>();
        let [tag] = tags(&[("k1", 1)], "a")[..] else { panic!("one a key") };
        assert_eq!(tags(&[("k2", 2), ("k1", 1)], "a")[1], tag, "with a rotated key");
        assert_ne!(tags(&[("k1", 1)], "b"), [tag]);
        assert_ne!(tags(&[("k1", 2)], "a"), [tag]);
    }
}
