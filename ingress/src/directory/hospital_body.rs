//! Bodies by which hospitals are made and edited, checked once, here.

use chrono_tz::Tz;
use domain::unicode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::hours::{OpenHours, details_of};
use super::limits::LimitsEdit;
use crate::edit::Edit;
use crate::phone;
use crate::problem::Problem;
use crate::text::{Lines, checked};

/// Characters of a hospital's name and of its kind.
const MAX_NAME: usize = 100;
/// Characters of an address and of each of its parts.
const MAX_ADDRESS: usize = 200;
const MAX_PART: usize = 40;
/// Characters of an announcement.
const MAX_ANNOUNCEMENT: usize = 1_000;
/// Departments, and characters of the name of one.
const MAX_DEPARTMENTS: usize = 60;
const MAX_DEPARTMENT: usize = 40;

/// `POST /v1/hospitals`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HospitalBody {
    /// 1 to 100 characters.
    name: String,
    /// Such as `의원`.
    kind: String,
    /// At most 200 characters.
    address: String,
    /// Province or metropolitan city, as searches name it.
    #[serde(default)]
    sido: Option<String>,
    /// City, county or district.
    #[serde(default)]
    sigungu: Option<String>,
    #[serde(default)]
    phone: Option<String>,
    /// At most 60 names of at most 40 characters, without bars.
    #[serde(default)]
    departments: Vec<String>,
    #[serde(default)]
    hours: Option<Vec<OpenHours>>,
    #[serde(default)]
    lat: Option<f64>,
    #[serde(default)]
    lon: Option<f64>,
    /// IANA name; absent: Asia/Seoul.
    #[serde(default)]
    zone: Option<String>,
}

/// `PATCH /v1/hospitals/{id}`: what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HospitalEdit {
    /// 1 to 100 characters.
    name: Option<String>,
    kind: Option<String>,
    /// At most 200 characters.
    address: Option<String>,
    sido: Option<String>,
    sigungu: Option<String>,
    /// `null` takes it away.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    phone: Edit,
    /// At most 60 names of at most 40 characters, without bars.
    departments: Option<Vec<String>>,
    /// Lines and tabs may be in it; at most 1,000 characters. `null` takes it away.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    announcement: Edit,
    /// When the hospital is open, for those who search: days that are not named are closed. Booking goes by doctors' schedules.
    hours: Option<Vec<OpenHours>>,
    lat: Option<f64>,
    lon: Option<f64>,
    /// IANA name; as long as no doctor of the hospital has a schedule.
    zone: Option<String>,
    /// How much one patient or account may have here.
    limits: Option<LimitsEdit>,
}

/// What is to be written, checked: `None` stays as it is.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub(super) struct HospitalChanges {
    pub name: Option<String>,
    pub kind: Option<String>,
    pub address: Option<String>,
    pub sido: Option<String>,
    pub sigungu: Option<String>,
    pub phone: Edit,
    /// With bars between them, as the column has them.
    pub departments: Option<String>,
    pub announcement: Edit,
    /// As the details of an imported hospital have them.
    pub hours: Option<Map<String, Value>>,
    pub location: Option<(f64, f64)>,
    pub zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsEdit>,
}

impl HospitalBody {
    pub fn check(self) -> Result<HospitalChanges, Problem> {
        HospitalEdit {
            name: Some(self.name),
            kind: Some(self.kind),
            address: Some(self.address),
            sido: self.sido,
            sigungu: self.sigungu,
            phone: self.phone.map_or(Edit::Stays, Edit::Becomes),
            departments: Some(self.departments),
            announcement: Edit::Stays,
            hours: self.hours,
            lat: self.lat,
            lon: self.lon,
            zone: Some(self.zone.unwrap_or_else(|| Tz::Asia__Seoul.name().to_owned())),
            limits: None,
        }
        .check()
    }
}

impl HospitalEdit {
    pub fn check(self) -> Result<HospitalChanges, Problem> {
        let needed = |field, text: Option<String>, max| {
            text.map(|text| words(field, &text, max)).transpose()
        };
        let changes = HospitalChanges {
            name: needed("name", self.name, MAX_NAME)?,
            kind: needed("kind", self.kind, MAX_NAME)?,
            address: needed("address", self.address, MAX_ADDRESS)?,
            sido: needed("sido", self.sido, MAX_PART)?,
            sigungu: needed("sigungu", self.sigungu, MAX_PART)?,
            phone: self.phone.checked(phone::checked)?,
            departments: self.departments.map(departments).transpose()?,
            announcement: self.announcement.checked(announcement)?,
            hours: self.hours.map(|hours| details_of(&hours)).transpose()?,
            location: location(self.lat, self.lon)?,
            zone: self.zone.as_deref().map(zone).transpose()?,
            limits: self.limits.map(LimitsEdit::check).transpose()?,
        };
        if changes == HospitalChanges::default() {
            return Err(Problem::malformed("names nothing to change"));
        }
        Ok(changes)
    }
}

/// A text of one line in the form in which names are compared, of at least one character.
pub(super) fn words(field: &'static str, text: &str, max: usize) -> Result<String, Problem> {
    let text = unicode::normal(text).trim().to_owned();
    let text = checked(field, Some(text), Lines::One, max)?;
    text.ok_or_else(|| Problem::invalid(field, format!("1 to {max} characters")))
}

fn departments(names: Vec<String>) -> Result<String, Problem> {
    const FIELD: &str = "departments";
    if names.len() > MAX_DEPARTMENTS {
        return Err(Problem::invalid(FIELD, format!("at most {MAX_DEPARTMENTS}")));
    }
    let mut kept: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let name = words(FIELD, &name, MAX_DEPARTMENT)?;
        if name.contains('|') {
            return Err(Problem::invalid(FIELD, "a name without bars"));
        }
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    Ok(kept.join("|"))
}

fn announcement(text: Option<String>) -> Result<Option<String>, Problem> {
    let text = text.map(|text| unicode::normal(&text).trim().to_owned());
    checked("announcement", text, Lines::Many, MAX_ANNOUNCEMENT)
}

fn location(lat: Option<f64>, lon: Option<f64>) -> Result<Option<(f64, f64)>, Problem> {
    match (lat, lon) {
        (None, None) => Ok(None),
        (Some(lat), Some(lon))
            if (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon) =>
        {
            Ok(Some((lat, lon)))
        }
        _ => Err(Problem::invalid("lat", "degrees, lat and lon together")),
    }
}

fn zone(name: &str) -> Result<String, Problem> {
    let known: Result<Tz, _> = name.parse();
    known
        .map(|zone| zone.name().to_owned())
        .map_err(|_| Problem::invalid("zone", "an IANA name, such as Asia/Seoul"))
}

#[cfg(test)]
#[path = "hospital_body_tests.rs"]
mod tests;
