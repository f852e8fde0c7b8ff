//! Pages of other origins: those of the configuration may call, by default none.

use docde_tests::{Answer, World};
use reqwest::Method;
use std::net::SocketAddr;

const PAGE: &str = "https://app.example";

async fn ask(world: &World, at: SocketAddr, method: Method, headers: &[(&str, &str)]) -> Answer {
    let mut request = world.http.request(method, format!("http://{at}/v1/bookings"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a body");
    let json = serde_json::from_str(&text).unwrap_or_default();
    Answer { status, headers, text, json }
}

fn preflight(origin: &str) -> [(&str, &str); 3] {
    [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,idempotency-key,prefer"),
    ]
}

fn names(answer: &Answer, header: &str, expected: &[&str]) {
    let value = answer.header(header).to_lowercase();
    let listed: Vec<_> = value.split(',').map(str::trim).collect();
    for name in expected {
        assert!(listed.contains(&name.to_lowercase().as_str()), "{header}: {value} has no {name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_an_allowed_origin_may_call_and_read_the_answers() {
    let mut world = World::new().await;
    world.set("DOCDE_ALLOWED_ORIGINS", "https://app.example, http://localhost:5173");
    let at = world.ingress().await.address;
    for origin in [PAGE, "http://localhost:5173"] {
        let allowed = ask(&world, at, Method::OPTIONS, &preflight(origin)).await;
        assert_eq!(allowed.status, 200);
        assert_eq!(allowed.header("access-control-allow-origin"), origin);
        names(&allowed, "access-control-allow-methods", &["GET", "POST"]);
        let sent = ["authorization", "content-type", "idempotency-key", "prefer"];
        names(&allowed, "access-control-allow-headers", &sent);
        assert!(!allowed.header("access-control-max-age").is_empty());
        // A refusal can be read as well as an answer.
        let refused = ask(&world, at, Method::POST, &[("origin", origin)]).await;
        assert_eq!((refused.status, refused.code()), (401, "UNAUTHENTICATED"));
        assert_eq!(refused.header("access-control-allow-origin"), origin);
        let read = ["retry-after", "location", "etag", "preference-applied", "www-authenticate"];
        names(&refused, "access-control-expose-headers", &read);
        names(&refused, "vary", &["origin"]);
    }
    for origin in ["https://evil.example", "https://app.example.evil", "http://app.example", "null"]
    {
        for answer in [
            ask(&world, at, Method::OPTIONS, &preflight(origin)).await,
            ask(&world, at, Method::GET, &[("origin", origin)]).await,
        ] {
            assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
        }
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_default_no_other_page_may_call() {
    let world = World::new().await;
    let at = world.ingress().await.address;
    let preflight = ask(&world, at, Method::OPTIONS, &preflight(PAGE)).await;
    assert_eq!((preflight.status, preflight.code()), (405, "METHOD_NOT_ALLOWED"));
    for answer in [preflight, ask(&world, at, Method::GET, &[("origin", PAGE)]).await] {
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
    world.finish().await;
}

#[test]
fn what_is_no_origin_ends_the_start() {
    for bad in ["*", "app.example", "https://app.example, nonsense", "null"] {
        let name = "DOCDE_ALLOWED_ORIGINS".to_owned();
        let env = platform::config::Env::from_pairs([(name.clone(), bad.to_owned())]);
        let error = platform::origins::allowed(&env).expect_err(bad);
        assert!(error.to_string().starts_with(&name), "{error}");
    }
}
