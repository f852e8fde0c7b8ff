//! Speaking to the engine: every call has a time-out, what may be tried again is, and an answer is JSON or an error that
//! says what went wrong. The library has no time-out of its own and never tries again.

use elasticsearch::auth::Credentials;
use elasticsearch::http::Method;
use elasticsearch::http::headers::HeaderMap;
use elasticsearch::http::transport::{SingleNodeConnectionPool, Transport, TransportBuilder};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use url::Url;

use super::about::Server;
use crate::address::address;
use crate::config::{ConfigError, Env, invalid};

/// Between two tries of one call; the third is the last.
const TRY_AGAIN: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// Where the engine is and how to speak to it.
#[derive(Clone, Debug)]
pub struct SearchConfig {
    url: Url,
    credentials: Option<Credentials>,
    prefix: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// No connection, or it broke.
    #[error("the search engine cannot be reached: {0}")]
    Unreachable(String),
    #[error("the search engine does not answer in time")]
    TimedOut,
    /// It says no: `type` and `reason` as it has them.
    #[error("the search engine refuses ({status}): {reason}")]
    Refused { status: u16, reason: String },
    #[error("the search engine's answer makes no sense: {0}")]
    Nonsense(String),
}

impl SearchError {
    /// The engine is away, busy or restarting: the same call may work later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut => true,
            Self::Refused { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            Self::Nonsense(_) => false,
        }
    }

    /// Nothing of that name is there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }
}

impl SearchConfig {
    /// `SEARCH_URL` (none: no engine), `SEARCH_USER` with `SEARCH_PASSWORD`, or `SEARCH_API_KEY` (base64, as the engine shows it),
    /// and `DOCDE_SEARCH_PREFIX` (`docde-`): before the name of every index.
    pub fn from_env(env: &Env) -> Result<Option<Self>, ConfigError> {
        const URL: &str = "SEARCH_URL";
        const PREFIX: &str = "DOCDE_SEARCH_PREFIX";
        if env.optional(URL).is_none() {
            return Ok(None);
        }
        let mut url = Url::parse(address(env, URL)?).map_err(|error| invalid(URL, &error))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(invalid(URL, &"an address of http or https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid(URL, &"name and password go into SEARCH_USER and SEARCH_PASSWORD"));
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        let prefix = env.optional(PREFIX).unwrap_or("docde-").to_owned();
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        if prefix.len() > 100 || !prefix.bytes().all(allowed) || prefix.starts_with(['-', '_']) {
            return Err(invalid(
                PREFIX,
                &"lower-case letters, digits, - and _, a letter or digit first",
            ));
        }
        Ok(Some(Self { url, credentials: credentials(env)?, prefix }))
    }
}

fn credentials(env: &Env) -> Result<Option<Credentials>, ConfigError> {
    const KEY: &str = "SEARCH_API_KEY";
    match (env.optional("SEARCH_USER"), env.optional(KEY)) {
        (None, None) => Ok(None),
        (Some(user), None) => {
            let password = env.required("SEARCH_PASSWORD")?;
            Ok(Some(Credentials::Basic(user.to_owned(), password.to_owned())))
        }
        (None, Some(key)) if key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(Some(Credentials::EncodedApiKey(key.to_owned())))
        }
        (None, Some(_)) => Err(invalid(KEY, &"the key as base64, on one line")),
        (Some(_), Some(_)) => Err(invalid(KEY, &"either this or SEARCH_USER")),
    }
}

/// A client. Clones share connections and what is known of the server.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
    prefix: Arc<str>,
    /// What it is, once it was asked.
    pub(super) known: Arc<OnceCell<Server>>,
}

impl Client {
    pub fn new(config: &SearchConfig) -> Result<Self, ConfigError> {
        let mut builder = TransportBuilder::new(SingleNodeConnectionPool::new(config.url.clone()))
            .disable_proxy()
            .enable_meta_header(false);
        if let Some(credentials) = &config.credentials {
            builder = builder.auth(credentials.clone());
        }
        let transport = builder.build().map_err(|error| invalid("SEARCH_URL", &error))?;
        Ok(Self { transport, prefix: config.prefix.as_str().into(), known: Arc::default() })
    }

    /// The name under which searches find the hospitals, and with which the names of its indexes begin.
    pub fn alias(&self) -> String {
        format!("{}hospitals", self.prefix)
    }

    /// A call, tried again within the time where the engine is away or busy. Only calls that may be made twice.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        within: Duration,
    ) -> Result<Value, SearchError> {
        let body = body.map(ToString::to_string);
        self.send(method, path, body.as_deref(), within).await
    }

    /// The same with a body that is written already.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&str>,
        within: Duration,
    ) -> Result<Value, SearchError> {
        let until = Instant::now() + within;
        let mut waits = TRY_AGAIN.into_iter();
        loop {
            let error = match self.once(method, path, body, until - Instant::now()).await {
                Err(error) if error.is_passing() => error,
                answer => return answer,
            };
            match waits.next() {
                Some(wait) if Instant::now() + wait < until => tokio::time::sleep(wait).await,
                _ => return Err(error),
            }
        }
    }

    /// A search among the hospitals, made once and whole: for whoever has something else to answer with.
    pub async fn search(&self, body: &Value, within: Duration) -> Result<Value, SearchError> {
        let path = format!("/{}/_search", self.alias());
        let answer = self.once(Method::Post, &path, Some(&body.to_string()), within).await?;
        if answer["timed_out"] == false { Ok(answer) } else { Err(SearchError::TimedOut) }
    }

    /// A call that is made once, for whoever has something else to answer with.
    async fn once(
        &self,
        method: Method,
        path: &str,
        body: Option<&str>,
        within: Duration,
    ) -> Result<Value, SearchError> {
        let sent =
            self.transport.send(method, path, HeaderMap::new(), None::<&()>, body, Some(within));
        let response = sent.await.map_err(failed)?;
        let status = response.status_code().as_u16();
        let text = response.text().await.map_err(failed)?;
        if status >= 400 {
            return Err(SearchError::Refused { status, reason: reason(&text) });
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|error| SearchError::Nonsense(error.to_string()))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "so that errors can be mapped by name")]
fn failed(error: elasticsearch::Error) -> SearchError {
    if error.is_timeout() {
        SearchError::TimedOut
    } else {
        SearchError::Unreachable(crate::service::chain(&error))
    }
}

/// The engine's own words, without the query in them.
fn reason(text: &str) -> String {
    let answer: Value = serde_json::from_str(text).unwrap_or_default();
    let error = &answer["error"];
    let cause = error["root_cause"].get(0).unwrap_or(error);
    match (cause["type"].as_str(), cause["reason"].as_str()) {
        (Some(kind), Some(reason)) => {
            format!("{kind}: {}", reason.chars().take(300).collect::<String>())
        }
        _ => "no reason given".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<Option<SearchConfig>, String> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        SearchConfig::from_env(&Env::from_pairs(pairs)).map_err(|error| error.to_string())
    }

    #[test]
    fn without_an_address_there_is_no_engine() {
        assert!(config(&[]).unwrap().is_none());
        let found = config(&[("SEARCH_URL", "http://127.0.0.1:9200")]).unwrap().unwrap();
        assert_eq!((found.prefix.as_str(), found.url.path()), ("docde-", "/"));
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted_and_secrets_stand_in_variables_of_their_own() {
        const FAR: (&str, &str) = ("SEARCH_URL", "https://search.example.org");
        assert!(config(&[("SEARCH_URL", "http://search.example.org")]).is_err());
        assert!(config(&[("SEARCH_URL", "https://u:p@search.example.org")]).is_err());
        assert!(config(&[("SEARCH_URL", "redis://127.0.0.1")]).is_err());
        assert!(config(&[FAR, ("SEARCH_USER", "u")]).unwrap_err().contains("SEARCH_PASSWORD"));
        assert!(config(&[FAR, ("SEARCH_USER", "u"), ("SEARCH_PASSWORD", "p")]).is_ok());
        assert!(config(&[FAR, ("SEARCH_API_KEY", "a b")]).is_err());
        assert!(config(&[FAR, ("SEARCH_API_KEY", "YWI6Y2Q=")]).is_ok());
        let both =
            [FAR, ("SEARCH_API_KEY", "YQ=="), ("SEARCH_USER", "u"), ("SEARCH_PASSWORD", "p")];
        assert!(config(&both).is_err());
        for prefix in ["-a", "A", "a*", "가", "a,b"] {
            assert!(config(&[FAR, ("DOCDE_SEARCH_PREFIX", prefix)]).is_err(), "{prefix}");
        }
    }
}
