//! What the proxy refuses by itself: problems, like those of the services behind it.

use docde_tests::{Front, World};
use domain::code::{Code, Language};
use domain::problem::Problem;
use std::net::SocketAddr;

use crate::raw::{self, Raw, problem};

fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: docde\r\n{headers}\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_beyond_the_limits_are_refused_with_what_is_too_long() {
    let world = World::new().await;
    let front = Front::of(&[world.ingress().await.address], &[]).await;
    let many = |count: usize| (0..count).map(|n| format!("X-{n}: a\r\n")).collect::<String>();
    let long = |length: usize| format!("X-Long: {}\r\n", "a".repeat(length));
    for headers in [long(25_000), long(100_000), many(91), many(150), many(1_000)] {
        let answer = raw::exchange(front.address, &get("/v1/doctors", &headers)).await;
        problem(&answer, 431, "HEADERS_TOO_LARGE");
    }
    for length in [8_300, 20_000, 100_000] {
        let path = format!("/v1/hospitals?q={}", "a".repeat(length));
        let answer = raw::exchange(front.address, &get(&path, "")).await;
        problem(&answer, 414, "ADDRESS_TOO_LONG");
    }
    for headers in [long(20_000), many(80)] {
        let answer = raw::exchange(front.address, &get("/v1/doctors", &headers)).await;
        problem(&answer, 401, "UNAUTHENTICATED");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn korean_in_an_address_is_read_percent_encoded_or_not() {
    let world = World::new().await;
    let (ingress, patient) = (world.ingress().await, world.patient().await);
    let doctor = world.doctor().await;
    sqlx::query("UPDATE hospital SET name = '서울 시험 병원' WHERE id = ?")
        .bind(doctor.hospital.uuid())
        .execute(&world.pool)
        .await
        .expect("a name");
    let front = Front::of(&[ingress.address], &[]).await;
    let token = format!("Authorization: Bearer {}\r\n", patient.token);
    for at in [ingress.address, front.address] {
        for query in ["서울", "%EC%84%9C%EC%9A%B8", "서울%20시험"] {
            let path = format!("/v1/hospitals?q={query}");
            let answer = raw::exchange(at, &get(&path, &token)).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.text);
            assert_eq!(answer.json["items"][0]["name"], "서울 시험 병원", "{query}");
        }
        let elsewhere = raw::exchange(at, &get("/v1/병원", &token)).await;
        problem(&elsewhere, 404, "NOT_FOUND");
    }
    // The bytes of another encoding (CP949) are no text.
    let path = b"GET /v1/hospitals?q=\xbc\xad\xbf\xef HTTP/1.1\r\nHost: docde\r\n\r\n";
    problem(&raw::exchange(front.address, path).await, 400, "MALFORMED");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_that_no_service_can_read_are_malformed() {
    let world = World::new().await;
    let front = Front::of(&[world.ingress().await.address], &[]).await;
    for headers in ["Bad header: x\r\n", "X@{}: y\r\n", "X-Ctl: \x01\r\n"] {
        let answer = raw::exchange(front.address, &get("/v1/doctors", headers)).await;
        problem(&answer, 400, "MALFORMED");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_nobody_behind_it_the_proxy_says_that_nothing_was_accepted() {
    let closed = SocketAddr::from(([127, 0, 0, 1], 1));
    for front in [Front::of(&[], &[]).await, Front::of(&[closed], &[closed]).await] {
        for path in ["/", "/v1/bookings", "/ws"] {
            let answer = raw::exchange(front.address, &get(path, "")).await;
            problem(&answer, 503, "NOT_ACCEPTED");
            assert_eq!(answer.header("retry-after"), "1");
        }
    }
}

/// A server that takes a request and goes away may have accepted it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_breaks_off_leaves_it_unknown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("the port");
    let front = Front::of(&[address], &[]).await;
    let mut raw = Raw::open(front.address).await;
    raw.send(&get("/v1/doctors", "")).await;
    let (stream, _) = listener.accept().await.expect("a connection");
    stream.readable().await.expect("a request");
    drop(stream);
    let answer = raw.answer().await;
    problem(&answer, 502, "ACCEPTANCE_UNKNOWN");
    assert_eq!(answer.header("retry-after"), "1");
}

/// The texts in the configuration are those of the domain.
#[test]
fn the_proxy_says_what_the_services_say() {
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/haproxy.cfg.in");
    let text = std::fs::read_to_string(template).expect("the template");
    let mut seen = 0;
    for line in text.lines().filter(|line| line.contains("application/problem+json")) {
        let said = line.split('\'').nth(1).expect("a quoted body");
        let said: serde_json::Value = serde_json::from_str(said).expect("JSON");
        let code: Code = serde_json::from_value(said["code"].clone()).expect("a code");
        let mut expected = serde_json::to_value(Problem::of(code, Language::Korean)).expect("JSON");
        // A gateway's own status where the code belongs to a service.
        let status = line.split("status ").nth(1).and_then(|rest| rest.split(' ').next());
        expected["status"] = status.and_then(|status| status.parse::<u16>().ok()).into();
        assert_eq!(said, expected, "{line}");
        seen += 1;
    }
    assert!(seen >= 8, "{seen} refusals");
}
