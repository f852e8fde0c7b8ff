//! Bodies of this room, checked once, here.

use chrono::NaiveDate;
use domain::ids::{DoctorId, HospitalId};
use domain::schedule::{self, Break, FOREVER, Hours, Span, Terms};
use serde::Serialize;

use super::schema::{DayHours, Pause, Version, Weekday};
use crate::problem::Problem;
use crate::revision::Seen;

/// What a director asks for, checked. Its JSON is the one form over which retries are compared.
#[derive(Serialize)]
#[serde(tag = "route", rename_all = "snake_case")]
pub(super) enum TimetableBody {
    SetSchedule { doctor_id: DoctorId, seen: Seen, terms: Box<Terms> },
    SetDayHours { doctor_id: DoctorId, seen: Seen, day: NaiveDate, hours: Option<Hours> },
    EndDoctor { doctor_id: DoctorId, seen: Seen },
    CloseHospital { hospital_id: HospitalId, seen: Seen },
}

impl Version {
    pub fn check(self) -> Result<Terms, Problem> {
        let seats = u8::try_from(self.seats).unwrap_or(u8::MAX);
        let release =
            self.release.map(|release| schedule::Release { days: release.days, at: release.at.0 });
        let (mut hours, mut breaks) = ([None; 7], Vec::new());
        for of_day in self.hours {
            let weekday = of_day.weekday as usize;
            let (lunch, others) = breaks_of(&of_day.breaks);
            let open = Hours { opens: of_day.opens.0, closes: of_day.closes.0, lunch };
            match hours.get_mut(weekday) {
                Some(place @ None) => *place = Some(open),
                _ => return Err(Problem::invalid("hours", "each weekday once")),
            }
            let weekday = u8::try_from(weekday).unwrap_or_default();
            breaks.extend(others.into_iter().map(|span| Break { weekday, span }));
        }
        let terms = Terms {
            valid_from: self.from,
            valid_until: self.until.unwrap_or(FOREVER),
            step: self.slot_minutes,
            first_visit_minutes: self.first_minutes,
            return_visit_minutes: self.return_minutes,
            seats,
            release,
            cutoff: self.cutoff_minutes,
            notice: self.notice_minutes,
            horizon: self.horizon_days,
            approval_hours: self
                .approval_hours
                .map(|hours| u16::try_from(hours).unwrap_or(u16::MAX)),
            open_on_holidays: self.open_on_holidays,
            hours,
            breaks,
        };
        match terms.fault() {
            Some(field) => Err(Problem::invalid(field, rule_of(field))),
            None => Ok(terms),
        }
    }

    /// As everybody reads it.
    pub fn of(terms: &Terms) -> Self {
        let release = |release: schedule::Release| super::schema::Release {
            days: release.days,
            at: super::schema::Clock(release.at),
        };
        let days = Weekday::ALL.into_iter().zip(0_u8..).zip(&terms.hours);
        let hours = days.filter_map(|((weekday, index), hours)| {
            let hours = (*hours)?;
            let others = terms.breaks.iter().filter(|pause| pause.weekday == index);
            let breaks = pauses(hours.lunch.into_iter().chain(others.map(|pause| pause.span)));
            let (opens, closes) =
                (super::schema::Clock(hours.opens), super::schema::Clock(hours.closes));
            Some(super::schema::WeekdayHours { weekday, opens, closes, breaks })
        });
        Self {
            from: terms.valid_from,
            until: Some(terms.valid_until).filter(|until| *until < FOREVER),
            slot_minutes: terms.step,
            first_minutes: terms.first_visit_minutes,
            return_minutes: terms.return_visit_minutes,
            seats: terms.seats.into(),
            notice_minutes: terms.notice,
            horizon_days: terms.horizon,
            release: terms.release.map(release),
            cutoff_minutes: terms.cutoff,
            approval_hours: terms.approval_hours.map(u32::from),
            open_on_holidays: terms.open_on_holidays,
            hours: hours.collect(),
        }
    }
}

impl DayHours {
    pub fn check(self) -> Result<Hours, Problem> {
        let (lunch, others) = breaks_of(&self.breaks);
        let hours = Hours { opens: self.opens.0, closes: self.closes.0, lunch };
        if !others.is_empty() {
            return Err(Problem::invalid("breaks", "a date has one at most"));
        }
        if hours.is_sane() { Ok(hours) } else { Err(Problem::invalid("hours", rule_of("hours"))) }
    }

    /// As everybody reads it.
    pub fn of(hours: &Hours) -> Self {
        let (opens, closes) =
            (super::schema::Clock(hours.opens), super::schema::Clock(hours.closes));
        Self { opens, closes, breaks: pauses(hours.lunch.into_iter()) }
    }
}

/// The longest break, and the others.
fn breaks_of(breaks: &[Pause]) -> (Option<Span>, Vec<Span>) {
    let mut spans: Vec<Span> = breaks.iter().map(|pause| (pause.from.0, pause.until.0)).collect();
    let longest = (0..spans.len()).max_by_key(|index| {
        let (from, until) = spans[*index];
        (until - from, std::cmp::Reverse(*index))
    });
    (longest.map(|index| spans.remove(index)), spans)
}

fn pauses(spans: impl Iterator<Item = Span>) -> Vec<Pause> {
    let mut spans: Vec<Span> = spans.collect();
    spans.sort_unstable();
    let pause = |(from, until)| Pause {
        from: super::schema::Clock(from),
        until: super::schema::Clock(until),
    };
    spans.into_iter().map(pause).collect()
}

fn rule_of(field: &str) -> &'static str {
    match field {
        "until" => "not before from, and before 2200",
        "slot_minutes" | "first_minutes" | "return_minutes" => "5 to 480",
        "seats" => "1 to 50",
        "cutoff_minutes" | "notice_minutes" => "0 to 86400",
        "approval_hours" => "1 to 168",
        "horizon_days" | "release" => "0 to 366 days",
        "breaks" => "within the hours of its day, at most 5, none over another",
        _ => "from opens to closes of the same day, breaks within them",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::code::Code;
    use serde_json::{Value, json};

    fn body(member: &str, value: Value) -> Value {
        let mut body = json!({
            "from": "2026-12-01", "slot_minutes": 15, "first_minutes": 30, "return_minutes": 15,
            "hours": [{"weekday": "mon", "opens": "09:00", "closes": "18:00",
                "breaks": [{"from": "16:00", "until": "16:15"}, {"from": "12:30", "until": "14:00"}]}],
        });
        if !member.is_empty() {
            body[member] = value;
        }
        body
    }

    fn check(body: Value) -> Result<Terms, Code> {
        let version: Version = serde_json::from_value(body).map_err(|_| Code::Malformed)?;
        version.check().map_err(|problem| problem.code())
    }

    #[test]
    fn what_is_set_is_what_is_read() {
        let terms = check(body("", Value::Null)).unwrap();
        let monday = terms.hours[0].unwrap();
        assert_eq!(monday.lunch.unwrap().0.to_string(), "12:30:00", "the longest is lunch");
        assert_eq!((terms.breaks.len(), terms.seats, terms.valid_until), (1, 1, FOREVER));
        let shown = serde_json::to_value(Version::of(&terms)).unwrap();
        assert_eq!(shown["hours"][0]["breaks"][0], json!({"from": "12:30", "until": "14:00"}));
        assert_eq!(shown["until"], Value::Null);
        assert_eq!(check(shown).unwrap(), terms);
    }

    #[test]
    fn what_may_not_be_set_is_refused() {
        let hours = |opens: &str, closes: &str| json!([{"weekday": "sun", "opens": opens, "closes": closes}]);
        for (member, value, code) in [
            ("slot_minutes", json!(4), Code::Invalid),
            ("slot_minutes", json!(481), Code::Invalid),
            ("slot_minutes", json!(-1), Code::Malformed),
            ("first_minutes", json!(481), Code::Invalid),
            ("return_minutes", json!(0), Code::Invalid),
            ("seats", json!(0), Code::Invalid),
            ("seats", json!(51), Code::Invalid),
            ("seats", json!(257), Code::Invalid),
            ("notice_minutes", json!(86_401), Code::Invalid),
            ("cutoff_minutes", json!(86_401), Code::Invalid),
            ("horizon_days", json!(367), Code::Invalid),
            ("approval_hours", json!(0), Code::Invalid),
            ("approval_hours", json!(169), Code::Invalid),
            ("release", json!({"days": 367, "at": "08:00"}), Code::Invalid),
            ("release", json!({"days": 1}), Code::Malformed),
            ("until", json!("2026-11-30"), Code::Invalid),
            ("until", json!("2200-01-01"), Code::Invalid),
            ("from", json!("2026-02-30"), Code::Malformed),
            ("hours", hours("18:00", "09:00"), Code::Invalid),
            ("hours", hours("09:00", "24:00"), Code::Malformed),
            ("hours", hours("nine", "18:00"), Code::Malformed),
            (
                "hours",
                json!([{"weekday": "holiday", "opens": "09:00", "closes": "18:00"}]),
                Code::Malformed,
            ),
            (
                "hours",
                json!([{"weekday": "mon", "opens": "09:00", "closes": "12:00"},
                {"weekday": "mon", "opens": "14:00", "closes": "18:00"}]),
                Code::Invalid,
            ),
            (
                "hours",
                json!([{"weekday": "mon", "opens": "09:00", "closes": "12:00",
                "breaks": [{"from": "11:00", "until": "13:00"}]}]),
                Code::Invalid,
            ),
            ("capacity", json!(2), Code::Malformed),
        ] {
            assert_eq!(check(body(member, value.clone())), Err(code), "{member} {value}");
        }
        assert!(check(body("hours", json!([]))).is_ok(), "free every day");
        let two = json!({"opens": "09:00", "closes": "18:00",
            "breaks": [{"from": "10:00", "until": "10:10"}, {"from": "12:00", "until": "13:00"}]});
        let two: DayHours = serde_json::from_value(two).unwrap();
        assert_eq!(two.check().map_err(|problem| problem.code()), Err(Code::Invalid));
    }
}
