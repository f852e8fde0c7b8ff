//! When an institution says that it is open. Half of them say nothing, and that is not the same as closed: every answer is
//! yes, no or unknown.

use chrono::{Datelike, Timelike};
use chrono_tz::Tz;
use domain::time::Timestamp;
use serde_json::{Map, Value, json};
use strum::IntoStaticStr;

/// Minutes of a day and of a week.
const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
/// Whoever is open until then is open at night (야간진료).
const NIGHT_FROM: u32 = 20 * 60;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const SATURDAY: usize = 5;
const SUNDAY: usize = 6;

/// What is known of a yes-or-no question.
#[derive(Clone, Copy, PartialEq, Eq, Debug, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Known {
    Yes,
    No,
    Unknown,
}

impl Known {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// As the API shows it: null is unknown.
    pub fn shown(self) -> Value {
        match self {
            Self::Yes => Value::Bool(true),
            Self::No => Value::Bool(false),
            Self::Unknown => Value::Null,
        }
    }
}

/// Hours of a week, minutes of the local day; a day past midnight ends after 1440.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OpeningHours {
    days: [Option<(u32, u32)>; 7],
    closed_sunday: Option<bool>,
    closed_holiday: Option<bool>,
    emergency: bool,
    emergency_at_night: bool,
}

fn minutes(text: &str) -> Option<u32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 30 && minute < 60).then_some(hour * 60 + minute)
}

fn span(text: &str) -> Option<(u32, u32)> {
    let (from, until) = text.split_once('-')?;
    let (from, until) = (minutes(from)?, minutes(until)?);
    let until = if until <= from { until + DAY } else { until };
    (from < DAY).then_some((from, until))
}

impl OpeningHours {
    /// Of the list's further columns.
    pub fn of(details: &Map<String, Value>) -> Self {
        let text = |name: &str| details.get(name).and_then(Value::as_str);
        let says = |name: &str| text(name) == Some("Y");
        let told = |name: &str| match text(name) {
            Some("Y") => Some(true),
            Some("N") => Some(false),
            _ => None,
        };
        Self {
            days: DAYS.map(|day| text(day).and_then(span)),
            closed_sunday: told("closed_sunday"),
            closed_holiday: told("closed_holiday"),
            emergency: says("er_day") || says("er_night"),
            emergency_at_night: says("er_night"),
        }
    }

    /// As a document keeps them.
    pub fn of_document(document: &Value) -> Self {
        let span = |day: &str| {
            let pair = &document[day];
            let minute =
                |index: usize| pair[index].as_u64().and_then(|minute| u32::try_from(minute).ok());
            minute(0).zip(minute(1))
        };
        Self { days: DAYS.map(span), ..Self::default() }
    }

    /// To be kept in a document; null where nothing is known.
    pub fn document(&self) -> Value {
        let known = DAYS.into_iter().zip(&self.days);
        let days: Map<String, Value> = known
            .filter_map(|(day, span)| {
                Some((day.to_owned(), json!([span.as_ref()?.0, span.as_ref()?.1])))
            })
            .collect();
        if days.is_empty() { Value::Null } else { Value::Object(days) }
    }

    pub fn is_known(&self) -> bool {
        self.days.iter().any(Option::is_some)
    }

    pub fn sunday(&self) -> Known {
        match (self.days[SUNDAY], self.closed_sunday) {
            (Some(_), _) | (None, Some(false)) => Known::Yes,
            (None, Some(true)) => Known::No,
            (None, None) => Known::Unknown,
        }
    }

    pub fn saturday(&self) -> Known {
        if self.days[SATURDAY].is_some() { Known::Yes } else { Known::Unknown }
    }

    pub fn night(&self) -> Known {
        let late = |span: &Option<(u32, u32)>| span.is_some_and(|(_, until)| until >= NIGHT_FROM);
        if self.emergency_at_night || self.days.iter().any(late) {
            return Known::Yes;
        }
        // Known on every working day, and on none of them late.
        if self.days[..SATURDAY].iter().all(Option::is_some) { Known::No } else { Known::Unknown }
    }

    pub fn emergency(&self) -> Known {
        if self.emergency { Known::Yes } else { Known::Unknown }
    }

    /// Whether it has the hours of the weekday on a public holiday.
    pub fn holiday(&self) -> Known {
        match self.closed_holiday {
            Some(true) => Known::No,
            Some(false) => Known::Yes,
            None => Known::Unknown,
        }
    }

    /// Whether it is open at that instant, on a public holiday or on no holiday.
    pub fn open_on(&self, at: Timestamp, zone: Tz, holiday: bool) -> Known {
        match self.holiday() {
            Known::Yes => self.open_at(at, zone),
            told if holiday && self.is_known() => told,
            _ => self.open_at(at, zone),
        }
    }

    /// Whether it is open at that instant, which is on no public holiday.
    pub fn open_at(&self, at: Timestamp, zone: Tz) -> Known {
        if !self.is_known() {
            return Known::Unknown;
        }
        let local = at.with_timezone(&zone);
        let minute = local.hour() * 60 + local.minute();
        let today = usize::try_from(local.weekday().num_days_from_monday()).unwrap_or(0);
        let yesterday = (today + 6) % 7;
        let within = |span: Option<(u32, u32)>, minute: u32| {
            span.is_some_and(|(from, until)| (from..until).contains(&minute))
        };
        if within(self.days[today], minute) || within(self.days[yesterday], minute + DAY) {
            return Known::Yes;
        }
        // A day of which nothing is said, while others are known, is closed only where that is said.
        let told =
            self.days[today].is_some() || (today == SUNDAY && self.closed_sunday == Some(true));
        if told { Known::No } else { Known::Unknown }
    }

    /// Minutes of the week in UTC while it is open, by the offset that the zone has at that instant: first and last.
    pub fn open_minutes(&self, at: Timestamp, zone: Tz) -> Vec<(u32, u32)> {
        use chrono::Offset;
        let offset = at.with_timezone(&zone).offset().fix().local_minus_utc() / 60;
        let week = i64::from(WEEK);
        let mut spans = Vec::new();
        for (day, span) in (0_u32..).zip(&self.days) {
            let Some((from, until)) = span else { continue };
            let shifted = (i64::from(day * DAY + from) - i64::from(offset)).rem_euclid(week);
            let first = u32::try_from(shifted).unwrap_or(0);
            let last = first + (until - from) - 1;
            if last < WEEK {
                spans.push((first, last));
            } else {
                spans.extend([(first, WEEK - 1), (0, last - WEEK)]);
            }
        }
        spans
    }

    /// The minute of the week in UTC.
    pub fn minute_of_week(at: Timestamp) -> u32 {
        at.weekday().num_days_from_monday() * DAY + at.hour() * 60 + at.minute()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(pairs: &[(&str, &str)]) -> OpeningHours {
        let map = pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        OpeningHours::of(&map.collect())
    }

    #[test]
    fn what_is_not_said_is_unknown() {
        let none = hours(&[]);
        assert_eq!(
            (none.sunday(), none.night(), none.document()),
            (Known::Unknown, Known::Unknown, Value::Null)
        );
        let weekdays = ["mon", "tue", "wed", "thu", "fri"].map(|day| (day, "09:00-18:00"));
        let office = hours(&weekdays);
        assert_eq!((office.sunday(), office.night()), (Known::Unknown, Known::No));
        assert_eq!(hours(&[("closed_sunday", "Y")]).sunday(), Known::No);
        assert_eq!(hours(&[("closed_sunday", "N")]).sunday(), Known::Yes);
        assert_eq!(hours(&[("closed_sunday", "partial")]).sunday(), Known::Unknown);
        assert_eq!(hours(&[("tue", "09:00-21:00")]).night(), Known::Yes);
        assert_eq!(hours(&[("er_night", "Y")]).night(), Known::Yes);
    }

    #[test]
    fn on_a_public_holiday_what_is_said_of_holidays_holds() {
        let at = domain::time::parse("2026-11-23T10:00:00+09:00").unwrap();
        for (said, expected) in [("Y", Known::No), ("N", Known::Yes), ("partial", Known::Unknown)] {
            let hours = hours(&[("mon", "09:00-18:00"), ("closed_holiday", said)]);
            assert_eq!(hours.open_on(at, chrono_tz::Asia::Seoul, true), expected, "{said}");
            assert_eq!(hours.open_on(at, chrono_tz::Asia::Seoul, false), Known::Yes, "{said}");
        }
        let late = hours(&[("mon", "13:00-18:00"), ("closed_holiday", "N")]);
        assert_eq!(late.open_on(at, chrono_tz::Asia::Seoul, true), Known::No);
        let none = hours(&[("closed_holiday", "Y")]);
        assert_eq!(none.open_on(at, chrono_tz::Asia::Seoul, true), Known::Unknown);
    }

    #[test]
    fn open_at_an_instant_by_the_clock_on_its_wall() {
        let zone = chrono_tz::Asia::Seoul;
        let office =
            hours(&[("mon", "09:00-18:00"), ("sat", "20:00-02:00"), ("closed_sunday", "Y")]);
        for (at, expected) in [
            ("2026-11-23T08:59:00+09:00", Known::No),
            ("2026-11-23T09:00:00+09:00", Known::Yes),
            ("2026-11-23T18:00:00+09:00", Known::No),
            ("2026-11-24T10:00:00+09:00", Known::Unknown),
            ("2026-11-29T01:59:00+09:00", Known::Yes),
            ("2026-11-29T02:00:00+09:00", Known::No),
        ] {
            let at = domain::time::parse(at).unwrap();
            assert_eq!(office.open_at(at, zone), expected, "{at}");
            let minute = OpeningHours::minute_of_week(at);
            let within = office
                .open_minutes(at, zone)
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&minute));
            assert_eq!(within, expected == Known::Yes, "{at}");
        }
        let again = OpeningHours::of_document(&office.document());
        assert_eq!(again.days, office.days);
    }
}
