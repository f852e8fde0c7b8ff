//! The rules of a hospital's lines: in words and numbers for everybody, and changed by staff.

use axum::extract::State;
use axum::response::Response;
use domain::code::{Code, Language};
use domain::ids::{HospitalId, RequestId};
use domain::line::{LineRule, RULE_EDITORS, RuleChanges, SetLineRule, rule_text};
use domain::people::Sender;
use domain::time::Zone;
use http::StatusCode;
use platform::line::rule_store;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

use super::precheck::NumberWish;
use super::rule_body::RuleBody;
use super::schema;
use crate::asked::Asked;
use crate::page::{Id, Json};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::submit::{Address, CheckedBody, submit_as};
use crate::{answer, staff};

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
    let sender = staff::sender_as(&asked.app, asked.session, id, &RULE_EDITORS).await?;
    submit_as(asked, sender, OfHospital::SetLineRule { hospital_id: id, changes }).await
}

async fn zone_of(app: &App, id: HospitalId) -> Result<Zone, Problem> {
    let found = app.directory.zones(&[id]).await?;
    found.get(&id).copied().ok_or_else(|| Problem::new(Code::NotFound))
}

/// A command about all lines of a hospital. That its sender may give it was asked before.
#[derive(Serialize)]
#[serde(tag = "route", rename_all = "snake_case")]
enum OfHospital {
    SetLineRule { hospital_id: HospitalId, changes: RuleChanges },
}

impl CheckedBody for OfHospital {
    /// The worker alone knows.
    type Precheck = Option<NumberWish>;

    fn creates(&self) -> bool {
        false
    }

    async fn address(
        self,
        app: &App,
        _: &Sender,
        _: RequestId,
    ) -> Result<Address<Self::Precheck>, Problem> {
        let Self::SetLineRule { hospital_id, changes } = self;
        let zone = zone_of(app, hospital_id).await?;
        let kind = SetLineRule { changes }.into();
        Ok(Address { kind, hospital_id, zone, precheck: None })
    }
}
