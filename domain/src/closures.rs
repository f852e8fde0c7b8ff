//! Days, or hours of days, without visits, in the wall-clock time of a hospital; and what they leave of a day's hours.

use chrono::{Days, NaiveDate, NaiveTime};

/// Days without visits, both ends included; with hours: those hours of each of these days.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Closure {
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub hours: Option<(NaiveTime, NaiveTime)>,
}

impl Closure {
    /// Whole days.
    pub const fn of_days(first_day: NaiveDate, last_day: NaiveDate) -> Self {
        Self { first_day, last_day, hours: None }
    }

    /// How many days it has.
    pub fn days(&self) -> u64 {
        u64::try_from((self.last_day - self.first_day).num_days() + 1).unwrap_or(0)
    }

    fn holds(&self, day: NaiveDate) -> bool {
        (self.first_day..=self.last_day).contains(&day)
    }
}

/// The day with all of a doctor's closures: the last day of the one that closes it whole, if one does.
pub(crate) fn closed_whole(closures: &[Closure], day: NaiveDate) -> Option<NaiveDate> {
    let whole = closures.iter().find(|closure| closure.hours.is_none() && closure.holds(day));
    whole.map(|closure| closure.last_day)
}

/// Hours of the day that are closed, whole days apart.
pub(crate) fn closed_hours(
    closures: &[Closure],
    day: NaiveDate,
) -> impl Iterator<Item = (NaiveTime, NaiveTime)> {
    closures.iter().filter(move |closure| closure.holds(day)).filter_map(|closure| closure.hours)
}

/// Until when a visit from `from` to `until` is closed out by hours of its day; hours that adjoin end with the last.
pub(crate) fn closed_until(
    closures: &[Closure],
    day: NaiveDate,
    (from, until): (NaiveTime, NaiveTime),
) -> Option<NaiveTime> {
    let overlap = |(begins, ends): (NaiveTime, NaiveTime)| begins < until && from < ends;
    let mut end =
        closed_hours(closures, day).filter(|hours| overlap(*hours)).map(|hours| hours.1).max()?;
    let leads_on = |end: NaiveTime| {
        let on = closed_hours(closures, day).filter(move |hours| hours.0 <= end && end < hours.1);
        on.map(|hours| hours.1).max()
    };
    while let Some(later) = leads_on(end) {
        end = later;
    }
    Some(end)
}

/// What these hours leave of a span of the day, in order.
pub(crate) fn without(
    span: (NaiveTime, NaiveTime),
    cuts: impl Iterator<Item = (NaiveTime, NaiveTime)>,
) -> Vec<(NaiveTime, NaiveTime)> {
    let mut left = vec![span];
    for (begins, ends) in cuts {
        let parts = left
            .into_iter()
            .flat_map(|(from, until)| [(from, until.min(begins)), (from.max(ends), until)]);
        left = parts.filter(|(from, until)| from < until).collect();
    }
    left
}

/// The day after.
pub(crate) fn day_after(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(hour: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, 0, 0).unwrap()
    }

    fn hours(from: u32, until: u32) -> Closure {
        let day = NaiveDate::default();
        Closure { hours: Some((clock(from), clock(until))), ..Closure::of_days(day, day) }
    }

    #[test]
    fn a_visit_that_only_touches_closed_hours_is_not_closed_out() {
        let (day, closures) = (NaiveDate::default(), [hours(13, 15), hours(15, 16), hours(17, 18)]);
        let until = |from, until| closed_until(&closures, day, (clock(from), clock(until)));
        assert_eq!(until(12, 13), None);
        assert_eq!(until(16, 17), None);
        assert_eq!(until(12, 14), Some(clock(16)), "those that adjoin end with the last");
        assert_eq!(until(15, 16), Some(clock(16)));
        assert_eq!(closed_until(&closures, day_after(day), (clock(13), clock(14))), None);
    }

    #[test]
    fn closed_hours_are_cut_out_of_a_day() {
        let cut = |cuts: &[(u32, u32)]| -> Vec<(u32, u32)> {
            let cuts = cuts.iter().map(|(from, until)| (clock(*from), clock(*until)));
            let left = without((clock(9), clock(18)), cuts);
            left.iter().map(|(from, until)| (hour(*from), hour(*until))).collect()
        };
        assert_eq!(cut(&[]), [(9, 18)]);
        assert_eq!(cut(&[(13, 14)]), [(9, 13), (14, 18)]);
        assert_eq!(cut(&[(8, 10), (17, 20), (12, 13)]), [(10, 12), (13, 17)]);
        assert_eq!(cut(&[(9, 12), (11, 18)]), []);
    }

    fn hour(at: NaiveTime) -> u32 {
        chrono::Timelike::hour(&at)
    }
}
