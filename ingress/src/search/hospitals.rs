//! `GET /v1/hospitals/search`.

use axum::extract::State;
use axum::response::Response;
use domain::time;
use http::StatusCode;
use platform::metrics;
use serde_json::json;
use std::sync::Arc;

use super::cursor::{self, Place};
use super::engine::Found;
use super::schema::{Hits, Total};
use super::wanted::{Members, Wanted};
use super::{answer, database, engine};
use crate::page::Params;
use crate::problem::Problem;
use crate::session::Visitor;
use crate::state::App;
use crate::{answer as answers, schema};

/// Hospitals by words, place, hours and free time. For anybody.
///
/// At least one member says what is looked for. Words are names, places, departments, types, hours (야간진료) or doctors in
/// any order and with any spaces; typing errors, initial consonants (ㄱㄴㅂㅇ) and the other keyboard (rkdska) are understood.
#[utoipa::path(get, path = "/v1/hospitals/search", tag = "hospitals", security(()),
    params(("q" = Option<String>, Query, description = "at most 100 characters and 8 words"),
        ("department" = Option<String>, Query, description = "such as 이비인후과 or ENT"),
        ("type" = Option<String>, Query, description = "of institution, such as 의원, 치과 or 종합병원"),
        ("sido" = Option<String>, Query, description = "province or metropolitan city"),
        ("sigungu" = Option<String>, Query, description = "city, county or district"),
        ("lat" = Option<f64>, Query, description = "of a point, with lon"), ("lon" = Option<f64>, Query),
        ("within_km" = Option<f64>, Query, description = "of that point: 0.1 to 200, default 10"),
        ("open" = Option<String>, Query, description = "now, saturday, sunday, night, emergency, joined by commas: those that say so"),
        ("free_on" = Option<String>, Query, description = "a date within 30 days, of the hospital: those with a free slot then"),
        ("sort" = Option<String>, Query, description = "relevance, distance or rating"),
        ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page of hits", body = Hits), schema::Refusal))]
pub(super) async fn search(
    State(app): State<Arc<App>>,
    _visitor: Visitor,
    Params(members): Params<Members>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let wanted = members.wanted(now)?;
    let after = cursor::read(&wanted)?;
    let _permit = app.search.enter()?;
    let from_database = matches!(after, Some(Place::Database(_)));
    let found = if from_database {
        None
    } else {
        engine::search(&app.search, &wanted, after.as_ref(), now).await
    };
    let by = if found.is_some() { "engine" } else { "database" };
    metrics::SEARCHES.with_label_values(&[by]).inc();
    let hits = match found {
        Some(found) => page(found, &wanted, now),
        None => database::search(&app, &wanted, after, now).await?,
    };
    Ok(answers::json(StatusCode::OK, json!(hits).to_string()))
}

fn page(mut found: Found, wanted: &Wanted, now: time::Timestamp) -> Hits {
    let limit = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
    let more = found.hits.len() > limit;
    found.hits.truncate(limit);
    let last = found.hits.last().filter(|_| more).map(|(_, sort)| Place::Engine(sort.clone()));
    Hits {
        next_cursor: last.map(|place| cursor::write(wanted, place)),
        items: found.hits.iter().map(|(document, _)| answer::hit(document, wanted, now)).collect(),
        as_of: time::show(now, chrono_tz::UTC),
        degraded: false,
        ignored: Vec::new(),
        total: Some(Total { count: found.total, exact: found.exact }),
        facets: answer::facets(&found.facets),
    }
}
