//! What the proxy refuses by itself: problems, like those of the services behind it.

use docde_tests::{Front, World};
use domain::code::{Code, Language};
use domain::problem::Problem;
use std::net::SocketAddr;
use tokio::io::AsyncReadExt;

use crate::raw::{self, Raw, problem};

fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: docde\r\n{headers}\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_beyond_the_limits_are_refused_with_what_is_too_long() {
    let world = World::new().await;
    let front = Front::of(&[world.ingress().await.address], &[]).await;
    let many = |count: usize| "X-Many: a\r\n".repeat(count);
    let long = |length: usize| format!("X-Long: {}\r\n", "a".repeat(length));
    for headers in [long(25_000), long(100_000), many(91), many(150), many(1_000)] {
        let answer = raw::exchange(front.address, &get("/v1/doctors", &headers)).await;
        problem(&answer, 431, "HEADERS_TOO_LARGE");
    }
    for length in [8_300, 20_000, 60_000] {
        let path = format!("/v1/hospitals?q={}", "a".repeat(length));
        let answer = raw::exchange(front.address, &get(&path, "")).await;
        problem(&answer, 414, "ADDRESS_TOO_LONG");
    }
    for headers in [long(20_000), many(80)] {
        let answer = raw::exchange(front.address, &get("/v1/bookings", &headers)).await;
        problem(&answer, 401, "UNAUTHENTICATED");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn korean_in_an_address_is_read_percent_encoded_and_else_told_how() {
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
    let encoded = "/v1/hospitals?q=%EC%84%9C%EC%9A%B8";
    for (at, path) in [
        (front.address, encoded),
        (ingress.address, encoded),
        (ingress.address, "/v1/hospitals?q=서울"),
    ] {
        let answer = raw::exchange(at, &get(path, &token)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(answer.json["items"][0]["name"], "서울 시험 병원", "{path}");
    }
    for path in ["/v1/hospitals?q=서울", "/v1/병원"] {
        let refused = raw::exchange(front.address, &get(path, &token)).await;
        problem(&refused, 400, "MALFORMED");
        assert!(
            refused.json["detail"].as_str().is_some_and(|text| text.contains("percent-encoded"))
        );
    }
    // The bytes of another encoding (CP949) are no text.
    let path = b"GET /v1/hospitals?q=\xbc\xad\xbf\xef HTTP/1.1\r\nHost: docde\r\n\r\n";
    problem(&raw::exchange(front.address, path).await, 400, "MALFORMED");
    world.finish().await;
}

/// Where the proxy waited for more of such a request, it would answer 408 in the end, as the next test has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_request_is_malformed_and_at_once() {
    let world = World::new().await;
    let front = Front::of(&[world.ingress().await.address], &[]).await;
    for bytes in [
        "garbage\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nBad header: x\r\n\r\n",
        "GET / HTTP/1.1\r\nX@{}: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: docde\r\nX-Control: \u{1}\r\n\r\n",
        "GET /\u{1} HTTP/1.1\r\nHost: docde\r\n\r\n",
        "GET / HTTP/0.9\r\nHost: docde\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / FTP/1.1\r\nHost: docde\r\n\r\n",
        "GET / HTTP/3.0\r\nHost: docde\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: docde\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        "POST / HTTP/1.1\r\nHost: docde\r\nContent-Length: -1\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}",
    ] {
        problem(&raw::exchange(front.address, bytes.as_bytes()).await, 400, "MALFORMED");
    }
    let far_too_long = "a".repeat(200_000);
    for bytes in [get("/", &format!("X-Long: {far_too_long}\r\n")), get(&far_too_long, "")] {
        problem(&raw::exchange(front.address, &bytes).await, 400, "MALFORMED");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_does_not_come_to_its_end_times_out() {
    let world = World::new().await;
    let front = Front::of(&[world.ingress().await.address], &[]).await;
    let at = front.address;
    let slow = async |bytes: &'static str| {
        let mut raw = Raw::open(at).await;
        raw.send(bytes.as_bytes()).await;
        problem(&raw.answer().await, 408, "REQUEST_TIMEOUT");
    };
    tokio::join!(
        slow("G"),
        slow("GET /v1/doctors HTTP/1.1\r\n"),
        slow("GET /v1/doctors HTTP/1.1\r\nHost: docde\r\nX-Slow: a"),
    );
    world.finish().await;
}

/// Many at once, of each kind, and the proxy serves the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proxy_outlives_a_crowd_of_bad_requests() {
    let world = World::new().await;
    let front = Front::of(&[world.ingress().await.address], &[]).await;
    let at = front.address;
    for _ in 0..20 {
        let crowd = (0..50).map(async |n| {
            let path = ["garbage", "GET /?q=서울 HTTP/1.1", "GET /v1/bookings HTTP/1.1"][n % 3];
            let answer = raw::exchange(at, format!("{path}\r\nHost: a\r\n\r\n").as_bytes()).await;
            assert_eq!(answer.status, [400, 400, 401][n % 3], "{answer:?}");
        });
        futures_util::future::join_all(crowd).await;
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
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let mut request = [0; 1024];
    let read = stream.read(&mut request).await.expect("a request");
    let request = String::from_utf8_lossy(&request[..read]).to_lowercase();
    assert!(request.contains("x-forwarded-for: 127.0.0.1\r\n"), "{request}");
    drop(stream);
    let answer = raw.answer().await;
    problem(&answer, 502, "ACCEPTANCE_UNKNOWN");
    assert_eq!(answer.header("retry-after"), "1");
}

/// The texts in the configuration are those of the domain.
#[test]
fn the_proxy_says_what_the_services_say() {
    let mut seen = 0;
    for file in ["haproxy.cfg.in", "haproxy.lua"] {
        let path = format!("{}/../deploy/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("the configuration");
        for line in text.lines().filter(|line| line.contains("urn:docde:problem")) {
            let said = line.split('\'').nth(1).expect("a quoted body");
            let mut said: serde_json::Value = serde_json::from_str(said).expect("JSON");
            let code: Code = serde_json::from_value(said["code"].clone()).expect("a code");
            let expected = serde_json::to_value(Problem::of(code, Language::Korean));
            let mut expected = expected.expect("JSON");
            said.as_object_mut().expect("an object").remove("detail");
            // A gateway's own status where the code belongs to a service.
            if let Some(status) = line.split("status ").nth(1) {
                let status = status.split(' ').next().and_then(|status| status.parse::<u16>().ok());
                expected["status"] = status.into();
            }
            assert_eq!(said, expected, "{line}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen} refusals");
}
