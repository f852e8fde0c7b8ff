//! Who has read names, phones and reasons at a hospital, as its directors read it.

use axum::extract::State;
use axum::response::Response;
use domain::ids::{AccountId, HospitalId, PatientId};
use domain::people::Role;
use domain::time;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

use super::schema::{AccessEntry, AccessLog};
use crate::access_store::{self, Logged, Wanted};
use crate::page::{self, Id, Page, Params, instant};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, schema, staff};

#[derive(Deserialize)]
pub(super) struct Filter {
    patient_id: Option<PatientId>,
    actor: Option<AccountId>,
    from: Option<String>,
    to: Option<String>,
}

/// Every read of a name, a phone or a reason at the hospital, newest first. For directors.
#[utoipa::path(get, path = "/v1/hospitals/{id}/access-log", tag = "memberships",
    params(("id" = Uuid, Path), ("patient_id" = Option<Uuid>, Query, description = "of this patient alone"),
        ("actor" = Option<Uuid>, Query, description = "by this account alone"),
        ("from" = Option<String>, Query, description = "RFC 3339 with an offset"),
        ("to" = Option<String>, Query, description = "likewise, excluded"),
        ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = AccessLog), schema::Refusal))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Id(hospital): Id<HospitalId>,
    Params(filter): Params<Filter>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (before, limit) = (page.after_number()?, page.limit()?);
    let from = filter.from.map(|text| instant("from", &text)).transpose()?;
    let to = filter.to.map(|text| instant("to", &text)).transpose()?;
    staff::sender_as(&app, session, hospital, &[Role::Director]).await?;
    let wanted =
        Wanted { hospital, patient: filter.patient_id, actor: filter.actor, from, to, before };
    let found = access_store::page(&app.database, &wanted, limit + 1).await?;
    let as_of = time::show(app.clock.now(), chrono_tz::UTC);
    let cursor = |last: &Logged| page::cursor_of_number(last.number);
    let list = page::list_by(found, limit, cursor, shown, &as_of);
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

fn shown(logged: Logged) -> Value {
    json!(AccessEntry {
        at: time::show(logged.at, chrono_tz::UTC),
        actor: logged.actor,
        actor_name: logged.actor_name,
        patient_id: logged.patient,
        subject_id: logged.subject,
        route: logged.route,
    })
}
