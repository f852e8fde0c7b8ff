//! Sockets that do not come about, and sockets whose peer breaks the protocol: each is told why.

use docde_tests::{Answer, Front, Patient, World};
use std::net::SocketAddr;

use crate::raw::{self, Raw, problem};

const UPGRADE: [&str; 4] = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/// A notifier, met directly and through the proxy.
async fn doors(world: &World) -> (Front, [SocketAddr; 2]) {
    let notifier = world.notifier().await.address;
    let front = Front::of(&[], &[notifier]).await;
    let doors = [notifier, front.address];
    (front, doors)
}

fn offer(patient: &Patient) -> String {
    format!("Sec-WebSocket-Protocol: docde.v1, token.{}", patient.token)
}

fn ask(first: &str, headers: &[&str]) -> Vec<u8> {
    format!("{first}\r\nHost: docde\r\n{}\r\n\r\n", headers.join("\r\n")).into_bytes()
}

async fn tried(at: SocketAddr, first: &str, headers: &[&str]) -> Answer {
    raw::exchange(at, &ask(first, headers)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_asks_for_no_socket_is_told_how_to_ask() {
    let world = World::new().await;
    let (_front, doors) = doors(&world).await;
    let [connection, upgrade, version, key] = UPGRADE;
    for at in doors {
        for headers in [
            &[][..],
            &["Accept: text/html"],
            &[connection, upgrade, key],
            &[connection, upgrade, key, "Sec-WebSocket-Version: 8"],
        ] {
            let answer = tried(at, "GET /ws HTTP/1.1", headers).await;
            problem(&answer, 426, "UPGRADE_REQUIRED");
            assert_eq!(answer.header("upgrade"), "websocket", "{answer:?}");
            assert_eq!(answer.header("sec-websocket-version"), "13", "{answer:?}");
        }
        problem(&tried(at, "GET /ws HTTP/1.0", &UPGRADE).await, 426, "UPGRADE_REQUIRED");
        for method in ["POST", "OPTIONS", "DELETE"] {
            let answer = tried(at, &format!("{method} /ws HTTP/1.1"), &["Content-Length: 0"]).await;
            problem(&answer, 405, "METHOD_NOT_ALLOWED");
            assert_eq!(answer.header("allow"), "GET");
        }
        let large = ask("POST /ws HTTP/1.1", &["Content-Length: 1100000"]);
        let large = [large, vec![b'x'; 1_100_000]].concat();
        problem(&raw::exchange(at, &large).await, 405, "METHOD_NOT_ALLOWED");
    }
    // The proxy asks for no socket without a key.
    let answer = tried(doors[0], "GET /ws HTTP/1.1", &[connection, upgrade, version]).await;
    problem(&answer, 400, "MALFORMED");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_who_may_not_come_in_gets_a_problem_in_his_language() {
    let world = World::new().await;
    let (_front, doors) = doors(&world).await;
    let offer = offer(&world.patient().await);
    for at in doors {
        let with = async |path: &str, more: &[&str]| {
            let headers = [&UPGRADE, more].concat();
            tried(at, &format!("GET {path} HTTP/1.1"), &headers).await
        };
        for more in [&[][..], &["Sec-WebSocket-Protocol: docde.v1, token.a.b.c"]] {
            let answer = with("/ws", more).await;
            problem(&answer, 401, "UNAUTHENTICATED");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
        let evil = with("/ws", &[&offer, "Origin: https://evil.example"]).await;
        problem(&evil, 403, "FORBIDDEN");
        let cursor = with("/ws?after=nonsense", &[&offer, "Accept-Language: en"]).await;
        problem(&cursor, 400, "MALFORMED");
        assert_eq!(cursor.json["title"], cursor.json["titles"]["en"]);
        assert_eq!(evil.json["title"], evil.json["titles"]["ko"]);
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_the_cap_the_refusal_is_a_problem_too() {
    let mut world = World::new().await;
    world.set("DOCDE_MAX_SOCKETS", "1");
    let (_front, doors) = doors(&world).await;
    let offer = offer(&world.patient().await);
    let headers = [&UPGRADE, &[offer.as_str()][..]].concat();
    let mut first = Raw::open(doors[0]).await;
    first.send(&ask("GET /ws HTTP/1.1", &headers)).await;
    assert_eq!(first.answer().await.status, 101);
    for at in doors {
        let answer = tried(at, "GET /ws HTTP/1.1", &headers).await;
        problem(&answer, 503, "UNAVAILABLE");
        assert_eq!(answer.header("retry-after"), "5");
    }
    world.finish().await;
}

/// The code of the close frame among what a server sent.
fn close_code(mut sent: &[u8]) -> Option<u16> {
    while let [first, length, rest @ ..] = sent {
        let (length, rest) = match (length, rest) {
            (126, [high, low, rest @ ..]) => (u16::from_be_bytes([*high, *low]).into(), rest),
            (length, rest) => (usize::from(*length), rest),
        };
        if *first == 0x88 {
            return rest.first_chunk().map(|code| u16::from_be_bytes(*code));
        }
        sent = rest.get(length..).unwrap_or_default();
    }
    None
}

/// A masked frame (the mask is zero) of at most 125 bytes.
fn frame(first: u8, data: &[u8]) -> Vec<u8> {
    let length = 0x80 | u8::try_from(data.len()).expect("a short frame");
    [&[first, length, 0, 0, 0, 0], data].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_breaks_the_protocol_is_told_so_by_a_close_frame() {
    let world = World::new().await;
    let (_front, doors) = doors(&world).await;
    let large = |first: u8, length: u64| {
        let head = [&[first, 0xff][..], &length.to_be_bytes(), &[0; 4]].concat();
        let mut bytes = head;
        bytes.resize(bytes.len() + 200_000, b'x');
        bytes
    };
    let long_ping = [&[0x89, 0xfe, 0, 126, 0, 0, 0, 0][..], &[b'x'; 126]].concat();
    let broken: [(&str, u16, Vec<u8>); 17] = [
        ("unmasked", 1002, vec![0x81, 2, b'h', b'i']),
        ("reserved opcode", 1002, frame(0x83, b"")),
        ("reserved opcode", 1002, frame(0x87, b"hi")),
        ("reserved control opcode", 1002, frame(0x8b, b"")),
        ("reserved bit", 1002, frame(0xc1, b"hi")),
        ("fragmented ping", 1002, frame(0x09, b"")),
        ("long ping", 1002, long_ping),
        ("continuation of nothing", 1002, frame(0x80, b"hi")),
        ("text within a message", 1002, [frame(0x01, b"a"), frame(0x81, b"b")].concat()),
        ("close of one byte", 1002, frame(0x88, &[3])),
        ("close with a code that nobody may send", 1002, frame(0x88, &1005_u16.to_be_bytes())),
        ("bad UTF-8", 1007, frame(0x81, &[0xc3, 0x28])),
        ("cut off UTF-8", 1007, frame(0x81, &[0xed, 0x95])),
        ("bad UTF-8 in parts", 1007, [frame(0x01, b"a"), frame(0x80, &[0xff])].concat()),
        ("bad UTF-8 in a close", 1007, frame(0x88, &[0x03, 0xe8, 0xc3, 0x28])),
        ("large frame", 1009, large(0x82, 200_000)),
        ("frame of 2^62 bytes", 1009, large(0x82, 1 << 62)),
    ];
    let offer = offer(&world.patient().await);
    let headers = [&UPGRADE, &[offer.as_str()][..]].concat();
    for at in doors {
        for (what, code, bytes) in &broken {
            // What comes behind is not read any more, and does not cost the close frame.
            for behind in [0, 100_000] {
                let mut raw = Raw::open(at).await;
                raw.send(&ask("GET /ws HTTP/1.1", &headers)).await;
                assert_eq!(raw.answer().await.status, 101);
                raw.send(&[bytes.as_slice(), &vec![0; behind]].concat()).await;
                assert_eq!(close_code(&raw.rest().await), Some(*code), "{what}, {behind} behind");
            }
        }
    }
    world.finish().await;
}
