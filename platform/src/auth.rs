//! Sign-in tokens: JWT with EdDSA or RS256 under key ids, or HS256 by configuration. A token
//! carries the account and nothing else that a server would have to believe; only tokens of type
//! `access` open anything.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::ids::{AccountId, SessionId};
use domain::time::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use std::collections::HashMap;
use uuid::Uuid;

use crate::config::{ConfigError, Env, invalid};
use crate::token::{self, Object};

pub use crate::token::{Claims, NumericDate};

/// The token is missing, malformed, expired, of another type or not signed by a known key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token is not valid: {0}")]
pub struct BadToken(&'static str);

/// Keys that verify.
pub struct Verifier {
    keys: HashMap<String, (Algorithm, DecodingKey)>,
    hs256: Option<DecodingKey>,
}

impl Verifier {
    /// `DOCDE_JWT_PUBLIC_KEYS=kid=file.pem[,kid=file.pem]` (Ed25519 or RSA), or
    /// `DOCDE_JWT_HS256_SECRET` (at least 32 bytes), or both during a move.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let mut keys = HashMap::new();
        for entry in
            env.optional(PUBLIC).unwrap_or_default().split(',').filter(|entry| !entry.is_empty())
        {
            let (kid, pem) = key_file(PUBLIC, entry)?;
            let key = DecodingKey::from_ed_pem(&pem).map(|key| (Algorithm::EdDSA, key));
            let key =
                key.or_else(|_| DecodingKey::from_rsa_pem(&pem).map(|key| (Algorithm::RS256, key)));
            keys.insert(kid, key.map_err(|_| invalid(PUBLIC, &"a key is Ed25519 or RSA, PEM"))?);
        }
        let hs256 = secret(env)?.map(DecodingKey::from_secret);
        if keys.is_empty() && hs256.is_none() {
            return Err(ConfigError::Missing(format!("{PUBLIC} (or {HS256})")));
        }
        Ok(Self { keys, hs256 })
    }

    /// The claims of a valid access token at `now`.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, BadToken> {
        if !holds_objects(token) {
            return Err(BadToken("malformed"));
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| BadToken("malformed"))?;
        if !token::is_understood(token, &header) {
            return Err(BadToken("its header asks for what is not understood here"));
        }
        // The algorithm is the key's own, never the one that the token asks for.
        let (algorithm, key) = match (&header.kid, &self.hs256) {
            (Some(kid), _) if self.keys.contains_key(kid) => {
                self.keys.get(kid).map(|(algorithm, key)| (*algorithm, key))
            }
            (None, Some(key)) => Some((Algorithm::HS256, key)),
            _ => None,
        }
        .ok_or(BadToken("unknown key"))?;
        let mut validation = Validation::new(algorithm);
        // Times are checked below, by the server's clock; what must be there, by the type of the claims.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let Object(claims) = jsonwebtoken::decode::<Object<Claims>>(token, key, &validation)
            .map_err(|_| BadToken("bad signature or claims"))?
            .claims;
        claims.check(now)?;
        Ok(claims)
    }
}

/// Header and claims are JSON objects (RFC 7519, 7.2); the library reads arrays too.
fn holds_objects(token: &str) -> bool {
    let mut parts = token.split('.').take(2).map(|part| URL_SAFE_NO_PAD.decode(part));
    parts.all(|part| part.is_ok_and(|json| domain::json::is_object(&json)))
}

impl Claims {
    /// Of the right type and within its time, both ends by the server's clock, without leeway.
    pub fn check(&self, now: Timestamp) -> Result<(), BadToken> {
        let now = NumericDate::from(now);
        if self.typ != "access" {
            return Err(BadToken("not an access token"));
        }
        if self.sid.is_none() {
            return Err(BadToken("it names no session"));
        }
        if self.nbf.is_some_and(|from| now < from) {
            return Err(BadToken("not yet valid"));
        }
        if self.exp <= now { Err(BadToken("expired")) } else { Ok(()) }
    }
}

/// So long before it is issued a token begins: the clock of the service that reads it may be so far behind.
const CLOCK_DIFFERENCE_S: i64 = 5;

/// The key that signs: ingress has one, and the CLI.
pub struct Signer {
    header: Header,
    key: EncodingKey,
}

impl Signer {
    /// `DOCDE_JWT_SIGNING_KEY=kid=file.pem` (Ed25519), else `DOCDE_JWT_HS256_SECRET`.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        if let Some(entry) = env.optional(SIGNING) {
            let (kid, pem) = key_file(SIGNING, entry)?;
            let key = EncodingKey::from_ed_pem(&pem)
                .map_err(|_| invalid(SIGNING, &"expected an Ed25519 key, PEM"))?;
            let mut header = Header::new(Algorithm::EdDSA);
            header.kid = Some(kid);
            return Ok(Self { header, key });
        }
        let secret = secret(env)?.ok_or_else(|| ConfigError::Missing(SIGNING.to_owned()))?;
        Ok(Self { header: Header::new(Algorithm::HS256), key: EncodingKey::from_secret(secret) })
    }

    /// An access token for `account`, valid for `seconds` from `now`, of a session of its own.
    pub fn access(&self, account: AccountId, now: Timestamp, seconds: i64) -> Option<String> {
        self.access_of((account, SessionId::generate()), now, seconds)
    }

    /// The same, of that session of the account.
    pub fn access_of(
        &self,
        (account, session): (AccountId, SessionId),
        now: Timestamp,
        seconds: i64,
    ) -> Option<String> {
        let iat = now.timestamp();
        self.sign(&Claims {
            sub: account,
            sid: Some(session),
            iat: NumericDate::seconds(iat),
            nbf: Some(NumericDate::seconds(iat.saturating_sub(CLOCK_DIFFERENCE_S))),
            exp: NumericDate::seconds(iat.saturating_add(seconds)),
            typ: "access".to_owned(),
            jti: Some(Uuid::now_v7()),
        })
    }

    /// Any claims, for tests of the verifier.
    pub fn sign(&self, claims: &Claims) -> Option<String> {
        jsonwebtoken::encode(&self.header, claims, &self.key).ok()
    }
}

const PUBLIC: &str = "DOCDE_JWT_PUBLIC_KEYS";
const SIGNING: &str = "DOCDE_JWT_SIGNING_KEY";
const HS256: &str = "DOCDE_JWT_HS256_SECRET";

fn key_file(name: &str, entry: &str) -> Result<(String, Vec<u8>), ConfigError> {
    let (kid, path) =
        entry.split_once('=').ok_or_else(|| invalid(name, &"expected kid=file.pem"))?;
    let pem = std::fs::read(path).map_err(|error| invalid(name, &format!("{path}: {error}")))?;
    Ok((kid.to_owned(), pem))
}

fn secret(env: &Env) -> Result<Option<&[u8]>, ConfigError> {
    let secret = env.optional(HS256).map(str::as_bytes);
    if secret.is_some_and(|secret| secret.len() < 32) {
        return Err(invalid(HS256, &"at least 32 bytes (RFC 7518, section 3.2)"));
    }
    Ok(secret)
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod keys;

#[cfg(test)]
mod tests {
    use super::*;

    fn env() -> Env {
        Env::from_pairs([(HS256.to_owned(), "s".repeat(32))])
    }

    #[test]
    fn only_a_fresh_access_token_opens() {
        let (signer, verifier) =
            (Signer::from_env(&env()).unwrap(), Verifier::from_env(&env()).unwrap());
        let account = AccountId::generate();
        let now = domain::time::from_millis(1_800_000_000_000);
        let token = signer.access(account, now, 60).unwrap();
        assert_eq!(verifier.verify(&token, now).unwrap().sub, account);
        assert_eq!(
            verifier.verify(&token, now + chrono::TimeDelta::seconds(60)).unwrap_err(),
            BadToken("expired")
        );
        let (iat, exp) = (NumericDate::seconds(0), NumericDate::seconds(1_900_000_000));
        let sid = Some(SessionId::generate());
        let claims = |sid, typ: &str| {
            let typ = typ.to_owned();
            signer.sign(&Claims { sub: account, sid, iat, nbf: None, exp, typ, jti: None }).unwrap()
        };
        let refresh = claims(sid, "refresh");
        let of_no_session = verifier.verify(&claims(None, "access"), now).unwrap_err();
        assert_eq!(of_no_session, BadToken("it names no session"));
        assert_eq!(verifier.verify(&refresh, now).unwrap_err(), BadToken("not an access token"));
        assert!(verifier.verify("a.b.c", now).is_err());
        let mut forged = token.clone();
        forged.replace_range(token.len() - 4.., "AAAA");
        assert!(verifier.verify(&forged, now).is_err());
    }

    #[test]
    fn claims_and_header_are_objects() {
        let (signer, verifier) =
            (Signer::from_env(&env()).unwrap(), Verifier::from_env(&env()).unwrap());
        let now = domain::time::from_millis(1_800_000_000_000);
        let sign = |header: &str, claims: &str| {
            let text = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
            let key = &signer.key;
            let signature =
                jsonwebtoken::crypto::sign(text.as_bytes(), key, Algorithm::HS256).unwrap();
            format!("{text}.{signature}")
        };
        let account = AccountId::generate();
        let header = r#"{"typ":"JWT","alg":"HS256"}"#;
        let (from, to) = (now.timestamp(), now.timestamp() + 60);
        let claims = format!(
            r#"{{"sub":"{account}","sid":"{account}","iat":{from},"exp":{to},"typ":"access"}}"#
        );
        assert_eq!(verifier.verify(&sign(header, &claims), now).unwrap().sub, account);
        let array = format!(r#"["{account}",{from},{to},"access"]"#);
        assert_eq!(verifier.verify(&sign(header, &array), now).unwrap_err(), BadToken("malformed"));
        let headers =
            r#"["JWT","HS256",null,null,null,null,null,null,null,null,null,null,null,null]"#;
        assert_eq!(
            verifier.verify(&sign(headers, &claims), now).unwrap_err(),
            BadToken("malformed")
        );
    }

    #[test]
    fn a_short_secret_is_refused() {
        let env = Env::from_pairs([(HS256.to_owned(), "short".to_owned())]);
        assert!(Verifier::from_env(&env).is_err());
    }
}
