//! What is looked for, checked: each member is understood or named in the refusal. A member that is not known is refused too:
//! a filter that is passed over in silence would show what was not asked for.

use chrono::{NaiveDate, TimeDelta};
use domain::command::BodyHash;
use domain::hangul::compact;
use domain::time::Timestamp;
use domain::{unicode, vocabulary};
use platform::search::DAYS;
use serde::Deserialize;
use std::str::FromStr;
use strum::EnumString;

use super::looked_for::{self, MAX_WORDS, Reading};
use crate::page::Page;
use crate::problem::Problem;
use crate::text::{Lines, checked};

/// Characters of what is looked for, and of a filter.
pub(super) const MAX_TEXT: usize = 100;
/// Farthest and nearest that "near" may mean, kilometres.
const DISTANCES: std::ops::RangeInclusive<f64> = 0.1..=200.0;
const DEFAULT_DISTANCE: f64 = 10.0;

/// The query's members as they come.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Members {
    q: Option<String>,
    department: Option<String>,
    r#type: Option<String>,
    sido: Option<String>,
    sigungu: Option<String>,
    lat: Option<String>,
    lon: Option<String>,
    within_km: Option<String>,
    open: Option<String>,
    free_on: Option<String>,
    sort: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// The order of hits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, EnumString)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Sort {
    Relevance,
    Distance,
    Rating,
}

/// Hours that are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, EnumString)]
#[strum(serialize_all = "snake_case")]
pub(super) enum OpenFilter {
    Now,
    Saturday,
    Sunday,
    Night,
    Emergency,
}

/// Near a point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Near {
    pub lat: f64,
    pub lon: f64,
    pub within_km: f64,
}

/// All of it.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub text: Option<String>,
    pub readings: Vec<Reading>,
    pub departments: Vec<String>,
    pub kinds: Vec<String>,
    pub sido: Option<String>,
    pub sigungu: Option<String>,
    pub near: Option<Near>,
    pub open: Vec<OpenFilter>,
    pub free_on: Option<NaiveDate>,
    pub sort: Sort,
    pub cursor: Option<String>,
    pub limit: u32,
}

/// A text in the form in which names are compared, without the space around it.
pub(super) fn text(field: &'static str, given: Option<&str>) -> Result<Option<String>, Problem> {
    let text = given.map(|text| unicode::normal(text).trim().to_owned());
    checked(field, text, Lines::One, MAX_TEXT)
}

fn number<T: FromStr>(field: &'static str, text: Option<&str>) -> Result<Option<T>, Problem> {
    let parse =
        |text: &str| text.trim().parse().map_err(|_| Problem::invalid(field, "this is no number"));
    text.filter(|text| !text.is_empty()).map(parse).transpose()
}

/// What is looked for in a text. One in which there is nothing to look for is refused.
pub(super) fn readings(text: Option<&str>) -> Result<Vec<Reading>, Problem> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let found = looked_for::readings(text);
    let first =
        found.first().ok_or_else(|| Problem::invalid("q", "there is no letter or digit in it"))?;
    if first.words.len() > MAX_WORDS {
        return Err(Problem::invalid("q", format!("at most {MAX_WORDS} words")));
    }
    Ok(found)
}

impl Members {
    /// What it asks for, at that instant.
    pub fn wanted(self, now: Timestamp) -> Result<Wanted, Problem> {
        let text_of_q = text("q", self.q.as_deref())?;
        let readings = readings(text_of_q.as_deref())?;
        let department = text("department", self.department.as_deref())?;
        let kind = text("type", self.r#type.as_deref())?;
        let limit = number("limit", self.limit.as_deref())?;
        let near = self.near()?;
        let wanted = Wanted {
            departments: department.map(departments_of).unwrap_or_default(),
            kinds: kind.map(kinds_of).unwrap_or_default(),
            sido: text("sido", self.sido.as_deref())?.map(|name| compact(&name)),
            sigungu: text("sigungu", self.sigungu.as_deref())?.map(|name| compact(&name)),
            open: open(self.open.as_deref())?,
            free_on: self.free_on.as_deref().map(|day| free_on(day, now)).transpose()?,
            sort: self.sort(near.is_some(), text_of_q.is_some())?,
            limit: Page::new(None, limit).limit()?,
            cursor: self.cursor.filter(|cursor| !cursor.is_empty()),
            text: text_of_q,
            readings,
            near,
        };
        if wanted.asks_nothing() {
            return Err(Problem::invalid(
                "q",
                "say what is looked for: words, a department, a type, a region, a point, hours or a day",
            ));
        }
        Ok(wanted)
    }

    fn near(&self) -> Result<Option<Near>, Problem> {
        let lat: Option<f64> = number("lat", self.lat.as_deref())?;
        let lon: Option<f64> = number("lon", self.lon.as_deref())?;
        let within: Option<f64> = number("within_km", self.within_km.as_deref())?;
        let (lat, lon) = match (lat, lon) {
            (None, None) if within.is_none() => return Ok(None),
            (Some(lat), Some(lon)) => (lat, lon),
            (None, _) => return Err(Problem::invalid("lat", "a point has lat and lon")),
            (_, None) => return Err(Problem::invalid("lon", "a point has lat and lon")),
        };
        if !(-90.0..=90.0).contains(&lat) {
            return Err(Problem::invalid("lat", "-90 to 90"));
        }
        if !(-180.0..=180.0).contains(&lon) {
            return Err(Problem::invalid("lon", "-180 to 180"));
        }
        let within_km = within.unwrap_or(DEFAULT_DISTANCE);
        if !DISTANCES.contains(&within_km) {
            let rule = format!("{} to {} kilometres", DISTANCES.start(), DISTANCES.end());
            return Err(Problem::invalid("within_km", rule));
        }
        Ok(Some(Near { lat, lon, within_km }))
    }

    fn sort(&self, near: bool, text: bool) -> Result<Sort, Problem> {
        let default = if near && !text { Sort::Distance } else { Sort::Relevance };
        let Some(name) = self.sort.as_deref().filter(|name| !name.is_empty()) else {
            return Ok(default);
        };
        match name.parse() {
            Ok(Sort::Distance) if !near => {
                Err(Problem::invalid("sort", "by distance wants lat and lon"))
            }
            Ok(sort) => Ok(sort),
            Err(_) => Err(Problem::invalid("sort", "relevance, distance or rating")),
        }
    }
}

fn departments_of(name: String) -> Vec<String> {
    let known = vocabulary::departments(&compact(&name));
    if known.is_empty() { vec![name] } else { known.into_iter().map(str::to_owned).collect() }
}

fn kinds_of(name: String) -> Vec<String> {
    let known = vocabulary::kinds(&compact(&name));
    known.map_or_else(|| vec![name], |kinds| kinds.iter().map(|kind| (*kind).to_owned()).collect())
}

fn open(text: Option<&str>) -> Result<Vec<OpenFilter>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Vec::new()) };
    let wrong =
        |_| Problem::invalid("open", "now, saturday, sunday, night or emergency, joined by commas");
    text.split(',').take(MAX_WORDS).map(|word| word.trim().parse().map_err(wrong)).collect()
}

fn free_on(text: &str, now: Timestamp) -> Result<NaiveDate, Problem> {
    let rule = || {
        Problem::invalid(
            "free_on",
            format!("a date such as 2026-11-28, today or within {DAYS} days"),
        )
    };
    let day: NaiveDate = text.trim().parse().map_err(|_| rule())?;
    let today = now.date_naive();
    // Somewhere it is yesterday still, or tomorrow already.
    let span = i64::try_from(DAYS).unwrap_or(i64::MAX);
    let known = today - TimeDelta::days(1)..=today + TimeDelta::days(span);
    if known.contains(&day) { Ok(day) } else { Err(rule()) }
}

impl Wanted {
    fn asks_nothing(&self) -> bool {
        self.readings.is_empty()
            && self.departments.is_empty()
            && self.kinds.is_empty()
            && self.sido.is_none()
            && self.sigungu.is_none()
            && self.near.is_none()
            && self.open.is_empty()
            && self.free_on.is_none()
    }

    /// Tells one query from another, for cursors.
    pub fn fingerprint(&self) -> String {
        let all = (&self.text, &self.departments, &self.kinds, &self.sido, &self.sigungu);
        let rest = (&self.near, &self.open, &self.free_on, self.sort);
        BodyHash::of(format!("{all:?}{rest:?}").as_bytes()).to_string()
    }
}

#[cfg(test)]
#[path = "wanted_tests.rs"]
mod tests;
