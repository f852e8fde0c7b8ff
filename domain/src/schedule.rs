//! When a doctor can be booked: weekly hours in the hospital's wall-clock time, lunch, closures, the
//! length of a visit, the day's release. Slots are computed from this and never stored before
//! they are taken. Across a clock change the wall clock rules: 09:00 stays 09:00, a start that
//! the clock skips is not offered, of a start that it shows twice the first is meant.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

pub use crate::closures::Closure;
use crate::closures::{closed_hours, closed_until, closed_whole, day_after, without};
use crate::time::{self, Timestamp};

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

/// A bookable time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot {
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

/// One weekday's hours, local time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hours {
    pub opens: NaiveTime,
    pub closes: NaiveTime,
    pub lunch: Option<(NaiveTime, NaiveTime)>,
}

/// A day becomes bookable `days` before it, `at` local time ("08:00, 14 days before").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Release {
    pub days: u32,
    pub at: NaiveTime,
}

/// A doctor's schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    pub zone: Tz,
    /// Minutes between two starts.
    pub step: u32,
    /// Minutes of a first visit.
    pub first_visit_minutes: u32,
    /// Minutes of a return visit.
    pub return_visit_minutes: u32,
    /// Patients at the same time.
    pub seats: u8,
    pub release: Option<Release>,
    /// Minutes before the start at which booking and cancelling end.
    pub cutoff: u32,
    /// Hours that the clinic has to approve what a patient books; `None`: it is booked at once.
    pub approval_hours: Option<u16>,
    pub valid_from: NaiveDate,
    pub valid_until: NaiveDate,
    /// Monday first.
    pub hours: [Option<Hours>; 7],
    pub closures: Vec<Closure>,
}

/// Why a time cannot be had by the schedule alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotOffered {
    /// No such start in the schedule.
    Never,
    /// The time is closed; visits go on at this instant.
    Closed { until: Timestamp },
}

impl Schedule {
    /// Minutes that a visit of this kind lasts.
    pub fn length(&self, visit: Visit) -> u32 {
        match visit {
            Visit::First => self.first_visit_minutes,
            Visit::Return => self.return_visit_minutes,
        }
    }

    /// All slots of a local day, in order, whether taken or not.
    pub fn slots_on(&self, day: NaiveDate, visit: Visit) -> Vec<Slot> {
        if self.closed_on(day).is_some() {
            return Vec::new();
        }
        let Some(hours) = self.hours_on(day) else { return Vec::new() };
        let (opens, closes) = (minute_of(hours.opens), minute_of(hours.closes));
        let step = usize::try_from(self.step.max(1)).unwrap_or(1);
        (opens..closes)
            .step_by(step)
            .filter(|start| self.reopens(day, *start, visit).is_none())
            .filter_map(|start| self.slot(day, hours, start, visit))
            .collect()
    }

    /// The slot that starts at this very instant.
    pub fn slot_at(&self, starts_at: Timestamp, visit: Visit) -> Result<Slot, NotOffered> {
        let local = starts_at.with_timezone(&self.zone);
        let day = local.date_naive();
        let hours = self.hours_on(day).ok_or(NotOffered::Never)?;
        if let Some(last_day) = self.closed_on(day) {
            let mut reopens = day_after(last_day);
            // A holiday may lead into a leave.
            while let Some(last) = self.closed_on(reopens).filter(|last| day_after(*last) > reopens)
            {
                reopens = day_after(last);
            }
            let until = self.instant(reopens, NaiveTime::MIN).unwrap_or(starts_at);
            return Err(NotOffered::Closed { until });
        }
        let (start, opens) = (minute_of(local.time()), minute_of(hours.opens));
        if start < opens || (start - opens) % self.step.max(1) != 0 {
            return Err(NotOffered::Never);
        }
        let slot = self.slot(day, hours, start, visit).ok_or(NotOffered::Never)?;
        if slot.starts_at != starts_at {
            return Err(NotOffered::Never);
        }
        match self.reopens(day, start, visit) {
            Some(until) => Err(NotOffered::Closed { until }),
            None => Ok(slot),
        }
    }

    /// The first instant of a local day and the first after it.
    pub fn span_of(&self, day: NaiveDate) -> Option<(Timestamp, Timestamp)> {
        let midnight = |day: NaiveDate| time::first_at(self.zone, day.and_time(NaiveTime::MIN));
        Some((midnight(day)?, midnight(day.checked_add_days(Days::new(1))?)?))
    }

    /// From when until when the doctor sees patients on a local day, lunch included; `None`: not at all.
    pub fn reception_on(&self, day: NaiveDate) -> Option<(Timestamp, Timestamp)> {
        let spans = self.open_spans(day);
        let at = |clock: NaiveTime| time::first_at(self.zone, day.and_time(clock));
        Some((at(spans.first()?.0)?, at(spans.last()?.1)?))
    }

    /// Until when hours of the day are closed that hold this instant.
    pub fn closed_until(&self, at: Timestamp) -> Option<Timestamp> {
        let local = at.with_timezone(&self.zone).naive_local();
        let moment =
            (local.time(), local.time().overflowing_add_signed(TimeDelta::nanoseconds(1)).0);
        let until = closed_until(&self.closures, local.date(), moment)?;
        time::first_at(self.zone, local.date().and_time(until))
    }

    /// How long the doctor still sees patients on a local day, from `at` on: until the end of the hours, without lunch and
    /// without what is closed.
    pub fn time_left(&self, day: NaiveDate, at: Timestamp) -> TimeDelta {
        let lunch = self.hours_on(day).and_then(|hours| hours.lunch);
        let spans =
            self.open_spans(day).into_iter().flat_map(|span| without(span, lunch.into_iter()));
        let instant = |clock: NaiveTime| time::first_at(self.zone, day.and_time(clock));
        let lengths = spans.filter_map(|(from, until)| {
            Some((instant(until)? - instant(from)?.max(at)).max(TimeDelta::zero()))
        });
        lengths.sum()
    }

    /// From when until when the doctor has lunch on a local day.
    pub fn lunch_on(&self, day: NaiveDate) -> Option<(Timestamp, Timestamp)> {
        let (from, until) = self.hours_on(day)?.lunch?;
        let at = |clock: NaiveTime| time::first_at(self.zone, day.and_time(clock));
        Some((at(from)?, at(until)?))
    }

    /// When the doctor sees patients again after that local day; `None`: not within a year.
    pub fn next_reception(&self, day: NaiveDate) -> Option<Timestamp> {
        let mut days = day.iter_days().skip(1).take(366);
        days.find_map(|day| self.reception_on(day)).map(|(opens, _)| opens)
    }

    /// When the day that holds `starts_at` opens for booking; `None`: always open.
    pub fn opens_at(&self, starts_at: Timestamp) -> Option<Timestamp> {
        let release = self.release?;
        let day = time::day_of(starts_at, self.zone);
        let opening = day.checked_sub_days(Days::new(u64::from(release.days)))?;
        time::first_at(self.zone, opening.and_time(release.at))
    }

    /// The first instant at which a visit starting then can no longer be booked, moved or cancelled.
    pub fn cutoff_of(&self, starts_at: Timestamp) -> Timestamp {
        starts_at - time::minutes(self.cutoff)
    }

    fn hours_on(&self, day: NaiveDate) -> Option<Hours> {
        let valid = (self.valid_from..=self.valid_until).contains(&day);
        let weekday = usize::try_from(day.weekday().num_days_from_monday()).ok()?;
        self.hours.get(weekday).copied().flatten().filter(|_| valid)
    }

    /// The last day of what closes this one whole.
    fn closed_on(&self, day: NaiveDate) -> Option<NaiveDate> {
        closed_whole(&self.closures, day)
    }

    /// The hours of a local day, lunch included, without those that are closed.
    fn open_spans(&self, day: NaiveDate) -> Vec<(NaiveTime, NaiveTime)> {
        let hours = self.hours_on(day).filter(|_| self.closed_on(day).is_none());
        let left =
            |hours: Hours| without((hours.opens, hours.closes), closed_hours(&self.closures, day));
        hours.map(left).unwrap_or_default()
    }

    /// When visits go on where closed hours are in the way of one that starts at that minute of the day.
    fn reopens(&self, day: NaiveDate, start: u32, visit: Visit) -> Option<Timestamp> {
        let clock = |minute: u32| {
            let since = TimeDelta::minutes(i64::from(minute));
            NaiveTime::MIN.overflowing_add_signed(since).0
        };
        let visit = (clock(start), clock(start + self.length(visit)));
        let until = closed_until(&self.closures, day, visit)?;
        time::first_at(self.zone, day.and_time(until))
    }

    fn slot(&self, day: NaiveDate, hours: Hours, start: u32, visit: Visit) -> Option<Slot> {
        let end = start + self.length(visit);
        let crosses_lunch = hours
            .lunch
            .is_some_and(|(from, until)| start < minute_of(until) && end > minute_of(from));
        if end > minute_of(hours.closes) || crosses_lunch {
            return None;
        }
        let starts_at = self.instant(
            day,
            NaiveTime::MIN.overflowing_add_signed(TimeDelta::minutes(i64::from(start))).0,
        )?;
        Some(Slot { starts_at, ends_at: starts_at + time::minutes(self.length(visit)) })
    }

    fn instant(&self, day: NaiveDate, at: NaiveTime) -> Option<Timestamp> {
        let local = self.zone.from_local_datetime(&day.and_time(at)).earliest()?;
        Some(local.with_timezone(&Utc))
    }
}

fn minute_of(at: NaiveTime) -> u32 {
    use chrono::Timelike;
    at.hour() * 60 + at.minute()
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
