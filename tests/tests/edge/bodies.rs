//! Bodies that are not taken: too large, of another kind, or refused before anybody looked at them.

use docde_tests::{Front, Patient, World};
use std::net::SocketAddr;

use crate::raw::{self, Raw, problem};

const MIB: usize = 1024 * 1024;
const JSON: &str = "Content-Type: application/json";
const KEY: &str = "Idempotency-Key: 0123456789abcdef";

/// An ingress, met directly and through the proxy.
async fn doors(world: &World) -> (Front, [SocketAddr; 2]) {
    let ingress = world.ingress().await.address;
    let front = Front::of(&[ingress], &[]).await;
    let doors = [ingress, front.address];
    (front, doors)
}

fn bearer(patient: &Patient) -> String {
    format!("Authorization: Bearer {}", patient.token)
}

fn head(method: &str, path: &str, headers: &[&str], length: usize) -> String {
    let headers = headers.join("\r\n");
    format!(
        "{method} {path} HTTP/1.1\r\nHost: docde\r\nContent-Length: {length}\r\n{headers}\r\n\r\n"
    )
}

fn request(method: &str, path: &str, headers: &[&str], size: usize) -> Vec<u8> {
    let mut bytes = head(method, path, headers, size).into_bytes();
    bytes.resize(bytes.len() + size, b'x');
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sends_first_and_reads_then_gets_to_read_the_refusal() {
    let world = World::new().await;
    let (_front, doors) = doors(&world).await;
    let patient = world.patient().await;
    let token = bearer(&patient);
    let book = "/v1/bookings";
    for at in doors {
        for size in [17 * 1024, 1_100_000, 5 * MIB] {
            let post = async |path, headers: &[&str]| {
                raw::exchange(at, &request("POST", path, headers, size)).await
            };
            problem(&post(book, &[&token, KEY, JSON]).await, 413, "TOO_LARGE");
            problem(&post(book, &[KEY, JSON]).await, 401, "UNAUTHENTICATED");
            problem(&post(book, &[&token, JSON]).await, 400, "KEY_MISSING");
            problem(&post("/v1/nothing", &[&token, KEY]).await, 404, "NOT_FOUND");
            problem(&post("/v1/doctors", &[&token]).await, 405, "METHOD_NOT_ALLOWED");
        }
        let large = request("POST", book, &[&token, KEY, JSON], 60 * MIB);
        problem(&raw::exchange(at, &large).await, 413, "TOO_LARGE");
    }
    // More than is read before the answer: the connection ends with it, gently.
    let larger = request("POST", book, &[&token, KEY, JSON], 70 * MIB);
    let answer = raw::exchange(doors[0], &larger).await;
    problem(&answer, 413, "TOO_LARGE");
    assert_eq!(answer.header("connection"), "close");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_the_rate_a_large_body_is_told_to_come_back() {
    let mut world = World::new().await;
    for (name, value) in [("DOCDE_RATE_PER_ACCOUNT", "1"), ("DOCDE_RATE_BURST", "1")] {
        world.set(name, value);
    }
    let (_front, doors) = doors(&world).await;
    for at in doors {
        let token = bearer(&world.patient().await);
        let large = request("POST", "/v1/bookings", &[&token, KEY, JSON], 1_100_000);
        problem(&raw::exchange(at, &large).await, 413, "TOO_LARGE");
        let busy = raw::exchange(at, &large).await;
        problem(&busy, 429, "BUSY");
        assert!(!busy.header("retry-after").is_empty());
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_waits_to_be_asked_for_is_refused_without_being_asked_for() {
    let world = World::new().await;
    let (_front, doors) = doors(&world).await;
    let token = bearer(&world.patient().await);
    for at in doors {
        for (headers, status, code) in [
            (vec![token.as_str(), KEY, JSON], 413, "TOO_LARGE"),
            (vec![KEY, JSON], 401, "UNAUTHENTICATED"),
        ] {
            let headers = [headers, vec!["Expect: 100-continue"]].concat();
            let mut polite = Raw::open(at).await;
            polite.send(head("POST", "/v1/bookings", &headers, 1_100_000).as_bytes()).await;
            problem(&polite.answer().await, status, code);
            // Whoever does not wait is read to the end all the same.
            let hasty = request("POST", "/v1/bookings", &headers, 1_100_000);
            problem(&raw::exchange(at, &hasty).await, status, code);
        }
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_goes_on_after_a_refusal_whose_body_came_late() {
    let world = World::new().await;
    let (_front, doors) = doors(&world).await;
    let token = bearer(&world.patient().await);
    for at in doors {
        let mut raw = Raw::open(at).await;
        raw.send(head("POST", "/v1/bookings", &[KEY, JSON], 100_000).as_bytes()).await;
        raw.send(&vec![b'x'; 100_000]).await;
        problem(&raw.answer().await, 401, "UNAUTHENTICATED");
        raw.send(head("GET", "/v1/doctors", &[&token], 0).as_bytes()).await;
        assert_eq!(raw.answer().await.status, 200);
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_another_kind_is_415_and_says_what_is_taken() {
    let world = World::new().await;
    let (_front, doors) = doors(&world).await;
    let token = bearer(&world.patient().await);
    for at in doors {
        for bad in [
            "Content-Type: text/plain",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Type: application/jsonp",
            "Content-Type: application/problem+json",
            "Content-Type: application/json; charset=euc-kr",
            "Content-Type: application/json\r\nContent-Type: text/plain",
            "Content-Type:",
            "X-None: of them",
            "Content-Type: application/json\r\nContent-Encoding: gzip",
            "Content-Type: application/json\r\nContent-Encoding: br",
            "Content-Type: application/json\r\nContent-Encoding: identity, gzip",
        ] {
            for path in ["/v1/bookings", "/v1/bookings/0190163d-8694-739b-aea5-966c26f8ad91/cancel"]
            {
                let bytes = request("POST", path, &[&token, KEY, bad], 2);
                let answer = raw::exchange(at, &bytes).await;
                problem(&answer, 415, "UNSUPPORTED_MEDIA_TYPE");
                assert_eq!(answer.header("accept"), "application/json", "{bad}");
                assert_eq!(answer.header("accept-encoding"), "identity", "{bad}");
            }
        }
        for good in
            ["application/json", "Application/JSON; charset=\"UTF-8\"", "application/json;q=1"]
        {
            let good = format!("Content-Type: {good}\r\nContent-Encoding: identity");
            let bytes = request("POST", "/v1/bookings", &[&token, KEY, &good], 2);
            problem(&raw::exchange(at, &bytes).await, 400, "MALFORMED");
        }
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_that_a_path_has_not_is_405_and_says_which_it_has() {
    let world = World::new().await;
    let (_front, doors) = doors(&world).await;
    let id = "0190163d-8694-739b-aea5-966c26f8ad91";
    for at in doors {
        for (method, path, allow) in [
            ("DELETE", "/v1/bookings", "GET,HEAD,POST"),
            ("OPTIONS", "/v1/bookings", "GET,HEAD,POST"),
            ("BREW", "/v1/bookings", "GET,HEAD,POST"),
            ("GET", &format!("/v1/bookings/{id}/cancel"), "POST"),
            ("PUT", &format!("/v1/bookings/{id}"), "GET,HEAD"),
            ("POST", "/openapi.json", "GET,HEAD"),
            ("PATCH", &format!("/v1/requests/{id}"), "GET,HEAD"),
        ] {
            let answer = raw::exchange(at, &request(method, path, &[], 0)).await;
            problem(&answer, 405, "METHOD_NOT_ALLOWED");
            assert_eq!(answer.header("allow"), allow, "{method} {path}");
        }
    }
    world.finish().await;
}
