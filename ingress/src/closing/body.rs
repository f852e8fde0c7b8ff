//! The body by which staff close time, checked once, here.

use chrono::{NaiveDate, NaiveTime};
use domain::closed_time::ClosedTime;
use domain::closing::{ClosingReason, days_fault, shape_fault};
use domain::ids::{DoctorId, HospitalId};
use domain::json;
use domain::schedule::Closure;
use domain::time::{self, Timestamp, Zone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// `POST /v1/doctors/{id}/closings`, `POST /v1/hospitals/{id}/closings`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClosingBody {
    /// A date of the hospital (`2026-11-28`), not in the past.
    #[schema(format = Date)]
    first_day: String,
    /// The same day, or one up to 366 days (with hours: 31 days) on; absent: the first day.
    #[schema(format = Date)]
    last_day: Option<String>,
    /// With `until`: those hours of each day alone, by the hospital's clock (`13:00`).
    from: Option<String>,
    until: Option<String>,
    /// `leave`, `holiday`, `emergency` or `other` (default).
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "json::name")]
    reason: Option<ClosingReason>,
}

/// What it asks for, checked as far as the body alone tells.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Wish {
    first_day: NaiveDate,
    last_day: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    hours: Option<(NaiveTime, NaiveTime)>,
    pub reason: ClosingReason,
}

impl ClosingBody {
    pub fn check(self) -> Result<Wish, Problem> {
        let first_day = day("first_day", &self.first_day)?;
        let last_day = self.last_day.map(|text| day("last_day", &text)).transpose()?;
        let hours = match (self.from, self.until) {
            (None, None) => None,
            (Some(from), Some(until)) => Some((clock("from", &from)?, clock("until", &until)?)),
            (Some(_), None) => return Err(Problem::invalid("until", "goes with from")),
            (None, Some(_)) => return Err(Problem::invalid("from", "goes with until")),
        };
        let (last_day, reason) = (last_day.unwrap_or(first_day), self.reason.unwrap_or_default());
        let wish = Wish { first_day, last_day, hours, reason };
        match shape_fault(&wish.days()) {
            Some(field) => Err(refused(field)),
            None => Ok(wish),
        }
    }
}

impl Wish {
    pub const fn days(&self) -> Closure {
        let Self { first_day, last_day, hours, .. } = *self;
        Closure { first_day, last_day, hours }
    }

    /// The time, if it can be closed at `now`.
    pub fn time(
        &self,
        (hospital_id, zone): (HospitalId, Zone),
        doctor_id: Option<DoctorId>,
        now: Timestamp,
    ) -> Result<ClosedTime, Problem> {
        match days_fault(&self.days(), time::day_of(now, zone)) {
            Some(field) => Err(refused(field)),
            None => Ok(ClosedTime { hospital_id, doctor_id, days: self.days() }),
        }
    }
}

fn refused(field: &'static str) -> Problem {
    Problem::invalid(field, "not in the past, in order, and not too far or too long")
}

fn day(field: &'static str, text: &str) -> Result<NaiveDate, Problem> {
    let read = text.parse().ok().filter(|_| text.len() == "2026-11-28".len());
    read.ok_or_else(|| Problem::malformed("a date such as 2026-11-28").field(field))
}

fn clock(field: &'static str, text: &str) -> Result<NaiveTime, Problem> {
    let read = NaiveTime::parse_from_str(text, "%H:%M").ok();
    let read = read.filter(|_| text.len() == "13:00".len());
    read.ok_or_else(|| Problem::malformed("a time of day such as 13:00").field(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::code::Code;

    fn check(text: &str) -> Result<Wish, Code> {
        let body = serde_json::from_str::<ClosingBody>(text).map_err(|_| Code::Malformed)?;
        body.check().map_err(|problem| problem.code())
    }

    #[test]
    fn days_and_hours_are_read_or_refused_by_name() {
        let wish = check(r#"{"first_day":"2026-11-28"}"#).unwrap();
        let day = "2026-11-28".parse().unwrap();
        assert_eq!((wish.days(), wish.reason), (Closure::of_days(day, day), ClosingReason::Other));
        let wish = check(
            r#"{"first_day":"2026-11-28","last_day":"2026-11-29","from":"13:00","until":"15:30","reason":"leave"}"#,
        );
        assert_eq!(serde_json::to_value(wish.unwrap()).unwrap()["hours"][1], "15:30:00");
        for (text, code) in [
            ("{}", Code::Malformed),
            (r#"{"first_day":"28.11.2026"}"#, Code::Malformed),
            (r#"{"first_day":"+2026-11-28"}"#, Code::Malformed),
            (r#"{"first_day":"2026-02-29"}"#, Code::Malformed),
            (r#"{"first_day":"2026-11-28","from":"9:00","until":"10:00"}"#, Code::Malformed),
            (r#"{"first_day":"2026-11-28","from":"09:00","until":"24:00"}"#, Code::Malformed),
            (r#"{"first_day":"2026-11-28","from":"09:00"}"#, Code::Invalid),
            (r#"{"first_day":"2026-11-28","until":"09:00"}"#, Code::Invalid),
            (r#"{"first_day":"2026-11-28","last_day":"2026-11-27"}"#, Code::Invalid),
            (r#"{"first_day":"1111-11-28","last_day":"9999-12-31"}"#, Code::Invalid),
            (
                r#"{"first_day":"2026-11-28","last_day":"2026-12-29","from":"09:00","until":"10:00"}"#,
                Code::Invalid,
            ),
            (r#"{"first_day":"2026-11-28","from":"10:00","until":"10:00"}"#, Code::Invalid),
            (r#"{"first_day":"2026-11-28","reason":"surgery of Mr Hong"}"#, Code::Malformed),
            (r#"{"first_day":"2026-11-28","why":"x"}"#, Code::Malformed),
        ] {
            assert_eq!(check(text).map(|_| ()), Err(code), "{text}");
        }
    }
}
