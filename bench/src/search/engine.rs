//! The search engine and the system's own searches, asked over plain HTTP as anybody asks them.

use platform::Failure;
use platform::config::Env;
use serde_json::Value;
use std::time::{Duration, Instant};
use url::{Url, form_urlencoded};
use uuid::Uuid;

use crate::http::Connection;

/// How long the whole list may take until it is found.
const FILLED_WITHIN: Duration = Duration::from_mins(20);
/// So long an engine that has failed is not asked.
const LEFT_ALONE: Duration = Duration::from_millis(1_200);
/// How often that is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A connection to a server that answers with JSON.
pub struct Asked {
    connection: Connection,
    host: String,
}

impl Asked {
    pub async fn open(address: &str) -> Result<Self, Failure> {
        Ok(Self { connection: Connection::open(address).await?, host: address.to_owned() })
    }

    /// The engine of `SEARCH_URL`.
    pub async fn engine(env: &Env) -> Result<Self, Failure> {
        let url = Url::parse(env.required("SEARCH_URL")?)?;
        let host = url.host_str().unwrap_or("127.0.0.1");
        Self::open(&format!("{host}:{}", url.port_or_known_default().unwrap_or(9200))).await
    }

    /// An answer's status and body.
    pub async fn call(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<(u16, Value), Failure> {
        let host = &self.host;
        let kind =
            if path.ends_with("_bulk") { "application/x-ndjson" } else { "application/json" };
        let text = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = self.connection.exchange(text.as_bytes()).await?;
        Ok((answer.status, serde_json::from_str(answer.body).unwrap_or_default()))
    }

    /// A call that has to succeed.
    pub async fn done(&mut self, method: &str, path: &str, body: &str) -> Result<Value, Failure> {
        match self.call(method, path, body).await? {
            (200..=299, answer) => Ok(answer),
            (status, answer) => Err(format!("{method} {path}: {status} {answer}").into()),
        }
    }

    /// A search of the system: the whole answer, which has to be the engine's. `tries`: an engine that has slept, or that
    /// shares the machine, may be too late with the first.
    pub async fn search(&mut self, members: &[(&str, &str)], tries: u32) -> Result<Value, Failure> {
        let path = path("/v1/hospitals/search", members);
        for _ in 0..tries {
            let answer = self.done("GET", &path, "").await?;
            if answer["degraded"] == false {
                return Ok(answer);
            }
            tokio::time::sleep(LEFT_ALONE).await;
        }
        Err(format!("{members:?}: the database answered").into())
    }

    /// Waits until so many hospitals are found: how long it took from now on.
    pub async fn filled(&mut self, alias: &str, hospitals: u64) -> Result<Duration, Failure> {
        let from = Instant::now();
        loop {
            let count = self.call("GET", &format!("/{alias}/_count"), "").await;
            if matches!(count, Ok((200, count)) if count["count"] == hospitals) {
                return Ok(from.elapsed());
            }
            if from.elapsed() > FILLED_WITHIN {
                return Err(format!(
                    "{hospitals} hospitals are not in the index after {FILLED_WITHIN:?}"
                )
                .into());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// A path with its query.
pub fn path(path: &str, members: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(members);
    format!("{path}?{}", query.finish())
}

/// Ids of a search's hits, in their order.
pub fn ids(answer: &Value) -> Vec<Uuid> {
    let items = answer["items"].as_array().into_iter().flatten();
    items.filter_map(|item| item["id"].as_str()?.parse().ok()).collect()
}
