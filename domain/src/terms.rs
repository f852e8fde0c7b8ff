//! What a doctor's schedule says from one date to the next change: weekly hours in wall-clock time, the length of a visit,
//! how many patients at the same time, from when and until when it can be booked. And how far each may be set.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use strum::{EnumString, IntoStaticStr};

/// First or return visit (초진, 재진): they may last differently.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Debug,
    Default,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Visit {
    First,
    #[default]
    Return,
}

impl Visit {
    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// From when until when, local time.
pub type Span = (NaiveTime, NaiveTime);

/// One weekday's hours, local time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hours {
    pub opens: NaiveTime,
    pub closes: NaiveTime,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lunch: Option<Span>,
}

impl Hours {
    /// What lies within the hours.
    pub fn holds(&self, (from, until): Span) -> bool {
        self.opens <= from && from < until && until <= self.closes
    }

    /// Whole minutes, in their order, with a lunch within them.
    pub fn is_sane(&self) -> bool {
        let whole = [self.opens, self.closes].into_iter().all(is_whole_minute);
        whole && self.opens < self.closes && self.lunch.is_none_or(|lunch| self.has_break(lunch))
    }

    fn has_break(&self, span: Span) -> bool {
        self.holds(span) && is_whole_minute(span.0) && is_whole_minute(span.1)
    }
}

/// The minute of the day. The last one ends a minute before midnight.
pub fn minute_of(at: NaiveTime) -> u32 {
    at.hour() * 60 + at.minute()
}

fn is_whole_minute(at: NaiveTime) -> bool {
    at.second() == 0 && at.nanosecond() == 0
}

/// A break of a weekday beside lunch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Break {
    /// 0 is Monday.
    pub weekday: u8,
    pub span: Span,
}

/// A day becomes bookable `days` before it, `at` local time ("08:00, 14 days before").
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Release {
    pub days: u32,
    pub at: NaiveTime,
}

/// A version of a doctor's schedule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Terms {
    pub valid_from: NaiveDate,
    /// This day included, unless a later version begins before it.
    pub valid_until: NaiveDate,
    /// Minutes between two starts.
    pub step: u32,
    /// Minutes of a first visit.
    pub first_visit_minutes: u32,
    /// Minutes of a return visit.
    pub return_visit_minutes: u32,
    /// Patients at the same time.
    pub seats: u8,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub release: Option<Release>,
    /// Minutes before the start at which booking and cancelling end.
    pub cutoff: u32,
    /// Minutes before the start at which booking ends, where that is earlier.
    pub notice: u32,
    /// Days before a day from which on it can be booked; `None`: however far.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub horizon: Option<u32>,
    /// Hours that the clinic has to approve what a patient books; `None`: it is booked at once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub approval_hours: Option<u16>,
    /// Public holidays have the hours of their weekday.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub open_on_holidays: bool,
    /// Monday first.
    pub hours: [Option<Hours>; 7],
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub breaks: Vec<Break>,
}

#[cfg(test)]
impl Terms {
    /// What the rules' tests begin with: one patient at a time, nothing asked for beforehand, and no hours.
    pub(crate) const fn plain(
        step: u32,
        first_visit_minutes: u32,
        return_visit_minutes: u32,
    ) -> Self {
        Self {
            valid_from: NaiveDate::MIN,
            valid_until: FOREVER,
            step,
            first_visit_minutes,
            return_visit_minutes,
            seats: 1,
            release: None,
            cutoff: 0,
            notice: 0,
            horizon: None,
            approval_hours: None,
            open_on_holidays: false,
            hours: [None; 7],
            breaks: Vec::new(),
        }
    }
}

/// The last day of a schedule without an end.
pub const FOREVER: NaiveDate = match NaiveDate::from_ymd_opt(2199, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};
/// Breaks of one day beside lunch.
pub const MAX_BREAKS: usize = 4;
/// Minutes of a step and of a visit.
pub const MINUTES: RangeInclusive<u32> = 5..=480;
/// Patients at the same time.
pub const SEATS: RangeInclusive<u8> = 1..=50;
/// Minutes of cut-off and notice: 60 days.
pub const MAX_AHEAD_MINUTES: u32 = 60 * 24 * 60;
/// Hours for the clinic's approval: a week.
pub const APPROVAL_HOURS: RangeInclusive<u16> = 1..=168;
/// Days of release and horizon.
pub const MAX_AHEAD_DAYS: u32 = 366;

impl Terms {
    /// Minutes that a visit of this kind lasts.
    pub const fn length(&self, visit: Visit) -> u32 {
        match visit {
            Visit::First => self.first_visit_minutes,
            Visit::Return => self.return_visit_minutes,
        }
    }

    /// The hours of a weekday, whether the version is valid on that day or not.
    pub fn hours_of(&self, day: NaiveDate) -> Option<Hours> {
        self.hours.get(weekday(day)).copied().flatten()
    }

    /// The breaks of a weekday beside lunch.
    pub fn breaks_of(&self, day: NaiveDate) -> impl Iterator<Item = Span> {
        let weekday = weekday(day);
        let here = move |pause: &&Break| usize::from(pause.weekday) == weekday;
        self.breaks.iter().filter(here).map(|pause| pause.span)
    }

    /// The member that may not be as it is.
    pub fn fault(&self) -> Option<&'static str> {
        let short = |minutes: u32| !MINUTES.contains(&minutes);
        let far = |minutes: u32| minutes > MAX_AHEAD_MINUTES;
        let days = |days: u32| days > MAX_AHEAD_DAYS;
        let faults = [
            ("until", self.valid_until < self.valid_from || self.valid_until > FOREVER),
            ("slot_minutes", short(self.step)),
            ("first_minutes", short(self.first_visit_minutes)),
            ("return_minutes", short(self.return_visit_minutes)),
            ("seats", !SEATS.contains(&self.seats)),
            ("cutoff_minutes", far(self.cutoff)),
            ("notice_minutes", far(self.notice)),
            ("horizon_days", self.horizon.is_some_and(days)),
            ("release", self.release.is_some_and(|release| days(release.days))),
            (
                "approval_hours",
                self.approval_hours.is_some_and(|hours| !APPROVAL_HOURS.contains(&hours)),
            ),
            ("hours", !self.hours.iter().flatten().all(Hours::is_sane)),
            ("breaks", !self.has_sane_breaks()),
        ];
        faults.into_iter().find(|(_, is_wrong)| *is_wrong).map(|(field, _)| field)
    }

    /// Each lies within its day's hours, and no two of a day overlap.
    fn has_sane_breaks(&self) -> bool {
        (0..7_u8).all(|weekday| {
            let of_day = self.breaks.iter().filter(|pause| pause.weekday == weekday);
            let hours = self.hours.get(usize::from(weekday)).copied().flatten();
            let mut spans: Vec<Span> = of_day.map(|pause| pause.span).collect();
            let Some(hours) = hours else { return spans.is_empty() };
            let fits = spans.len() <= MAX_BREAKS && spans.iter().all(|span| hours.has_break(*span));
            spans.extend(hours.lunch);
            spans.sort_unstable();
            fits && spans.windows(2).all(|pair| pair[0].1 <= pair[1].0)
        }) && self.breaks.iter().all(|pause| pause.weekday < 7)
    }
}

fn weekday(day: NaiveDate) -> usize {
    usize::try_from(day.weekday().num_days_from_monday()).unwrap_or(0)
}
