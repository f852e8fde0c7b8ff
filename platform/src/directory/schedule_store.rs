//! SQL of the versions of schedules: their terms, the hours of their weekdays.

use chrono::{NaiveDate, NaiveTime};
use domain::ids::DoctorId;
use domain::schedule::{Break, Hours, Release, Terms};
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;

use super::known::KnownDoctor;
use crate::rows_store::padded;

/// Columns of [`terms`], of `schedule` as `s`.
pub const COLUMNS: &str = "s.step_minutes, s.first_minutes, s.return_minutes, s.seats, s.release_days, s.release_at,
                s.cutoff_minutes, s.notice_minutes, s.horizon_days, s.open_on_holidays,
                IF(s.approval = 'staff', s.approval_hours, NULL) AS approval_hours, s.valid_from, s.valid_until";

/// A version without hours; `None` where the doctor has none.
pub(super) fn terms(row: &MySqlRow) -> Result<Option<Terms>, sqlx::Error> {
    let Some(valid_from) = row.try_get::<Option<NaiveDate>, _>("valid_from")? else {
        return Ok(None);
    };
    let release = match (
        row.try_get::<Option<u16>, _>("release_days")?,
        row.try_get::<Option<NaiveTime>, _>("release_at")?,
    ) {
        (Some(days), Some(at)) => Some(Release { days: u32::from(days), at }),
        _ => None,
    };
    Ok(Some(Terms {
        valid_from,
        valid_until: row.try_get("valid_until")?,
        step: u32::from(row.try_get::<u16, _>("step_minutes")?),
        first_visit_minutes: u32::from(row.try_get::<u16, _>("first_minutes")?),
        return_visit_minutes: u32::from(row.try_get::<u16, _>("return_minutes")?),
        seats: row.try_get("seats")?,
        release,
        cutoff: row.try_get("cutoff_minutes")?,
        notice: row.try_get("notice_minutes")?,
        horizon: row.try_get::<Option<u16>, _>("horizon_days")?.map(u32::from),
        open_on_holidays: row.try_get("open_on_holidays")?,
        approval_hours: row.try_get("approval_hours")?,
        hours: [None; 7],
        breaks: Vec::new(),
    }))
}

/// The hours of all versions.
pub(super) async fn add_hours(
    connection: &mut MySqlConnection,
    marks: &str,
    ids: &[DoctorId],
    doctors: &mut HashMap<DoctorId, KnownDoctor>,
) -> Result<(), sqlx::Error> {
    let sql = format!(
        "SELECT doctor_id, valid_from, weekday, opens, closes, lunch_from, lunch_until, more_breaks FROM schedule_hours WHERE doctor_id IN ({marks})"
    );
    for row in all(connection, &sql, ids).await? {
        let id = DoctorId::from_uuid(row.try_get("doctor_id")?);
        let valid_from: NaiveDate = row.try_get("valid_from")?;
        let weekday = row.try_get::<u8, _>("weekday")?.saturating_sub(1);
        let Some(known) = doctors.get_mut(&id) else { continue };
        let mut versions = known.doctor.schedule.versions.iter_mut();
        let Some(version) = versions.find(|version| version.valid_from == valid_from) else {
            continue;
        };
        if let Some(place) = version.hours.get_mut(usize::from(weekday)) {
            *place = Some(hours(&row)?);
            version.breaks.extend(breaks(weekday, row.try_get("more_breaks")?));
        }
    }
    Ok(())
}

/// `10:30-10:40 16:00-16:15`.
fn breaks(weekday: u8, text: &str) -> impl Iterator<Item = Break> {
    let clock = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").ok();
    text.split_ascii_whitespace().filter_map(move |span| {
        let (from, until) = span.split_once('-')?;
        Some(Break { weekday, span: (clock(from)?, clock(until)?) })
    })
}

/// The breaks of a weekday as [`breaks`] reads them.
pub fn breaks_text(terms: &Terms, weekday: u8) -> String {
    let here = terms.breaks.iter().filter(|pause| pause.weekday == weekday);
    let text = |pause: &Break| {
        format!("{}-{}", pause.span.0.format("%H:%M"), pause.span.1.format("%H:%M"))
    };
    here.map(text).collect::<Vec<_>>().join(" ")
}

pub(super) fn hours(row: &MySqlRow) -> Result<Hours, sqlx::Error> {
    let lunch = match (
        row.try_get::<Option<NaiveTime>, _>("lunch_from")?,
        row.try_get::<Option<NaiveTime>, _>("lunch_until")?,
    ) {
        (Some(from), Some(until)) => Some((from, until)),
        _ => None,
    };
    Ok(Hours { opens: row.try_get("opens")?, closes: row.try_get("closes")?, lunch })
}

/// The rows of a statement with one list of ids.
pub(super) async fn all(
    connection: &mut MySqlConnection,
    sql: &str,
    ids: &[DoctorId],
) -> Result<Vec<MySqlRow>, sqlx::Error> {
    let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
    for id in padded(ids) {
        query = query.bind(id.uuid());
    }
    query.fetch_all(connection).await
}
