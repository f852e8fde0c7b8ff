//! The hours of the doctors in the rules' tests.

use chrono::{NaiveDate, NaiveTime};

use crate::schedule::{Closure, Hours, Schedule, Terms};

/// Patients from 09:00 to 18:00 on all days but Sundays and the 26th of November.
pub(super) fn schedule() -> Schedule {
    let clock = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
    let hours = Hours { opens: clock(9), closes: clock(18), lunch: Some((clock(12), clock(13))) };
    let closed = day("2026-11-26");
    let mut week = [Some(hours); 7];
    week[6] = None;
    let terms = Terms {
        valid_from: day("2026-11-01"),
        valid_until: day("2027-11-01"),
        hours: week,
        ..Terms::plain(15, 30, 15)
    };
    let closures = vec![Closure::of_days(closed, closed)];
    Schedule { closures, ..Schedule::of(chrono_tz::Asia::Seoul, [terms]) }
}
