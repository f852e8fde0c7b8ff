//! What a hospital does about those who do not come: shown to everybody, changed by staff, who also forgive a patient what was
//! missed.

use axum::extract::State;
use axum::response::Response;
use domain::ids::{HospitalId, PatientId};
use domain::line::{NoShowChanges, NoShowRule, NoShowRules};
use http::StatusCode;
use platform::line::no_show_store;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::of_hospital::{self, OfHospital, zone_of};
use super::rule_body::within;
use super::schema;
use crate::answer;
use crate::asked::Asked;
use crate::page::{Id, Json};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(rule, set_rule)).routes(routes!(lift))
}

/// `POST /v1/hospitals/{id}/no-show-rule`: at least one of these; what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoShowRuleBody {
    /// 1 to 240: whoever was passed over, is held and does not come for so long, is a no-show.
    held_minutes: Option<u32>,
    /// 0 to 360: so long after the end of reception, who still waits is cancelled.
    day_over_minutes: Option<u32>,
    /// 0 to 20: no-shows of a patient after which the app takes no number for them; 0: never.
    penalty_after: Option<u32>,
    /// 1 to 365: they lie no farther apart.
    within_days: Option<u32>,
    /// 1 to 365: how long the app takes none, from the last of them on.
    penalty_days: Option<u32>,
}

/// `POST /v1/hospitals/{id}/no-show-lifts`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LiftBody {
    #[schema(value_type = Uuid)]
    patient_id: PatientId,
}

impl NoShowRuleBody {
    fn check(self) -> Result<NoShowChanges, Problem> {
        let changes = NoShowChanges {
            held_minutes: number("held_minutes", self.held_minutes)?,
            day_over_minutes: number("day_over_minutes", self.day_over_minutes)?,
            penalty_after: number("penalty_after", self.penalty_after)?,
            within_days: number("within_days", self.within_days)?,
            penalty_days: number("penalty_days", self.penalty_days)?,
        };
        if changes == NoShowChanges::default() {
            return Err(Problem::malformed("names no rule to change"));
        }
        Ok(changes)
    }
}

fn number(name: &'static str, value: Option<u32>) -> Result<Option<u16>, Problem> {
    within(name, value, &NoShowRules::limit(name).unwrap_or(0..=0))
}

/// What the hospital does about those who do not come.
#[utoipa::path(get, path = "/v1/hospitals/{id}/no-show-rule", tag = "lines", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The rule", body = schema::NoShowRule), crate::schema::Refusal))]
async fn rule(
    State(app): State<Arc<App>>,
    _session: Session,
    Id(id): Id<HospitalId>,
) -> Result<Response, Problem> {
    let zone = zone_of(&app, id).await?;
    let mut connection = app.database.acquire().await?;
    let found = no_show_store::rules(&mut connection, &[id]).await?;
    let rule = found.first().copied().unwrap_or_else(|| NoShowRule::of_defaults(id));
    Ok(answer::json(StatusCode::OK, json!(rule.view(zone)).to_string()))
}

/// Changes what the hospital does about those who do not come. A director or a receptionist of the hospital may.
#[utoipa::path(post, path = "/v1/hospitals/{id}/no-show-rule", tag = "lines", request_body = NoShowRuleBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Set", body = crate::schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = crate::schema::Request), crate::schema::Refusal))]
async fn set_rule(
    asked: Asked,
    Id(id): Id<HospitalId>,
    Json(body): Json<NoShowRuleBody>,
) -> Result<Response, Problem> {
    let changes = body.check()?;
    of_hospital::send(asked, OfHospital::SetNoShowRule { hospital_id: id, changes }).await
}

/// Forgives a patient's no-shows at the hospital up to now: the app takes numbers for them again.
#[utoipa::path(post, path = "/v1/hospitals/{id}/no-show-lifts", tag = "lines", request_body = LiftBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 200, description = "Forgiven", body = crate::schema::Request),
        (status = 202, description = "Accepted, not decided yet", body = crate::schema::Request), crate::schema::Refusal))]
async fn lift(
    asked: Asked,
    Id(id): Id<HospitalId>,
    Json(LiftBody { patient_id }): Json<LiftBody>,
) -> Result<Response, Problem> {
    of_hospital::send(asked, OfHospital::LiftNoShows { hospital_id: id, patient_id }).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::code::Code;

    fn check(text: &str) -> Result<NoShowChanges, Code> {
        let body = serde_json::from_str::<NoShowRuleBody>(text).map_err(|_| Code::Malformed)?;
        body.check().map_err(|problem| problem.code())
    }

    #[test]
    fn a_number_beyond_its_limit_is_refused_by_name() {
        let changed = check(r#"{"held_minutes":240}"#).unwrap();
        assert_eq!(changed, NoShowChanges { held_minutes: Some(240), ..NoShowChanges::default() });
        for (text, code) in [
            (r#"{"held_minutes":241}"#, Code::Invalid),
            (r#"{"held_minutes":0}"#, Code::Invalid),
            (r#"{"penalty_after":70000}"#, Code::Invalid),
            (r#"{"penalty_days":-1}"#, Code::Malformed),
            ("{}", Code::Malformed),
            (r#"{"forgive":true}"#, Code::Malformed),
        ] {
            assert_eq!(check(text), Err(code), "{text}");
        }
    }
}
