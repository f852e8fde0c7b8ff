//! When a doctor can be booked: weekly hours in the hospital's wall-clock time, lunch, closures, the
//! length of a visit, the day's release. Slots are computed from this and never stored before
//! they are taken. Across a clock change the wall clock rules: 09:00 stays 09:00, a start that
//! the clock skips is not offered, of a start that it shows twice the first is meant.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::booking::Visit;
use crate::time::{self, Timestamp};

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

/// Days without visits, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Closure {
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
}

/// A doctor's schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    pub zone: Tz,
    /// Minutes between two starts.
    pub step: u32,
    /// Minutes of a first visit.
    pub first: u32,
    /// Minutes of a return visit.
    pub again: u32,
    /// Patients at the same time.
    pub seats: u8,
    pub release: Option<Release>,
    /// Minutes before the start at which booking and cancelling end.
    pub cutoff: u32,
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
    /// The day is closed; visits go on at this instant.
    Closed { until: Timestamp },
}

impl Schedule {
    /// Minutes that a visit of this kind lasts.
    pub fn length(&self, visit: Visit) -> u32 {
        match visit {
            Visit::First => self.first,
            Visit::Return => self.again,
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
            .filter_map(|start| self.slot(day, hours, start, visit))
            .collect()
    }

    /// The slot that starts at this very instant.
    pub fn slot_at(&self, starts_at: Timestamp, visit: Visit) -> Result<Slot, NotOffered> {
        let local = starts_at.with_timezone(&self.zone);
        let day = local.date_naive();
        let hours = self.hours_on(day).ok_or(NotOffered::Never)?;
        if let Some(closure) = self.closed_on(day) {
            let mut reopens = day_after(closure.last_day);
            // A holiday may lead into a leave.
            while let Some(next) =
                self.closed_on(reopens).filter(|next| day_after(next.last_day) > reopens)
            {
                reopens = day_after(next.last_day);
            }
            let until = self.instant(reopens, NaiveTime::MIN).unwrap_or(starts_at);
            return Err(NotOffered::Closed { until });
        }
        let (start, opens) = (minute_of(local.time()), minute_of(hours.opens));
        if start < opens || (start - opens) % self.step.max(1) != 0 {
            return Err(NotOffered::Never);
        }
        let slot = self.slot(day, hours, start, visit).ok_or(NotOffered::Never)?;
        if slot.starts_at == starts_at { Ok(slot) } else { Err(NotOffered::Never) }
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

    fn closed_on(&self, day: NaiveDate) -> Option<&Closure> {
        self.closures.iter().find(|closure| (closure.first_day..=closure.last_day).contains(&day))
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

fn day_after(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

fn minute_of(at: NaiveTime) -> u32 {
    use chrono::Timelike;
    at.hour() * 60 + at.minute()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M").unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn schedule(zone: Tz) -> Schedule {
        let hours = Hours {
            opens: clock("09:00"),
            closes: clock("18:00"),
            lunch: Some((clock("12:30"), clock("14:00"))),
        };
        Schedule {
            zone,
            step: 15,
            first: 30,
            again: 15,
            seats: 1,
            release: Some(Release { days: 14, at: clock("08:00") }),
            cutoff: 60,
            valid_from: day("2026-01-01"),
            valid_until: day("2026-12-31"),
            hours: [Some(hours), Some(hours), Some(hours), Some(hours), Some(hours), None, None],
            closures: vec![Closure { first_day: day("2026-11-25"), last_day: day("2026-11-26") }],
        }
    }

    fn local_starts(schedule: &Schedule, on: &str, visit: Visit) -> Vec<String> {
        let slots = schedule.slots_on(day(on), visit);
        slots
            .iter()
            .map(|s| s.starts_at.with_timezone(&schedule.zone).format("%H:%M").to_string())
            .collect()
    }

    #[test]
    fn no_slot_crosses_lunch_or_closing() {
        let starts = local_starts(&schedule(chrono_tz::Asia::Seoul), "2026-11-23", Visit::First);
        assert_eq!(starts.first().unwrap(), "09:00");
        assert!(starts.contains(&"12:00".to_owned()) && !starts.contains(&"12:15".to_owned()));
        assert!(!starts.contains(&"13:45".to_owned()) && starts.contains(&"14:00".to_owned()));
        assert_eq!(starts.last().unwrap(), "17:30");
    }

    #[test]
    fn closures_weekends_and_validity_offer_nothing() {
        let schedule = schedule(chrono_tz::Asia::Seoul);
        for closed in ["2026-11-25", "2026-11-26", "2026-11-28", "2027-01-04"] {
            assert!(schedule.slots_on(day(closed), Visit::Return).is_empty(), "{closed}");
        }
        let at = time::parse("2026-11-25T09:00:00+09:00").unwrap();
        let until = time::parse("2026-11-27T00:00:00+09:00").unwrap();
        assert_eq!(schedule.slot_at(at, Visit::First), Err(NotOffered::Closed { until }));
    }

    #[test]
    fn closures_that_adjoin_or_overlap_end_with_the_last() {
        let mut schedule = schedule(chrono_tz::Asia::Seoul);
        let closure = |first_day: &str, last_day: &str| Closure {
            first_day: day(first_day),
            last_day: day(last_day),
        };
        schedule
            .closures
            .extend([closure("2026-11-27", "2026-11-29"), closure("2026-11-28", "2026-12-01")]);
        let at = time::parse("2026-11-25T09:00:00+09:00").unwrap();
        let until = time::parse("2026-12-02T00:00:00+09:00").unwrap();
        assert_eq!(schedule.slot_at(at, Visit::First), Err(NotOffered::Closed { until }));
    }

    #[test]
    fn a_release_in_an_hour_that_is_skipped_comes_right_after_it() {
        let mut schedule = schedule(chrono_tz::America::New_York);
        schedule.release = Some(Release { days: 1, at: clock("02:30") });
        let opens = schedule.opens_at(time::parse("2026-03-09T09:00:00-04:00").unwrap());
        assert_eq!(opens, Some(time::parse("2026-03-08T03:00:00-04:00").unwrap()));
    }

    #[test]
    fn a_start_off_the_grid_is_not_offered() {
        let schedule = schedule(chrono_tz::Asia::Seoul);
        for off in
            ["2026-11-23T09:07:00+09:00", "2026-11-23T09:00:01+09:00", "2026-11-23T08:45:00+09:00"]
        {
            assert_eq!(
                schedule.slot_at(time::parse(off).unwrap(), Visit::First),
                Err(NotOffered::Never),
                "{off}"
            );
        }
    }

    #[test]
    fn every_listed_slot_is_found_by_its_start() {
        for zone in
            [chrono_tz::Asia::Seoul, chrono_tz::America::New_York, chrono_tz::Europe::Berlin]
        {
            let schedule = schedule(zone);
            for date in day("2026-03-01").iter_days().take(280) {
                for slot in schedule.slots_on(date, Visit::First) {
                    assert_eq!(schedule.slot_at(slot.starts_at, Visit::First), Ok(slot));
                }
            }
        }
    }

    #[test]
    fn both_clock_changes_keep_wall_clock_hours() {
        let mut schedule = schedule(chrono_tz::America::New_York);
        let night = Hours { opens: clock("00:00"), closes: clock("04:00"), lunch: None };
        schedule.hours = [Some(night); 7];
        let spring = local_starts(&schedule, "2026-03-08", Visit::Return);
        assert!(spring.contains(&"01:45".to_owned()) && spring.contains(&"03:00".to_owned()));
        assert!(!spring.iter().any(|at| at.starts_with("02:")), "02:00 does not exist that night");
        let autumn = local_starts(&schedule, "2026-11-01", Visit::Return);
        assert_eq!(
            autumn.iter().filter(|at| at.as_str() == "01:00").count(),
            1,
            "01:00 is offered once"
        );
        assert_eq!(autumn.len(), 16);
    }

    #[test]
    fn the_day_opens_by_the_release_rule() {
        let schedule = schedule(chrono_tz::Asia::Seoul);
        let visit = time::parse("2026-12-07T10:00:00+09:00").unwrap();
        assert_eq!(
            schedule.opens_at(visit),
            Some(time::parse("2026-11-23T08:00:00+09:00").unwrap())
        );
    }
}
