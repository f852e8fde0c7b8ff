//! The indexes of the hospitals: one has the alias that searches ask; another may be in the making. Which is which is kept
//! by the engine itself, so whoever is started anew goes on where the one before stopped.

use domain::ids::HospitalId;
use elasticsearch::http::Method;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

use super::bulk::{self, Operation, Written};
use super::client::{Client, SearchError};
use super::schema;

/// For what concerns a whole index.
const WITHIN: Duration = Duration::from_secs(30);
/// Documents a page of a scan.
const PAGE: usize = 2_000;

/// An index as the engine describes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Index {
    pub name: String,
    /// Searches go to it.
    pub live: bool,
    /// What its documents hold is what this build writes.
    pub current: bool,
    /// Milliseconds of the engine's clock.
    pub created: u64,
}

/// What an index has of a hospital.
#[derive(Clone, PartialEq, Debug)]
pub struct Kept {
    pub id: HospitalId,
    pub revision: u64,
    /// Seconds since 1970 for which it was made, and until when time alone leaves it right.
    pub as_of: i64,
    pub until: Option<i64>,
    /// All of it, where asked for.
    pub body: Value,
}

impl Client {
    /// All of them, oldest first.
    pub async fn indexes(&self) -> Result<Vec<Index>, SearchError> {
        let alias = self.alias();
        let path = format!(
            "/{alias}-*?filter_path=*.aliases,*.mappings._meta,*.settings.index.creation_date"
        );
        let found = self.call(Method::Get, &path, None, WITHIN).await?;
        let of = |(name, about): (&String, &Value)| Index {
            name: name.clone(),
            live: about["aliases"].get(&alias).is_some(),
            current: about["mappings"]["_meta"]["schema"] == schema::SCHEMA,
            created: about["settings"]["index"]["creation_date"]
                .as_str()
                .and_then(|text| text.parse().ok())
                .unwrap_or_default(),
        };
        let mut all: Vec<Index> = found.as_object().into_iter().flatten().map(of).collect();
        all.sort_by(|a, b| (a.created, &a.name).cmp(&(b.created, &b.name)));
        Ok(all)
    }

    /// Makes an empty one, which nobody searches yet. `number` tells it from the others.
    pub async fn make_index(&self, number: i64) -> Result<String, SearchError> {
        let body = schema::body(self.server().await?);
        let name = format!("{}-{number}", self.alias());
        match self.call(Method::Put, &format!("/{name}"), Some(&body), WITHIN).await {
            // Another try of ours, or of another indexer, has made it.
            Err(SearchError::Refused { status: 400, reason })
                if reason.starts_with("resource_already_exists") =>
            {
                Ok(name)
            }
            answer => answer.map(|_| name),
        }
    }

    /// From now on searches go to this index and to no other, in one step.
    pub async fn make_live(&self, name: &str) -> Result<(), SearchError> {
        let alias = self.alias();
        let actions = json!({"actions": [
            {"remove": {"index": format!("{alias}-*"), "alias": alias, "must_exist": false}},
            {"add": {"index": name, "alias": alias}},
        ]});
        self.call(Method::Post, "/_aliases", Some(&actions), WITHIN).await.map(drop)
    }

    pub async fn remove_index(&self, name: &str) -> Result<(), SearchError> {
        match self.call(Method::Delete, &format!("/{name}"), None, WITHIN).await {
            Err(error) if error.is_absent() => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// What was written is found from now on.
    pub async fn refresh(&self, name: &str) -> Result<(), SearchError> {
        self.call(Method::Post, &format!("/{name}/_refresh"), None, WITHIN).await.map(drop)
    }

    /// Writes documents, in one call; what became of each, in their order.
    pub async fn write(
        &self,
        name: &str,
        operations: &[Operation],
    ) -> Result<Vec<Written>, SearchError> {
        let path = format!("/{name}/_bulk");
        let answer = self.send(Method::Post, &path, Some(&bulk::body(operations)), WITHIN).await?;
        bulk::results(&answer, operations.len())
    }

    /// What an index has of every hospital. `body`: with all that it holds.
    pub async fn kept(
        &self,
        name: &str,
        body: bool,
    ) -> Result<HashMap<HospitalId, Kept>, SearchError> {
        self.refresh(name).await?;
        let mut all = HashMap::new();
        let mut after: Option<Value> = None;
        loop {
            let mut query =
                json!({"size": PAGE, "sort": [{"id": "asc"}], "track_total_hits": false});
            if !body {
                query["_source"] = json!(["id", "revision", "as_of_s", "until_s"]);
            }
            if let Some(after) = &after {
                query["search_after"] = after.clone();
            }
            let page =
                self.call(Method::Post, &format!("/{name}/_search"), Some(&query), WITHIN).await?;
            let hits = page["hits"]["hits"].as_array().map_or(&[][..], Vec::as_slice);
            all.extend(hits.iter().filter_map(kept).map(|kept| (kept.id, kept)));
            match hits.last() {
                Some(last) if hits.len() == PAGE => after = Some(last["sort"].clone()),
                _ => return Ok(all),
            }
        }
    }
}

fn kept(hit: &Value) -> Option<Kept> {
    let body = &hit["_source"];
    Some(Kept {
        id: hit["_id"].as_str()?.parse().ok()?,
        revision: body["revision"].as_u64()?,
        as_of: body["as_of_s"].as_i64()?,
        until: body["until_s"].as_i64(),
        body: body.clone(),
    })
}
