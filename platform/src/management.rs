//! The broker's management API: what every service verifies at its start, what the audit counts, and any other call.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;
use url::Url;

use crate::address::address;
use crate::config::{ConfigError, Env, invalid};
use crate::topology::{self, Found, TopologyError};

/// For a whole call, its answer included.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the management API is, and as whom to ask it about which vhost.
#[derive(Clone, Debug)]
pub struct Management {
    /// Without a slash at its end.
    base: String,
    user: String,
    password: String,
    /// Percent-encoded.
    vhost: String,
    client: reqwest::Client,
}

impl Management {
    /// `RABBITMQ_UI_URL`, with user, password and vhost of `AMQP_URL`.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let amqp =
            Url::parse(env.required("AMQP_URL")?).map_err(|error| invalid("AMQP_URL", &error))?;
        let base = address(env, "RABBITMQ_UI_URL")?.trim_end_matches('/').to_owned();
        let vhost = match amqp.path().trim_start_matches('/') {
            "" => "%2f".to_owned(),
            vhost => vhost.to_owned(),
        };
        let client = reqwest::Client::builder().timeout(CALL_TIMEOUT).build();
        let client = client.map_err(|error| invalid("RABBITMQ_UI_URL", &error))?;
        Ok(Self {
            base,
            user: amqp.username().to_owned(),
            password: amqp.password().unwrap_or_default().to_owned(),
            vhost,
            client,
        })
    }

    /// The same API as another user.
    #[must_use]
    pub fn as_user(&self, user: &str, password: &str) -> Self {
        Self { user: user.to_owned(), password: password.to_owned(), ..self.clone() }
    }

    /// Whose name the calls bear.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// A call of a path such as `/api/overview`: the answer's status, and its body where that is JSON, else null.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), reqwest::Error> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let (status, text) = (response.status(), response.text().await?);
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// The vhost's queues, as the API shows them. An answer other than success is an error.
    pub async fn queues(&self) -> Result<Vec<Value>, TopologyError> {
        self.list("queues").await
    }

    /// Messages of each queue, waiting or taken and not acknowledged. The broker counts a quorum queue's every few
    /// seconds; a queue that it has not counted yet is left out.
    pub async fn depths(&self) -> Result<HashMap<String, u64>, TopologyError> {
        let depth =
            |queue: &Value| Some((queue["name"].as_str()?.to_owned(), queue["messages"].as_u64()?));
        Ok(self.queues().await?.iter().filter_map(depth).collect())
    }

    /// Compares the broker with the topology that this build expects.
    pub async fn verify(&self, partitions: u16) -> Result<(), TopologyError> {
        let found = Found {
            exchanges: self.list("exchanges").await?,
            queues: self.queues().await?,
            bindings: self.list("bindings").await?,
        };
        topology::compare(partitions, &found)
    }

    async fn list(&self, what: &str) -> Result<Vec<Value>, TopologyError> {
        let request = self.request(Method::GET, &format!("/api/{what}/{}", self.vhost));
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.base);
        self.client.request(method, url).basic_auth(&self.user, Some(&self.password))
    }
}
