//! Tokens as any issuer may write them, each signed rightly: what they say decides.

use super::*;
use crate::auth::Verifier;
use crate::config::Env;
use jsonwebtoken::{Algorithm, EncodingKey};

const NOW: i64 = 1_800_000_000;
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const SUB: &str =
    r#""sub":"0192f0c1-2b3c-7d4e-8f50-617283940a1b","sid":"0192f0c1-2b3c-7d4e-8f50-617283940a1c""#;

fn base64_url(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// Signed over its bytes as they are.
fn signed(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", base64_url(header), base64_url(claims));
    let key = EncodingKey::from_secret("s".repeat(32).as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

fn at(millis: i64, header: &str, claims: &str) -> Option<Claims> {
    let env = Env::from_pairs([("DOCDE_JWT_HS256_SECRET".to_owned(), "s".repeat(32))]);
    let verifier = Verifier::from_env(&env).unwrap();
    verifier.verify(&signed(header, claims), domain::time::from_millis(millis)).ok()
}

/// An access token with these members besides.
fn opens(members: &str) -> bool {
    at(NOW * 1_000, HEADER, &format!(r#"{{{SUB},"typ":"access"{members}}}"#)).is_some()
}

#[test]
fn dates_may_have_fractions_and_are_kept_to_the_millisecond() {
    let claims = |members: &str| format!(r#"{{{SUB},"typ":"access",{members}}}"#);
    let ends = claims(r#""iat":1799999999.25,"exp":1800000060.5"#);
    assert!(at(NOW * 1_000 + 60_499, HEADER, &ends).is_some());
    assert!(at(NOW * 1_000 + 60_500, HEADER, &ends).is_none());
    let begins = claims(r#""iat":0,"nbf":1800000000.5,"exp":1800000060"#);
    assert!(at(NOW * 1_000 + 499, HEADER, &begins).is_none());
    assert!(at(NOW * 1_000 + 500, HEADER, &begins).is_some());
    assert!(at(NOW * 1_000 + 59_999, HEADER, &begins).is_some());
    assert!(at(NOW * 1_000 + 60_000, HEADER, &begins).is_none());
    let read = at(NOW * 1_000, HEADER, &ends).unwrap();
    assert_eq!(read.exp.whole_seconds(), 1_800_000_060);
    assert!(serde_json::to_string(&read).unwrap().contains(r#""exp":1800000060.5"#));
    for date in ["1.8000001e9", "1800000001", "1800000060.0", "1800000000.001", "253402300799"] {
        assert!(opens(&format!(r#","iat":0,"exp":{date}"#)), "{date}");
    }
}

#[test]
fn a_token_opens_nothing_before_its_time_or_after() {
    assert!(opens(r#","iat":0,"nbf":1800000000,"exp":1800000001"#));
    assert!(opens(r#","iat":0,"nbf":-5,"exp":1800000001"#));
    for members in [
        r#","iat":0,"nbf":1800000001,"exp":1800000060"#,
        r#","iat":0,"nbf":1800000000.001,"exp":1800000060"#,
        r#","iat":0,"nbf":1e300,"exp":1800000060"#,
        r#","iat":0,"nbf":"0","exp":1800000060"#,
        r#","iat":0,"nbf":null,"exp":1800000060"#,
        r#","iat":0,"nbf":[0],"exp":1800000060"#,
        r#","iat":0,"exp":1800000000"#,
        r#","iat":0,"exp":1799999999.999"#,
        r#","iat":0,"exp":0"#,
        r#","iat":0,"exp":-1800000060"#,
        r#","iat":0,"exp":-1e300"#,
        r#","iat":0,"exp":1e300"#,
        r#","iat":0,"exp":1e400"#,
        r#","iat":0,"exp":253402300800"#,
        r#","iat":0,"exp":9223372036854775807"#,
        r#","iat":0,"exp":18446744073709551616"#,
        r#","iat":0,"exp":NaN"#,
        r#","iat":0,"exp":"1800000060""#,
        r#","iat":0,"exp":null"#,
        r#","iat":0,"exp":true"#,
        r#","iat":0,"exp":[1800000060]"#,
        r#","iat":0,"exp":{}"#,
        r#","iat":0"#,
        r#","iat":"0","exp":1800000060"#,
    ] {
        assert!(!opens(members), "{members}");
    }
}

#[test]
fn claims_are_an_object_and_none_comes_twice() {
    let good = format!(r#"{{{SUB},"iat":0,"exp":1800000060,"typ":"access","amr":"x","amr2":[1]}}"#);
    assert!(at(NOW * 1_000, HEADER, &good).is_some());
    let id = r#""0192f0c1-2b3c-7d4e-8f50-617283940a1b""#;
    for claims in [
        format!(r#"[{id},0,1800000060,"access"]"#),
        format!(r#"[{id},0,0,1800000060,"access"]"#),
        format!("[{good}]"),
        format!("{good}{good}"),
        format!("\"{}\"", good.replace('"', "\\\"")),
        "null".to_owned(),
        String::new(),
        good.replace("access", "refresh"),
        good.replace(r#""access""#, "null"),
        good.replace(SUB, r#""sub":"nobody""#),
        good.replace(SUB, r#""sub":null"#),
        good.replace(r#""sid":""#, r#""sid":"nobody"#),
        good.replace(r#""sid":""#, r#""amr3":""#),
        good.replace(r#""sub":""#, r#""sub":"nobody"#),
        good.replace(r#","typ":"access""#, ""),
        format!(r#"{{"exp":1900000000,{}"#, &good[1..]),
        format!("{{{SUB},{}", &good[1..]),
        format!(r#"{{"typ":"access",{}"#, &good[1..]),
        format!(r#"{{"nbf":0,"nbf":0,{}"#, &good[1..]),
        format!(r#"{{"aud":"others",{}"#, &good[1..]),
    ] {
        assert!(at(NOW * 1_000, HEADER, &claims).is_none(), "{claims}");
    }
}

#[test]
fn a_header_asks_for_nothing_that_is_not_understood() {
    let claims = format!(r#"{{{SUB},"iat":0,"exp":1800000060,"typ":"access"}}"#);
    let header = |members: &str| format!(r#"{{"alg":"HS256"{members}}}"#);
    for members in [
        "",
        r#","typ":"JWT""#,
        r#","typ":"jwt""#,
        r#","typ":"at+jwt""#,
        r#","typ":"application/at+JWT""#,
        r#","x":1"#,
    ] {
        assert!(at(NOW * 1_000, &header(members), &claims).is_some(), "{members}");
    }
    for members in [
        r#","crit":["exp"],"exp":1"#,
        r#","crit":["b64"],"b64":false"#,
        r#","crit":["http://example.com/x"],"http://example.com/x":true"#,
        r#","crit":["alg"]"#,
        r#","crit":[]"#,
        r#","crit":null"#,
        r#","crit":"exp""#,
        r#","crit":{}"#,
        r#","typ":"JWE""#,
        r#","typ":"dpop+jwt""#,
        r#","typ":"refresh""#,
        r#","typ":"""#,
        r#","typ":7"#,
        r#","kid":"unknown""#,
        r#","alg":"HS256""#,
    ] {
        assert!(at(NOW * 1_000, &header(members), &claims).is_none(), "{members}");
    }
    for alg in ["none", "None", "", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256"] {
        let header = format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#);
        assert!(at(NOW * 1_000, &header, &claims).is_none(), "{alg}");
    }
    for header in ["{}", "[]", "null", "", r#"["HS256"]"#, r#"[null,"HS256"]"#] {
        assert!(at(NOW * 1_000, header, &claims).is_none(), "{header}");
    }
}
