//! HTTP/1.1 in bytes: what no client library would send, and what came back.

use docde_tests::Answer;
use docde_tests::wait::LIMIT;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection on which one may write anything.
pub struct Raw(TcpStream);

impl Raw {
    pub async fn open(at: SocketAddr) -> Self {
        Self(TcpStream::connect(at).await.expect("a connection"))
    }

    /// # Panics
    /// Where the other side does not take it all.
    pub async fn send(&mut self, bytes: &[u8]) {
        let sent = tokio::time::timeout(LIMIT, self.0.write_all(bytes)).await.expect("in time");
        sent.expect("the other side takes all that is sent");
    }

    /// The next answer, to the end that its `Content-Length` names.
    pub async fn answer(&mut self) -> Answer {
        let mut bytes = Vec::new();
        let head = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.more(&mut bytes).await;
        };
        let (status, headers) = read_head(&bytes[..head]);
        let length = headers.get("content-length").and_then(|value| value.to_str().ok());
        let length: usize = length.and_then(|value| value.parse().ok()).unwrap_or(0);
        while bytes.len() < head + length {
            self.more(&mut bytes).await;
        }
        let text = String::from_utf8_lossy(&bytes[head..head + length]).into_owned();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, json }
    }

    /// What comes until the other side closes, which it must.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let read = tokio::time::timeout(LIMIT, self.0.read_to_end(&mut bytes)).await;
        read.expect("an end in time").expect("an end that is no reset");
        bytes
    }

    async fn more(&mut self, bytes: &mut Vec<u8>) {
        let read = tokio::time::timeout(LIMIT, self.0.read_buf(bytes)).await;
        let read = read.expect("an answer in time").expect("an answer, not a reset");
        assert!(read > 0, "closed after {:?}", String::from_utf8_lossy(bytes));
    }
}

fn read_head(head: &[u8]) -> (u16, HeaderMap) {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.and_then(|status| status.parse().ok()).expect("a status");
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.parse::<HeaderName>().ok()?, value.trim().parse::<HeaderValue>().ok()?))
    };
    (status, lines.filter_map(header).collect())
}

/// One request on a connection of its own: all of it is sent before the answer is read, as Python's clients do.
pub async fn exchange(at: SocketAddr, bytes: &[u8]) -> Answer {
    let mut raw = Raw::open(at).await;
    raw.send(bytes).await;
    raw.answer().await
}

/// A problem, complete, in both languages.
pub fn problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
    assert_eq!(answer.json["status"], status, "{answer:?}");
    for language in ["ko", "en"] {
        assert!(answer.json["titles"][language].is_string(), "{answer:?}");
    }
}
