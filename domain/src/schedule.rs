//! When a doctor can be booked: which version of the schedule holds on a day, the hours of that day, lunch, closures, public
//! holidays, the day's release. Slots are computed from this and never stored before
//! they are taken. Across a clock change the wall clock rules: 09:00 stays 09:00, a start that
//! the clock skips is not offered, of a start that it shows twice the first is meant.

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use crate::closures::Closure;
use crate::closures::{closed_hours, closed_until, closed_whole, day_after, without};
pub use crate::terms::{
    Break, FOREVER, Hours, MAX_AHEAD_DAYS, MAX_AHEAD_MINUTES, MAX_BREAKS, MINUTES, Release, SEATS,
    Span, Terms, Visit, minute_of,
};
use crate::time::{self, Timestamp};

/// A bookable time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot {
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

/// A doctor's schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    pub zone: Tz,
    /// In the order of their first days: each holds until the next one begins.
    pub versions: Vec<Terms>,
    pub closures: Vec<Closure>,
    /// Dates with other hours than their weekday's, on public holidays too.
    pub other_hours: BTreeMap<NaiveDate, Hours>,
    /// Public holidays of the zone.
    pub holidays: Arc<BTreeSet<NaiveDate>>,
    /// Seats on which anybody may be by versions that are gone.
    pub seats_before: u8,
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
    /// With one version alone, or none, and no day that differs.
    pub fn of(zone: Tz, terms: impl IntoIterator<Item = Terms>) -> Self {
        Self {
            zone,
            versions: terms.into_iter().collect(),
            closures: Vec::new(),
            other_hours: BTreeMap::new(),
            holidays: Arc::default(),
            seats_before: 0,
        }
    }

    /// The version that holds on a local day.
    pub fn terms_on(&self, day: NaiveDate) -> Option<&Terms> {
        self.latest_on(day).filter(|terms| day <= terms.valid_until)
    }

    /// The version by which a day is judged that has none: the last before it, or else the first.
    fn terms_near(&self, day: NaiveDate) -> Option<&Terms> {
        self.latest_on(day).or(self.versions.first())
    }

    fn latest_on(&self, day: NaiveDate) -> Option<&Terms> {
        self.versions.iter().rev().find(|terms| terms.valid_from <= day)
    }

    /// Patients at the same time on a local day.
    pub fn seats_on(&self, day: NaiveDate) -> u8 {
        self.terms_on(day).map_or(0, |terms| terms.seats)
    }

    /// Patients at the same time when that starts.
    pub fn seats_at(&self, starts_at: Timestamp) -> u8 {
        self.seats_on(time::day_of(starts_at, self.zone))
    }

    /// Seats on which anybody may be, by any version that there was.
    pub fn most_seats(&self) -> u8 {
        self.versions.iter().map(|terms| terms.seats).fold(self.seats_before, u8::max)
    }

    /// Hours that the clinic has to approve what a patient books for then; `None`: it is booked at once.
    pub fn approval_hours_at(&self, starts_at: Timestamp) -> Option<u16> {
        self.terms_on(time::day_of(starts_at, self.zone))?.approval_hours
    }

    /// Minutes that a visit of this kind lasts on a local day.
    pub fn length_on(&self, day: NaiveDate, visit: Visit) -> u32 {
        self.terms_near(day).map_or(0, |terms| terms.length(visit))
    }

    /// All slots of a local day, in order, whether taken or not.
    pub fn slots_on(&self, day: NaiveDate, visit: Visit) -> Vec<Slot> {
        if self.closed_on(day).is_some() {
            return Vec::new();
        }
        let Some((terms, hours)) = self.hours_on(day) else { return Vec::new() };
        let breaks = self.breaks_on(day);
        let step = usize::try_from(terms.step.max(1)).unwrap_or(1);
        (minute_of(hours.opens)..minute_of(hours.closes))
            .step_by(step)
            .filter(|start| self.reopens(day, *start, terms.length(visit)).is_none())
            .filter_map(|start| self.slot(day, hours, &breaks, start, terms.length(visit)))
            .collect()
    }

    /// The slot that starts at this very instant.
    pub fn slot_at(&self, starts_at: Timestamp, visit: Visit) -> Result<Slot, NotOffered> {
        let local = starts_at.with_timezone(&self.zone);
        let day = local.date_naive();
        let (terms, hours) = self.hours_on(day).ok_or(NotOffered::Never)?;
        if let Some(last) = self.closed_on(day) {
            let mut reopens = day_after(last);
            // A holiday may lead into a leave.
            while let Some(next) =
                self.closed_on(reopens).map(day_after).filter(|next| *next > reopens)
            {
                reopens = next;
            }
            let until = self.instant(reopens, NaiveTime::MIN).unwrap_or(starts_at);
            return Err(NotOffered::Closed { until });
        }
        let (start, opens) = (minute_of(local.time()), minute_of(hours.opens));
        if start < opens || (start - opens) % terms.step.max(1) != 0 {
            return Err(NotOffered::Never);
        }
        let slot = self.slot(day, hours, &self.breaks_on(day), start, terms.length(visit));
        let slot = slot.filter(|slot| slot.starts_at == starts_at).ok_or(NotOffered::Never)?;
        match self.reopens(day, start, terms.length(visit)) {
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

    /// How long the doctor still sees patients on a local day, from `at` on: until the end of the hours, without breaks and
    /// without what is closed.
    pub fn time_left(&self, day: NaiveDate, at: Timestamp) -> TimeDelta {
        let breaks = self.breaks_on(day);
        let spans = self.open_spans(day).into_iter();
        let spans = spans.flat_map(|span| without(span, breaks.iter().copied()));
        let instant = |clock: NaiveTime| time::first_at(self.zone, day.and_time(clock));
        let lengths = spans.filter_map(|(from, until)| {
            Some((instant(until)? - instant(from)?.max(at)).max(TimeDelta::zero()))
        });
        lengths.sum()
    }

    /// From when until when the doctor has lunch on a local day.
    pub fn lunch_on(&self, day: NaiveDate) -> Option<(Timestamp, Timestamp)> {
        let (from, until) = self.hours_on(day)?.1.lunch?;
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
        let day = time::day_of(starts_at, self.zone);
        let terms = self.terms_near(day)?;
        let before = |days: u32, at: NaiveTime| {
            let opening = day.checked_sub_days(Days::new(u64::from(days)))?;
            time::first_at(self.zone, opening.and_time(at))
        };
        let release = terms.release.and_then(|release| before(release.days, release.at));
        let horizon = terms.horizon.and_then(|days| before(days, NaiveTime::MIN));
        release.max(horizon)
    }

    /// The first instant at which a visit starting then can no longer be moved or cancelled.
    pub fn cutoff_of(&self, starts_at: Timestamp) -> Timestamp {
        let terms = self.terms_near(time::day_of(starts_at, self.zone));
        starts_at - time::minutes(terms.map_or(0, |terms| terms.cutoff))
    }

    /// The first instant at which a visit starting then can no longer be booked.
    pub fn booking_ends(&self, starts_at: Timestamp) -> Timestamp {
        let terms = self.terms_near(time::day_of(starts_at, self.zone));
        starts_at - time::minutes(terms.map_or(0, |terms| terms.cutoff.max(terms.notice)))
    }

    /// The version of a local day and the hours of that date.
    pub(crate) fn hours_on(&self, day: NaiveDate) -> Option<(&Terms, Hours)> {
        let terms = self.terms_on(day)?;
        let hours = self.other_hours.get(&day).copied().or_else(|| terms.hours_of(day))?;
        Some((terms, hours))
    }

    /// All breaks of a local day. Hours of a date come with their own.
    pub(crate) fn breaks_on(&self, day: NaiveDate) -> Vec<Span> {
        if let Some(hours) = self.other_hours.get(&day) {
            return hours.lunch.into_iter().collect();
        }
        let Some(terms) = self.terms_on(day) else { return Vec::new() };
        let lunch = terms.hours_of(day).and_then(|hours| hours.lunch);
        lunch.into_iter().chain(terms.breaks_of(day)).collect()
    }

    /// The last day of what closes this one whole.
    pub(crate) fn closed_on(&self, day: NaiveDate) -> Option<NaiveDate> {
        closed_whole(&self.closures, day).or_else(|| self.is_holiday(day).then_some(day))
    }

    /// The hours of a local day, breaks included, without those that are closed.
    pub(crate) fn open_spans(&self, day: NaiveDate) -> Vec<Span> {
        let hours = self.hours_on(day).filter(|_| self.closed_on(day).is_none());
        let left =
            |hours: Hours| without((hours.opens, hours.closes), closed_hours(&self.closures, day));
        hours.map(|(_, hours)| left(hours)).unwrap_or_default()
    }

    /// When visits go on where closed hours are in the way of one that starts at that minute of the day.
    fn reopens(&self, day: NaiveDate, start: u32, length: u32) -> Option<Timestamp> {
        let clock = |minute: u32| {
            let since = TimeDelta::minutes(i64::from(minute));
            NaiveTime::MIN.overflowing_add_signed(since).0
        };
        let until = closed_until(&self.closures, day, (clock(start), clock(start + length)))?;
        time::first_at(self.zone, day.and_time(until))
    }

    /// A public holiday on which the doctor is not there.
    fn is_holiday(&self, day: NaiveDate) -> bool {
        self.holidays.contains(&day)
            && !self.other_hours.contains_key(&day)
            && !self.terms_on(day).is_some_and(|terms| terms.open_on_holidays)
    }

    fn slot(
        &self,
        day: NaiveDate,
        hours: Hours,
        breaks: &[Span],
        start: u32,
        length: u32,
    ) -> Option<Slot> {
        let end = start + length;
        let crosses = |(from, until): &Span| start < minute_of(*until) && end > minute_of(*from);
        if end > minute_of(hours.closes) || breaks.iter().any(crosses) {
            return None;
        }
        let starts_at = self.instant(
            day,
            NaiveTime::MIN.overflowing_add_signed(TimeDelta::minutes(i64::from(start))).0,
        )?;
        Some(Slot { starts_at, ends_at: starts_at + time::minutes(length) })
    }

    fn instant(&self, day: NaiveDate, at: NaiveTime) -> Option<Timestamp> {
        let local = self.zone.from_local_datetime(&day.and_time(at)).earliest()?;
        Some(local.with_timezone(&Utc))
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "version_tests.rs"]
mod version_tests;
