//! When a line is full. The desk says how many numbers the day has; where it has not, a hospital may have its lines refuse
//! whoever would be seen after the end of reception. One rule for every way by which a number is taken.

use chrono::TimeDelta;

use super::{HospitalRules, Line, LineDay};
use crate::code::Code;
use crate::directory::Doctor;
use crate::rejection::Rejection;
use crate::schedule::Visit;
use crate::time::{self, Timestamp};

/// The most numbers that the desk may say a day has.
pub const MAX_CAP: u32 = 10_000;
/// From so many ended consultations of the day on, their mean is gone by; before, the length of a return visit.
pub const ENOUGH_SEEN: u32 = 5;

/// The line has room for one more.
pub(super) fn has_room(
    doctor: &Doctor,
    line: &Line,
    rules: &HospitalRules,
    now: Timestamp,
) -> Result<(), Rejection> {
    let is_full = match line.day.cap {
        Some(cap) => line.day.next_number > cap,
        None => rules.cap_by_finish && is_late(doctor, line, now),
    };
    if !is_full {
        return Ok(());
    }
    let day = time::day_of(now, doctor.zone());
    Err(Rejection { until: doctor.schedule.next_reception(day), ..Rejection::new(Code::LineFull) })
}

/// One more would be seen after the end of reception. All who may still come are counted, also those who are held or with the
/// doctor; so many patients are seen at a time as the doctor has seats.
fn is_late(doctor: &Doctor, line: &Line, now: Timestamp) -> bool {
    let left = doctor.schedule.time_left(time::day_of(now, doctor.zone()), now);
    let patients = i32::try_from(line.live_count() + 1).unwrap_or(i32::MAX);
    let seats = i32::from(doctor.schedule.seats_at(now).max(1));
    let needed = consultation(doctor, &line.day, now).checked_mul(patients);
    needed.is_none_or(|needed| needed > left * seats)
}

/// How long a consultation of the day takes on the mean.
pub(super) fn consultation(doctor: &Doctor, day: &LineDay, now: Timestamp) -> TimeDelta {
    if day.seen >= ENOUGH_SEEN {
        TimeDelta::seconds(i64::from(day.seen_s / day.seen))
    } else {
        let today = time::day_of(now, doctor.zone());
        time::minutes(doctor.schedule.length_on(today, Visit::Return))
    }
}
