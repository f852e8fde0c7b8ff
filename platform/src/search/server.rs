//! What kind of server answers: the one place that knows how Elasticsearch and `OpenSearch`, and their versions, differ for
//! us. Both speak the same of what we use; only plug-ins are asked for, by trying them.

use elasticsearch::http::Method;
use serde_json::json;
use std::time::Duration;

use super::about::Server;
use super::client::{Client, SearchError};

const WITHIN: Duration = Duration::from_secs(5);

impl Client {
    /// What kind of server it is: asked once.
    pub async fn server(&self) -> Result<&Server, SearchError> {
        self.known.get_or_try_init(|| ask(self)).await
    }
}

async fn ask(client: &Client) -> Result<Server, SearchError> {
    let about = client.call(Method::Get, "/", None, WITHIN).await?;
    let version = &about["version"];
    let number = version["number"]
        .as_str()
        .ok_or_else(|| SearchError::Nonsense("it has no version".to_owned()))?;
    let distribution = version["distribution"].as_str().unwrap_or("elasticsearch");
    let tried = json!({"tokenizer": "nori_tokenizer", "text": "서울아산병원"});
    let nori = match client.call(Method::Post, "/_analyze", Some(&tried), WITHIN).await {
        Ok(_) => true,
        Err(SearchError::Refused { status: 400, .. }) => false,
        Err(error) => return Err(error),
    };
    let server = Server { distribution: distribution.to_owned(), version: number.to_owned(), nori };
    tracing::info!(
        search.distribution = distribution,
        search.version = number,
        search.nori = nori,
        "search engine found"
    );
    Ok(server)
}
