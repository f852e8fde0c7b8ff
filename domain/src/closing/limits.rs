//! How far a closing may go, and who may make one.

use chrono::{Datelike, Days, NaiveDate};

use crate::people::Role;
use crate::schedule::Closure;

/// Who may close and open: a director whatever there is to close, a receptionist one day.
pub const CLOSERS: [Role; 2] = [Role::Director, Role::Receptionist];
/// Bookings that one command ends; the next goes on a second later. A transaction with a thousand would keep the patients of
/// the hospital waiting.
pub const ENDED_AT_ONCE: usize = 200;
/// Days of a closing.
pub const MAX_DAYS: u64 = 366;
/// Days of a closing of hours, each of which is a span of its own.
pub const MAX_DAYS_OF_HOURS: u64 = 31;
/// So many days ahead a closing may end.
pub const MAX_AHEAD: u64 = 731;
/// Closings of a hospital that are not over: all are read with its schedules.
pub const MAX_IN_FORCE: usize = 500;

/// The database's dates have four digits, and somebody asks for the day after.
const LAST_YEAR: i32 = 9_998;

/// The member that says days which can be closed on no day, however early it is asked: in no order, or too many. What is asked
/// of them grows with their number.
pub fn shape_fault(days: &Closure) -> Option<&'static str> {
    let most = if days.hours.is_some() { MAX_DAYS_OF_HOURS } else { MAX_DAYS };
    if days.last_day < days.first_day || days.days() > most || days.last_day.year() > LAST_YEAR {
        Some("last_day")
    } else if days.hours.is_some_and(|(from, until)| from >= until) {
        Some("until")
    } else {
        None
    }
}

/// The member that says days which cannot be closed on that day.
pub fn days_fault(days: &Closure, today: NaiveDate) -> Option<&'static str> {
    let latest = today.checked_add_days(Days::new(MAX_AHEAD)).unwrap_or(today);
    if days.first_day < today {
        Some("first_day")
    } else if days.last_day > latest {
        Some("last_day")
    } else {
        shape_fault(days)
    }
}
