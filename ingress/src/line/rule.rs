//! The rule of a hospital's lines in words.

use axum::extract::State;
use axum::response::Response;
use domain::code::{Code, Language};
use domain::ids::HospitalId;
use domain::line::rule_text;
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

use super::schema::LineRule;
use crate::page::Id;
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, schema};

/// In which order patients are called, in Korean and English.
#[utoipa::path(get, path = "/v1/hospitals/{id}/line-rule", tag = "lines", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The rule", body = LineRule), schema::Refusal))]
pub(super) async fn rule(
    State(app): State<Arc<App>>,
    _session: Session,
    Id(id): Id<HospitalId>,
) -> Result<Response, Problem> {
    let found = app.directory.zones(&[id]).await?;
    if !found.contains_key(&id) {
        return Err(Problem::new(Code::NotFound));
    }
    let (ko, en) = (rule_text(Language::Korean), rule_text(Language::English));
    let shown = json!({"hospital_id": id, "ko": ko, "en": en});
    Ok(answer::json(StatusCode::OK, shown.to_string()))
}
