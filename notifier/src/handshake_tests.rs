//! Each reason to refuse, alone.

use super::*;
use http::HeaderName;
use platform::auth::{Claims, NumericDate, Signer};
use platform::config::Env;

const NOW: i64 = 1_800_000_000_000;

struct Try {
    policy: HandshakePolicy,
    account: AccountId,
    token: String,
}

fn attempt(origins: &[&str]) -> Try {
    let env = Env::from_pairs([("DOCDE_JWT_HS256_SECRET".to_owned(), "s".repeat(32))]);
    let account = AccountId::generate();
    let token = Signer::from_env(&env)
        .unwrap()
        .access(account, domain::time::from_millis(NOW), 60)
        .unwrap();
    let origins = origins.iter().map(|origin| Url::parse(origin).unwrap().origin()).collect();
    Try {
        policy: HandshakePolicy {
            verifier: Verifier::from_env(&env).unwrap(),
            origins,
            partitions: 2,
        },
        account,
        token,
    }
}

impl Try {
    fn with(&self, uri: &str, headers: &[(HeaderName, &str)]) -> Result<Client, Refusal> {
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        self.policy.admit(&uri.parse().unwrap(), &headers, domain::time::from_millis(NOW))
    }

    fn at_origin(&self, origin: &str, host: &str) -> Result<Client, Refusal> {
        self.with("/ws", &[(SEC_WEBSOCKET_PROTOCOL, &self.offer()), (ORIGIN, origin), (HOST, host)])
    }

    fn offer(&self) -> String {
        format!("docde.v1, token.{}", self.token)
    }
}

#[test]
fn a_token_opens_no_socket_before_its_time_and_ends_with_its_last_whole_second() {
    let env = Env::from_pairs([("DOCDE_JWT_HS256_SECRET".to_owned(), "s".repeat(32))]);
    let date = |millis| NumericDate::from(domain::time::from_millis(millis));
    for (nbf, opens) in [(NOW, true), (NOW + 1, false), (NOW + 60_000, false)] {
        let mut attempt = attempt(&[]);
        let claims = Claims {
            sub: attempt.account,
            sid: Some(SessionId::generate()),
            jti: None,
            iat: date(0),
            nbf: Some(date(nbf)),
            exp: date(NOW + 90_500),
            typ: "access".to_owned(),
        };
        attempt.token = Signer::from_env(&env).unwrap().sign(&claims).unwrap();
        let client = attempt.with("/ws", &[(SEC_WEBSOCKET_PROTOCOL, &attempt.offer())]);
        let expected = if opens { Ok(NOW / 1000 + 90) } else { Err(Refusal::Token) };
        assert_eq!(client.map(|client| client.expires), expected, "{nbf}");
    }
}

#[test]
fn a_token_beside_the_protocol_opens() {
    let attempt = attempt(&[]);
    let client = attempt.with("/ws", &[(SEC_WEBSOCKET_PROTOCOL, &attempt.offer())]).unwrap();
    let (account, session) = (attempt.account, client.session);
    assert_eq!(client, Client { account, session, expires: NOW / 1000 + 60, after: None });
    let apart = [
        (SEC_WEBSOCKET_PROTOCOL, "docde.v1"),
        (SEC_WEBSOCKET_PROTOCOL, &format!("token.{}", attempt.token)),
    ];
    assert!(attempt.with("/ws", &apart[..1]).is_err());
    let mut headers = HeaderMap::new();
    for (name, value) in apart {
        headers.append(name, value.parse().unwrap());
    }
    assert!(
        attempt
            .policy
            .admit(&Uri::from_static("/ws"), &headers, domain::time::from_millis(NOW))
            .is_ok()
    );
}

#[test]
fn without_a_valid_token_nobody_comes_in() {
    let attempt = attempt(&[]);
    assert_eq!(attempt.with("/ws", &[]), Err(Refusal::Token));
    assert_eq!(attempt.with("/ws", &[(SEC_WEBSOCKET_PROTOCOL, "docde.v1")]), Err(Refusal::Token));
    assert_eq!(
        attempt.with("/ws", &[(SEC_WEBSOCKET_PROTOCOL, "docde.v1, token.a.b.c")]),
        Err(Refusal::Token)
    );
    let bare = format!("token.{}", attempt.token);
    assert_eq!(attempt.with("/ws", &[(SEC_WEBSOCKET_PROTOCOL, &bare)]), Err(Refusal::Protocol));
    let in_address = format!("/ws?token={}", attempt.token);
    assert_eq!(
        attempt.with(&in_address, &[(SEC_WEBSOCKET_PROTOCOL, "docde.v1")]),
        Err(Refusal::Token)
    );
    let late = domain::time::from_millis(NOW + 60_000);
    let headers =
        [(SEC_WEBSOCKET_PROTOCOL, attempt.offer().parse().unwrap())].into_iter().collect();
    assert_eq!(attempt.policy.admit(&Uri::from_static("/ws"), &headers, late), Err(Refusal::Token));
}

#[test]
fn path_and_cursor_are_checked() {
    let attempt = attempt(&[]);
    let offer = attempt.offer();
    let at = |uri: &str| attempt.with(uri, &[(SEC_WEBSOCKET_PROTOCOL, &offer)]);
    let root = http::Request::get("/").body(()).unwrap();
    let opened = attempt.policy.open(&root, domain::time::from_millis(NOW));
    assert_eq!(opened.err(), Some(Refusal::NoSuchPath));
    assert_eq!(at("/ws?after=no-cursor"), Err(Refusal::Cursor));
    assert_eq!(at(&format!("/ws?after={}", Cursor::start(3).encode())), Err(Refusal::Cursor));
    let cursor = Cursor::start(2);
    assert_eq!(at(&format!("/ws?after={}", cursor.encode())).unwrap().after, Some(cursor));
}

#[test]
fn a_page_of_the_same_host_may_connect_by_default() {
    let attempt = attempt(&[]);
    assert!(attempt.at_origin("https://docde.example", "docde.example").is_ok());
    assert!(attempt.at_origin("https://docde.example", "docde.example:443").is_ok());
    assert!(attempt.at_origin("http://127.0.0.1:8080", "127.0.0.1:8080").is_ok());
    for (origin, host) in [
        ("https://evil.example", "docde.example"),
        ("https://docde.example.evil", "docde.example"),
        ("https://docde.example:444", "docde.example"),
        ("null", "docde.example"),
        ("file:///", ""),
    ] {
        assert_eq!(attempt.at_origin(origin, host), Err(Refusal::Origin), "{origin}");
    }
}

#[test]
fn a_list_of_origins_replaces_the_default() {
    let attempt = attempt(&["https://app.example"]);
    assert!(attempt.at_origin("https://app.example", "docde.example").is_ok());
    assert_eq!(attempt.at_origin("https://docde.example", "docde.example"), Err(Refusal::Origin));
}
