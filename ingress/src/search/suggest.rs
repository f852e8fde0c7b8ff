//! `GET /v1/suggest`: what the beginning of a word may become, while it is typed.

use axum::extract::State;
use axum::response::Response;
use domain::{time, vocabulary};
use http::StatusCode;
use platform::metrics;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

use super::looked_for::Reading;
use super::schema::{Suggestion, Suggestions};
use super::{engine, suggest_query, wanted};
use crate::page::Params;
use crate::problem::Problem;
use crate::session::Visitor;
use crate::state::App;
use crate::{answer as answers, schema};

/// Suggestions by default, and at most.
const DEFAULT: u32 = 8;
const MOST: u32 = 20;
/// Departments among them.
const DEPARTMENTS: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Members {
    q: Option<String>,
    limit: Option<String>,
}

/// Names that begin with what was typed so far. For anybody.
#[utoipa::path(get, path = "/v1/suggest", tag = "hospitals", security(()),
    params(("q" = String, Query, description = "at most 100 characters; half a syllable or initial consonants will do"),
        ("limit" = Option<u32>, Query, description = "1 to 20, default 8")),
    responses((status = 200, description = "Suggestions, the likeliest first", body = Suggestions), schema::Refusal))]
pub(super) async fn suggest(
    State(app): State<Arc<App>>,
    _visitor: Visitor,
    Params(members): Params<Members>,
) -> Result<Response, Problem> {
    let text = wanted::text("q", members.q.as_deref())?;
    let readings = wanted::readings(text.as_deref())?;
    if readings.is_empty() {
        return Err(Problem::invalid("q", "the beginning of a word"));
    }
    let limit = limit(members.limit.as_deref())?;
    let _permit = app.search.enter()?;
    let body = suggest_query::body(&readings, limit, app.search.timeout.as_millis() * 4 / 5);
    let answer = engine::ask(&app.search, &body, app.search.timeout).await;
    let by = if answer.is_some() { "engine" } else { "database" };
    metrics::SEARCHES.with_label_values(&[by]).inc();
    let mut items = departments(&readings);
    let hits = answer.as_ref().and_then(|answer| answer["hits"]["hits"].as_array());
    items.extend(hits.into_iter().flatten().map(hospital));
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    let suggestions = Suggestions { items, as_of, degraded: answer.is_none() };
    Ok(answers::json(StatusCode::OK, json!(suggestions).to_string()))
}

fn limit(text: Option<&str>) -> Result<u32, Problem> {
    let Some(text) = text else { return Ok(DEFAULT) };
    let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| Problem::malformed(format!("limit is 1 to {MOST}")).field("limit"))
}

fn departments(readings: &[Reading]) -> Vec<Suggestion> {
    let long = readings.iter().filter(|reading| reading.whole.chars().count() > 1);
    let names = long.flat_map(|reading| vocabulary::departments_from(&reading.whole));
    let suggestion = |name: &'static str| Suggestion {
        r#type: "department",
        text: name.to_owned(),
        id: None,
        region: None,
    };
    names.take(DEPARTMENTS).map(suggestion).collect()
}

fn hospital(hit: &Value) -> Suggestion {
    let document = &hit["_source"];
    let text = |name: &str| document[name].as_str().unwrap_or_default();
    let region = format!("{} {}", text("sido"), text("sigungu"));
    Suggestion {
        r#type: "hospital",
        text: text("name").to_owned(),
        id: text("id").parse().ok(),
        region: Some(region.trim().to_owned()).filter(|region| !region.is_empty()),
    }
}
