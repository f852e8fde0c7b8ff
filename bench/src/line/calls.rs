//! The requests of a line as bytes: each has the token of another account.

/// A POST that waits for its outcome.
pub fn post(address: &str, token: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
    let common = common(address, token);
    format!(
        "POST {path} HTTP/1.1\r\n{common}idempotency-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A GET that waits for an outcome, where there is one to come.
pub fn get(address: &str, token: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\n{}\r\n", common(address, token)).into_bytes()
}

fn common(address: &str, token: &str) -> String {
    format!("host: {address}\r\nauthorization: Bearer {token}\r\nprefer: wait=30\r\n")
}
