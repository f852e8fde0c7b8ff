//! Key ids: more than one key verifies during a rotation, each with its own algorithm, whatever a token says of itself.

use super::*;
use std::path::PathBuf;
use std::process::Command;

/// Key pairs of the test, made by openssl: none lies in the tree.
struct Keys(PathBuf);

impl Keys {
    /// Ed25519 `old` and `new`, and `rsa`.
    fn generate() -> Self {
        let folder =
            std::env::temp_dir().join(format!("docde-auth-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&folder).unwrap();
        let keys = Self(folder);
        for (kid, algorithm) in [("old", "ed25519"), ("new", "ed25519"), ("rsa", "RSA")] {
            let (private, public) = (keys.file(kid, "key"), keys.file(kid, "pem"));
            openssl(&["genpkey", "-algorithm", algorithm, "-out", &private]);
            openssl(&["pkey", "-in", &private, "-pubout", "-out", &public]);
        }
        keys
    }

    fn file(&self, kid: &str, ending: &str) -> String {
        self.0.join(format!("{kid}.{ending}")).display().to_string()
    }

    fn verifier(&self, kids: &[&str]) -> Verifier {
        let list: Vec<_> =
            kids.iter().map(|kid| format!("{kid}={}", self.file(kid, "pem"))).collect();
        Verifier::from_env(&Env::from_pairs([(PUBLIC.to_owned(), list.join(","))])).unwrap()
    }

    fn private(&self, kid: &str) -> EncodingKey {
        let pem = std::fs::read(self.file(kid, "key")).unwrap();
        if kid == "rsa" {
            EncodingKey::from_rsa_pem(&pem).unwrap()
        } else {
            EncodingKey::from_ed_pem(&pem).unwrap()
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn now() -> Timestamp {
    domain::time::from_millis(1_800_000_000_000)
}

fn claims() -> Claims {
    Claims {
        sub: AccountId::generate(),
        sid: Some(SessionId::generate()),
        jti: None,
        iat: NumericDate::seconds(0),
        nbf: None,
        exp: NumericDate::seconds(now().timestamp() + 60),
        typ: "access".to_owned(),
    }
}

fn token(algorithm: Algorithm, kid: Option<&str>, key: &EncodingKey) -> String {
    let mut header = Header::new(algorithm);
    header.kid = kid.map(str::to_owned);
    jsonwebtoken::encode(&header, &claims(), key).unwrap()
}

#[test]
fn old_and_new_keys_verify_side_by_side_and_a_retired_one_no_longer() {
    use Algorithm::{EdDSA, RS256};
    let keys = Keys::generate();
    let (during, after) = (keys.verifier(&["old", "new", "rsa"]), keys.verifier(&["new"]));
    for (algorithm, kid) in [(EdDSA, "old"), (EdDSA, "new"), (RS256, "rsa")] {
        let token = token(algorithm, Some(kid), &keys.private(kid));
        assert!(during.verify(&token, now()).is_ok(), "{kid}");
        let verified = after.verify(&token, now());
        assert_eq!(
            verified.map(drop),
            if kid == "new" { Ok(()) } else { Err(BadToken("unknown key")) },
            "{kid}"
        );
    }
    let entry = format!("new={}", keys.file("new", "key"));
    let signer = Signer::from_env(&Env::from_pairs([(SIGNING.to_owned(), entry)])).unwrap();
    let fresh = signer.access(AccountId::generate(), now(), 60).unwrap();
    assert!(after.verify(&fresh, now()).is_ok(), "the signer names its key");
}

#[test]
fn a_key_is_known_by_its_id_alone() {
    let keys = Keys::generate();
    let verifier = keys.verifier(&["old", "new", "rsa"]);
    for kid in [None, Some("other"), Some("")] {
        let token = token(Algorithm::EdDSA, kid, &keys.private("old"));
        assert_eq!(verifier.verify(&token, now()).unwrap_err(), BadToken("unknown key"), "{kid:?}");
    }
    for (algorithm, signs, says) in [
        (Algorithm::EdDSA, "old", "new"),
        (Algorithm::EdDSA, "old", "rsa"),
        (Algorithm::RS256, "rsa", "old"),
    ] {
        let token = token(algorithm, Some(says), &keys.private(signs));
        assert!(verifier.verify(&token, now()).is_err(), "signed by {signs}, says {says}");
    }
}

/// The algorithm is the key's, never the token's: without a signature, or signed with what everybody knows, nothing opens.
#[test]
fn the_token_does_not_choose_its_algorithm() {
    let keys = Keys::generate();
    let both = format!("old={},rsa={}", keys.file("old", "pem"), keys.file("rsa", "pem"));
    let with_secret = [(PUBLIC.to_owned(), both), (HS256.to_owned(), "s".repeat(32))];
    for verifier in
        [keys.verifier(&["old", "rsa"]), Verifier::from_env(&Env::from_pairs(with_secret)).unwrap()]
    {
        for kid in ["old", "rsa"] {
            let public = std::fs::read(keys.file(kid, "pem")).unwrap();
            for kid in [Some(kid), None] {
                let confused = token(Algorithm::HS256, kid, &EncodingKey::from_secret(&public));
                assert!(
                    verifier.verify(&confused, now()).is_err(),
                    "HS256 with a public key, {kid:?}"
                );
            }
            let good = token(
                if kid == "rsa" { Algorithm::RS256 } else { Algorithm::EdDSA },
                Some(kid),
                &keys.private(kid),
            );
            assert!(verifier.verify(&good, now()).is_ok());
            let (_, body) = good.split_once('.').unwrap();
            let (body, signature) = body.split_once('.').unwrap();
            for alg in ["none", "None", "NONE"] {
                let header = base64_url(&format!(r#"{{"typ":"JWT","alg":"{alg}","kid":"{kid}"}}"#));
                for signature in ["", signature] {
                    assert!(
                        verifier.verify(&format!("{header}.{body}.{signature}"), now()).is_err(),
                        "{alg}"
                    );
                }
            }
        }
    }
}

fn base64_url(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}
