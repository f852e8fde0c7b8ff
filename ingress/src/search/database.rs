//! The database's answer where the engine has none: by name, region, department and type, in the order of ids. What it
//! cannot take into account is named, and of free time it says nothing.

use chrono_tz::Tz;
use domain::time::{self, Timestamp};
use platform::search::{Known, OpeningHours};

use super::answer::distance;
use super::cursor::{self, Place};
use super::database_store::{self, Holidays, Row};
use super::highlight;
use super::schema::{Hit, Hits};
use super::wanted::{Sort, Wanted};
use crate::problem::Problem;
use crate::state::App;

/// A page of it.
pub(super) async fn search(
    app: &App,
    wanted: &Wanted,
    after: Option<Place>,
    now: Timestamp,
) -> Result<Hits, Problem> {
    let after = match after {
        // The engine's order is not known here.
        Some(Place::Engine(_)) => {
            return Err(Problem::unavailable("a page of the search engine's answer"));
        }
        Some(Place::Database(id)) => Some(id),
        None => None,
    };
    let _permit = app.search.enter_database()?;
    let limit = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
    let timeout = app.search.timeout;
    let mut rows = database_store::find(&app.database, wanted, after, timeout).await?;
    let holidays = database_store::holidays(&app.database, now).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more).map(|row| Place::Database(row.id));
    Ok(Hits {
        next_cursor: last.map(|place| cursor::write(wanted, place)),
        items: rows.into_iter().map(|row| hit(row, wanted, &holidays, now)).collect(),
        as_of: time::show(now, chrono_tz::UTC),
        degraded: true,
        ignored: ignored(wanted),
        total: None,
        facets: None,
    })
}

fn ignored(wanted: &Wanted) -> Vec<&'static str> {
    let near = wanted.near.is_some();
    let all = [
        ("lat", near),
        ("lon", near),
        ("within_km", near),
        ("open", !wanted.open.is_empty()),
        ("free_on", wanted.free_on.is_some()),
        ("sort", wanted.sort != Sort::Relevance),
    ];
    all.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
}

fn hit(row: Row, wanted: &Wanted, holidays: &Holidays, now: Timestamp) -> Hit {
    let zone: Tz = row.zone.parse().unwrap_or(Tz::UTC);
    let holiday = holidays.contains(&(row.zone.clone(), time::day_of(now, zone)));
    let hours = OpeningHours::of(&row.details);
    let said = |known: Known| known.shown().as_bool();
    let place = row.lat.zip(row.lon);
    Hit {
        id: row.id,
        highlights: highlight::parts(&row.name, &wanted.readings),
        name: row.name,
        kind: row.kind,
        address: row.address,
        sido: row.sido,
        sigungu: row.sigungu,
        phone: row.phone,
        lat: row.lat,
        lon: row.lon,
        departments: row
            .departments
            .split('|')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        zone: zone.name().to_owned(),
        distance_km: wanted.near.zip(place).map(|(near, place)| distance(near, place)),
        open_now: said(hours.open_on(now, zone, holiday)),
        open_saturday: said(hours.saturday()),
        open_sunday: said(hours.sunday()),
        open_night: said(hours.night()),
        hours: Some(hours.document()).filter(serde_json::Value::is_object),
        rating: None,
        availability: "unknown",
        doctors: Vec::new(),
        as_of: time::show(now, zone),
    }
}
