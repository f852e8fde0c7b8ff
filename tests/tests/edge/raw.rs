//! HTTP/1.1 in bytes: what no client library would send, and what came back.

use docde_tests::Answer;
use docde_tests::wait::LIMIT;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection on which one may write anything.
pub struct Raw {
    stream: TcpStream,
    /// What came and was not looked at yet.
    came: Vec<u8>,
}

impl Raw {
    pub async fn open(at: SocketAddr) -> Self {
        let stream = TcpStream::connect(at).await.expect("a connection");
        Self { stream, came: Vec::new() }
    }

    /// # Panics
    /// Where the other side does not take it all.
    pub async fn send(&mut self, bytes: &[u8]) {
        let sent = tokio::time::timeout(LIMIT, self.stream.write_all(bytes)).await;
        sent.expect("in time").expect("the other side takes all that is sent");
    }

    /// The next answer, to the end that its `Content-Length` names.
    pub async fn answer(&mut self) -> Answer {
        let head = loop {
            if let Some(end) = self.came.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await;
        };
        let (status, headers) = read_head(&self.came[..head]);
        let length = headers.get("content-length").and_then(|value| value.to_str().ok());
        let length: usize = length.and_then(|value| value.parse().ok()).unwrap_or(0);
        while self.came.len() < head + length {
            self.more().await;
        }
        let rest = self.came.split_off(head + length);
        let text = String::from_utf8_lossy(&self.came[head..]).into_owned();
        self.came = rest;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, json }
    }

    /// What comes until the other side closes, which it must, and not by a reset.
    pub async fn rest(mut self) -> Vec<u8> {
        let read = self.stream.read_to_end(&mut self.came);
        let read = tokio::time::timeout(LIMIT, read).await.expect("an end in time");
        read.expect("an end that is no reset");
        self.came
    }

    async fn more(&mut self) {
        let read = tokio::time::timeout(LIMIT, self.stream.read_buf(&mut self.came)).await;
        let read = read.expect("an answer in time").expect("an answer, not a reset");
        assert!(read > 0, "closed after {:?}", String::from_utf8_lossy(&self.came));
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
