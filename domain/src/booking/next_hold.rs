//! The next hold of an account within what its hospital allows: how many at once, how often, and whether the same time again.

use chrono::TimeDelta;

use super::facts::AccountHold;
use crate::code::Code;
use crate::hold_limits::HoldLimits;
use crate::ids::DoctorId;
use crate::rejection::Rejection;
use crate::time::Timestamp;

/// The number of the account's next hold, of that time.
///
/// # Errors
/// `TOO_MANY_BOOKINGS`, with the time from which on there is room again.
pub(super) fn next_number(
    limits: HoldLimits,
    holds: &[AccountHold],
    (doctor, starts_at): (DoctorId, Timestamp),
    now: Timestamp,
) -> Result<u8, Rejection> {
    let too_many = |at| Rejection::at(Code::TooManyBookings, at);
    let again = TimeDelta::minutes(i64::from(limits.again_minutes));
    let same = holds.iter().filter(|hold| (hold.doctor_id, hold.starts_at) == (doctor, starts_at));
    if let Some(at) = same.map(|hold| hold.held_at + again).filter(|at| now < *at).max() {
        return Err(too_many(at));
    }
    let mut lasting: Vec<_> = holds.iter().filter_map(|hold| hold.held).collect();
    lasting.retain(|held| now < held.until);
    lasting.sort_by_key(|held| held.until);
    if let Some(held) = lasting.len().checked_sub(usize::from(limits.at_once)).map(|n| lasting[n]) {
        return Err(too_many(held.until));
    }
    let mut made: Vec<_> = holds.iter().map(|hold| hold.held_at + TimeDelta::hours(1)).collect();
    made.retain(|at| now < *at);
    made.sort_unstable();
    if let Some(n) = made.len().checked_sub(usize::from(limits.an_hour)) {
        return Err(too_many(made[n]));
    }
    // One that is over has its number until it is ended.
    let in_use = |number: &u8| holds.iter().any(|h| h.held.is_some_and(|h| h.number == *number));
    (1..=u8::MAX)
        .find(|number| !in_use(number))
        .ok_or_else(|| Rejection::new(Code::TooManyBookings))
}

#[cfg(test)]
mod tests {
    use super::super::Held;
    use super::*;
    use crate::ids::BookingId;
    use crate::time::from_millis;

    const MINUTE: i64 = 60_000;

    fn hold(minute: i64, starts: i64, number: Option<u8>) -> AccountHold {
        let (held_at, starts_at) = (from_millis(minute * MINUTE), from_millis(starts));
        let until = held_at + TimeDelta::minutes(5);
        let held = number.map(|number| Held { until, number });
        let (booking_id, doctor_id) =
            (BookingId::generate(), DoctorId::from_uuid(uuid::Uuid::nil()));
        AccountHold { booking_id, doctor_id, starts_at, held_at, held }
    }

    /// The minute from which on it may be tried again, or the number.
    fn next(holds: &[AccountHold], starts: i64, minute: i64) -> Result<u8, i64> {
        let wish = (DoctorId::from_uuid(uuid::Uuid::nil()), from_millis(starts));
        let now = from_millis(minute * MINUTE);
        let next = next_number(HoldLimits::default(), holds, wish, now);
        next.map_err(|rejection| rejection.at.unwrap().timestamp_millis() / MINUTE)
    }

    #[test]
    fn two_at_once_and_not_the_same_time_again_for_half_an_hour() {
        let one = hold(0, 1, Some(1));
        assert_eq!(next(&[one], 2, 1), Ok(2));
        assert_eq!(next(&[one], 1, 1), Err(30), "the same time");
        assert_eq!(next(&[hold(0, 1, None)], 1, 29), Err(30), "given back or not");
        assert_eq!(next(&[hold(0, 1, None)], 1, 30), Ok(1));
        let two = [one, hold(1, 2, Some(2))];
        assert_eq!(next(&two, 3, 2), Err(5), "the first of them is over then");
        assert_eq!(next(&two, 3, 5), Ok(3), "over, but its number is not free yet");
    }

    #[test]
    fn ten_an_hour() {
        let mut holds: Vec<_> = (0..9).map(|n| hold(n, n, None)).collect();
        assert_eq!(next(&holds, 99, 20), Ok(1));
        holds.push(hold(9, 9, None));
        assert_eq!(next(&holds, 99, 20), Err(60));
        assert_eq!(next(&holds, 99, 60), Ok(1));
    }
}
