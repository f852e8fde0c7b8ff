//! The rules of a hospital's lines: in words and numbers for everybody, and changed by staff.

use axum::extract::State;
use axum::response::Response;
use domain::code::Language;
use domain::ids::HospitalId;
use domain::line::{LineRule, rule_text};
use http::StatusCode;
use platform::line::rule_store;
use serde_json::json;
use std::sync::Arc;

use super::of_hospital::{self, OfHospital, zone_of};
use super::rule_body::RuleBody;
use super::schema;
use crate::answer;
use crate::asked::Asked;
use crate::page::{Id, Json};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;

/// In which order patients are called, in Korean and English, and the numbers that the hospital has set.
#[utoipa::path(get, path = "/v1/hospitals/{id}/line-rule", tag = "lines", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The rules", body = schema::LineRule), crate::schema::Refusal))]
pub(super) async fn rule(
    State(app): State<Arc<App>>,
    _session: Session,
    Id(id): Id<HospitalId>,
) -> Result<Response, Problem> {
    let zone = zone_of(&app, id).await?;
    let mut connection = app.database.acquire().await?;
    let found = rule_store::rules(&mut connection, &[id]).await?;
    let rule = found.first().copied().unwrap_or_else(|| LineRule::of_defaults(id));
    let mut shown = json!(rule.view(zone));
    shown["ko"] = json!(rule_text(&rule.rules, Language::Korean));
    shown["en"] = json!(rule_text(&rule.rules, Language::English));
    Ok(answer::json(StatusCode::OK, shown.to_string()))
}

/// Changes rules of the hospital's lines: what is not named stays as it is. A director or a receptionist of the hospital may.
#[utoipa::path(post, path = "/v1/hospitals/{id}/line-rule", tag = "lines", request_body = RuleBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Set", body = crate::schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = crate::schema::Request), crate::schema::Refusal))]
pub(super) async fn set_rule(
    asked: Asked,
    Id(id): Id<HospitalId>,
    Json(body): Json<RuleBody>,
) -> Result<Response, Problem> {
    let changes = body.check()?;
    of_hospital::send(asked, OfHospital::SetLineRule { hospital_id: id, changes }).await
}
