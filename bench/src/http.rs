//! An HTTP/1.1 client of few parts: one keep-alive connection, one request at a time, one write and usually
//! one read a request, no allocation but the request's own text. The load generator shares its two cores with what
//! it measures. A general client (hyper, reqwest) has a task a connection and a map of headers an answer, whose cost
//! would be measured along with the system, so only the parsing of heads is a crate's.

use std::io::{Error, ErrorKind, Result};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than any answer may take (`Prefer: wait` goes to 30 s).
const ANSWER_TIMEOUT: Duration = Duration::from_secs(40);

/// An answer with more headers is an error.
const MAX_HEADERS: usize = 64;

/// A keep-alive connection.
#[derive(Debug)]
pub struct Connection {
    address: String,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// An answer, its body in the connection's buffer.
#[derive(Clone, Copy, Debug)]
pub struct HttpAnswer<'b> {
    pub status: u16,
    pub body: &'b str,
}

impl Connection {
    /// Connects to `host:port`.
    pub async fn open(address: &str) -> Result<Self> {
        let mut connection =
            Self { address: address.to_owned(), stream: None, buffer: Vec::with_capacity(4096) };
        connection.stream = Some(connect(address).await?);
        Ok(connection)
    }

    /// Sends a whole request and reads its answer. After a failure the next call connects again.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<HttpAnswer<'_>> {
        let mut stream = match self.stream.take().filter(is_silent) {
            Some(stream) => stream,
            None => connect(&self.address).await?,
        };
        self.buffer.clear();
        let round = async {
            stream.write_all(request).await?;
            read_answer(&mut stream, &mut self.buffer).await
        };
        let head = tokio::time::timeout(ANSWER_TIMEOUT, round)
            .await
            .map_err(|_| Error::from(ErrorKind::TimedOut))??;
        if !head.closes {
            self.stream = Some(stream);
        }
        let body = self.buffer.get(head.length..).unwrap_or_default();
        let body = std::str::from_utf8(body).map_err(|_| Error::from(ErrorKind::InvalidData))?;
        Ok(HttpAnswer { status: head.status, body })
    }
}

/// Nothing has come since the last answer: neither its end nor a proxy's "408, you were silent for too long".
fn is_silent(stream: &TcpStream) -> bool {
    matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
}

async fn connect(address: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Head {
    status: u16,
    /// Bytes of the head; the body follows.
    length: usize,
    body: usize,
    closes: bool,
}

async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Head> {
    let mut head: Option<Head> = None;
    loop {
        if head.is_none() {
            head = parse_head(buffer)?;
        }
        if let Some(head) = head.filter(|head| buffer.len() >= head.length + head.body) {
            return Ok(head);
        }
        if stream.read_buf(buffer).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The head, once it is there whole. Only bodies with a length are read: nobody here streams.
fn parse_head(buffer: &[u8]) -> Result<Option<Head>> {
    let bad = |reason: &str| Error::new(ErrorKind::InvalidData, reason.to_owned());
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(buffer).map_err(|error| bad(&error.to_string()))? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let status = response.code.ok_or_else(|| bad("an answer without a status"))?;
    let (mut body, mut closes) = (None, false);
    for header in response.headers.iter() {
        let value = std::str::from_utf8(header.value).unwrap_or_default().trim();
        if header.name.eq_ignore_ascii_case("content-length") {
            body = value.parse().ok();
        } else if header.name.eq_ignore_ascii_case("connection") {
            closes = value.eq_ignore_ascii_case("close");
        }
    }
    let body = match (status, body) {
        (204 | 304, _) => 0,
        (_, body) => body.ok_or_else(|| bad("an answer without a content-length"))?,
    };
    Ok(Some(Head { status, length, body, closes }))
}

/// What every request of one client has in common, made once.
#[derive(Clone, Debug)]
pub struct RequestTemplate {
    post: String,
    get: String,
}

impl RequestTemplate {
    /// `prefer` is the value of that header, or empty for the server's own choice.
    pub fn new(address: &str, token: &str, prefer: &str) -> Self {
        let preference =
            if prefer.is_empty() { String::new() } else { format!("prefer: {prefer}\r\n") };
        let common = format!("host: {address}\r\nauthorization: Bearer {token}\r\n{preference}");
        let post =
            format!("POST /v1/bookings HTTP/1.1\r\n{common}content-type: application/json\r\n");
        Self { post, get: common }
    }

    /// `POST /v1/bookings`.
    pub fn booking(&self, key: &str, body: &str) -> Vec<u8> {
        format!(
            "{}idempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
            self.post,
            body.len()
        )
        .into_bytes()
    }

    /// A GET of `path`.
    pub fn get(&self, path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\n{}\r\n", self.get).into_bytes()
    }
}

/// The value of the first `"name":"value"` in a JSON text.
pub fn member<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let after = rest.get(at + name.len()..)?;
        let quoted = rest.get(..at).is_some_and(|before| before.ends_with('"'));
        let value = after.strip_prefix("\":").filter(|_| quoted);
        if let Some(value) = value.and_then(|value| value.trim_start().strip_prefix('"')) {
            return value.split('"').next();
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_when_whole() {
        let text =
            b"HTTP/1.1 202 Accepted\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{\"a\":";
        assert_eq!(parse_head(&text[..30]).unwrap(), None);
        let head = parse_head(text).unwrap().unwrap();
        assert_eq!((head.status, head.body, head.closes), (202, 12, true));
        assert!(parse_head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }

    #[test]
    fn members_are_found() {
        let text = r#"{"events":"state","state":"confirmed","code": "X"}"#;
        assert_eq!(member(text, "state"), Some("confirmed"));
        assert_eq!(member(text, "code"), Some("X"));
        assert_eq!(member(text, "absent"), None);
    }
}
