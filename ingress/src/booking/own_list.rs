//! An account's list of bookings: of all its people or of one, in some states, in some time.

use axum::extract::State;
use axum::response::Response;
use domain::booking::Status;
use domain::ids::PatientId;
use domain::time::{self, Timestamp};
use http::StatusCode;
use platform::booking::row_store::ShownBooking;
use serde::Deserialize;
use std::sync::Arc;

use super::own_list_store::{self, Wanted};
use super::schema::Bookings;
use crate::page::{self, Page, Params};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::{answer, schema};

/// Which bookings are asked for.
#[derive(Deserialize)]
pub(super) struct Filter {
    status: Option<String>,
    patient_id: Option<PatientId>,
    from: Option<String>,
    to: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// The account's bookings, newest first.
#[utoipa::path(get, path = "/v1/bookings", tag = "bookings",
    params(("status" = Option<String>, Query, description = "Those in one of these states, joined by commas: `pending,booked`"),
        ("patient_id" = Option<Uuid>, Query, description = "Those of one of the family"),
        ("from" = Option<String>, Query, description = "Those that start then or later, RFC 3339 with an offset"),
        ("to" = Option<String>, Query, description = "Those that start before"),
        ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "1 to 100, default 20")),
    responses((status = 200, description = "A page", body = Bookings), schema::Refusal))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    session: Session,
    Params(filter): Params<Filter>,
) -> Result<Response, Problem> {
    let (wanted, page) = filter.check()?;
    let (after, limit) = (page.after()?, page.limit()?);
    let account = session.account;
    let found = own_list_store::list(&app.database, account, &wanted, (after, limit + 1)).await?;
    let zone = found.first().map_or(chrono_tz::UTC, |found| found.zone);
    let as_of = time::show(app.clock.now(), zone);
    let id = |found: &ShownBooking| found.booking.id.uuid();
    let list = page::list(found, limit, id, |found| found.view(), &as_of);
    Ok(answer::json(StatusCode::OK, list.to_string()))
}

impl Filter {
    fn check(self) -> Result<(Wanted, Page), Problem> {
        let Self { status, patient_id: patient, from, to, cursor, limit } = self;
        let statuses = status.map(|names| statuses(&names)).transpose()?.unwrap_or_default();
        let (from, to) = (instant("from", from)?, instant("to", to)?);
        Ok((Wanted { statuses, patient, from, to }, Page::new(cursor, limit)))
    }
}

fn statuses(names: &str) -> Result<Vec<Status>, Problem> {
    let unknown = || Problem::malformed("states of bookings, joined by commas").field("status");
    names.split(',').map(|name| name.trim().parse().map_err(|_| unknown())).collect()
}

fn instant(field: &'static str, text: Option<String>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let at = time::parse(&text).map_err(|error| error.to_string());
    let at =
        at.and_then(|at| if time::is_sane(at) { Ok(at) } else { Err("out of range".to_owned()) });
    at.map(Some).map_err(|rule| Problem::malformed(rule).field(field))
}
