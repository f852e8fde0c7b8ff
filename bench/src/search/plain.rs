//! What one would have without any of it: all columns of an institution as one text, taken apart by the engine's standard
//! analyzer, and a plain `match`.

use platform::Failure;
use serde_json::{Value, json};
use uuid::Uuid;

use super::engine::Asked;

const INDEX: &str = "bench-plain";
/// Documents a call.
const AT_ONCE: usize = 4_000;

/// Makes the index anew from ids and texts.
pub async fn fill(engine: &mut Asked, texts: &[(Uuid, String)]) -> Result<(), Failure> {
    engine.call("DELETE", &format!("/{INDEX}"), "").await?;
    let mappings = json!({"properties": {"text": {"type": "text", "analyzer": "standard"}}});
    let settings = json!({"number_of_shards": 1, "number_of_replicas": 0});
    let body = json!({"settings": settings, "mappings": mappings});
    engine.done("PUT", &format!("/{INDEX}"), &body.to_string()).await?;
    for chunk in texts.chunks(AT_ONCE) {
        let mut body = String::new();
        for (id, text) in chunk {
            body.push_str(&json!({"index": {"_id": id}}).to_string());
            body.push('\n');
            body.push_str(&json!({"text": text}).to_string());
            body.push('\n');
        }
        let answer = engine.done("POST", &format!("/{INDEX}/_bulk"), &body).await?;
        if answer["errors"] != false {
            return Err("the plain index was not written".into());
        }
    }
    engine.done("POST", &format!("/{INDEX}/_refresh"), "").await.map(drop)
}

/// The first hits of a plain `match`.
pub async fn search(engine: &mut Asked, text: &str, limit: usize) -> Result<Vec<Uuid>, Failure> {
    let body = json!({"size": limit, "_source": false, "query": {"match": {"text": text}}});
    let answer = engine.done("POST", &format!("/{INDEX}/_search"), &body.to_string()).await?;
    let hits = answer["hits"]["hits"].as_array().into_iter().flatten();
    Ok(hits.filter_map(|hit: &Value| hit["_id"].as_str()?.parse().ok()).collect())
}

pub async fn remove(engine: &mut Asked) -> Result<(), Failure> {
    engine.call("DELETE", &format!("/{INDEX}"), "").await.map(drop)
}
