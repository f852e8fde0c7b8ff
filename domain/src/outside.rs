//! Whether a time that somebody has lies within a schedule. What was booked before the schedule changed is kept, and may lie
//! outside.

use chrono::NaiveTime;

use crate::closures::closed_until;
use crate::schedule::{Schedule, Slot, Span};
use crate::time::{self, Timestamp};

/// Why a time that somebody has is outside of the schedule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outside {
    /// The doctor has no hours then, or a break.
    Hours,
    /// The day is closed.
    Closed,
    /// Fewer patients are seen at the same time.
    Seats,
}

impl Outside {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outside::Hours => "hours",
            Outside::Closed => "closed",
            Outside::Seats => "seats",
        }
    }
}

impl Schedule {
    /// Whether the doctor sees a patient on that seat for all that time. Where a visit may start is not asked: what was
    /// booked by another version of the schedule is kept.
    pub fn covers(&self, slot: Slot, seat: u8) -> Result<(), Outside> {
        let day = time::day_of(slot.starts_at, self.zone);
        let (terms, hours) = self.hours_on(day).ok_or(Outside::Hours)?;
        let local = |at: Timestamp| at.with_timezone(&self.zone).time();
        let visit = (local(slot.starts_at), local(slot.ends_at));
        if self.closed_on(day).is_some() || closed_until(&self.closures, day, visit).is_some() {
            return Err(Outside::Closed);
        }
        let within = |(from, until): Span| {
            let at = |clock: NaiveTime| time::first_at(self.zone, day.and_time(clock));
            at(from).zip(at(until))
        };
        let open = within((hours.opens, hours.closes));
        let is_open =
            open.is_some_and(|(from, until)| from <= slot.starts_at && slot.ends_at <= until);
        let mut breaks = self.breaks_on(day).into_iter().filter_map(within);
        if !is_open || breaks.any(|(from, until)| slot.starts_at < until && slot.ends_at > from) {
            return Err(Outside::Hours);
        }
        if seat < terms.seats { Ok(()) } else { Err(Outside::Seats) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Closure, Hours, Terms};
    use chrono::NaiveDate;

    fn clock(hour: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, 0, 0).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_is_outside_for_one_reason_that_is_said() {
        let hours =
            Hours { opens: clock(9), closes: clock(18), lunch: Some((clock(12), clock(13))) };
        let terms = Terms {
            valid_from: day("2026-11-01"),
            hours: [Some(hours), Some(hours), Some(hours), None, None, None, None],
            ..Terms::plain(20, 20, 20)
        };
        let mut schedule = Schedule::of(chrono_tz::Asia::Seoul, [terms]);
        let closed = day("2026-11-24");
        schedule.closures.push(Closure::of_days(closed, closed));
        for (from, until, seat, expected) in [
            ("23T09:00", "23T09:30", 0, Ok(())),
            ("23T09:05", "23T09:20", 0, Ok(())),
            ("23T17:30", "23T18:00", 0, Ok(())),
            ("23T17:45", "23T18:15", 0, Err(Outside::Hours)),
            ("23T08:45", "23T09:15", 0, Err(Outside::Hours)),
            ("23T11:45", "23T12:15", 0, Err(Outside::Hours)),
            ("23T09:00", "23T09:30", 1, Err(Outside::Seats)),
            ("24T09:00", "24T09:30", 0, Err(Outside::Closed)),
            ("26T09:00", "26T09:30", 0, Err(Outside::Hours)),
        ] {
            let at = |text: &str| time::parse(&format!("2026-11-{text}:00+09:00")).unwrap();
            let slot = Slot { starts_at: at(from), ends_at: at(until) };
            assert_eq!(schedule.covers(slot, seat), expected, "{from} {seat}");
        }
    }
}
