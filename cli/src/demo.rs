//! The demonstration that the project makes itself: hospitals, doctors, patients and staff, all with
//! ids derived from their number, so that making them again finds them there. No person or institution
//! here is real.

use chrono::{Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use domain::schedule::Release;
use domain::time::{self, Timestamp};
use uuid::Uuid;

use crate::failure::CliError;

pub mod doctors;
pub mod hospitals;
pub mod patients;
pub mod seed;
mod store;

/// Namespace of the demonstration's ids.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_6d2e_0d0c_5de0_9a3e_d0cd_e000_0002);

const SURNAMES: [&str; 12] =
    ["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "오"];
const GIVEN: [&str; 16] = [
    "서연", "민준", "지우", "도윤", "하은", "시우", "수아", "예준", "지민", "주원", "채원", "현우",
    "다은", "준서", "유나", "건우",
];
const DEPARTMENTS: [&str; 8] =
    ["내과", "소아청소년과", "정형외과", "이비인후과", "피부과", "안과", "산부인과", "가정의학과"];

/// The id of the demonstration's thing of this kind and number.
fn id(kind: &str, number: impl std::fmt::Display) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{kind} {number}").as_bytes())
}

/// A made-up name.
fn name(number: usize) -> String {
    format!("{}{}", SURNAMES[number % SURNAMES.len()], GIVEN[number / SURNAMES.len() % GIVEN.len()])
}

/// A doctor with the schedule that they get.
#[derive(Clone, PartialEq, Eq, Debug)]
struct NewDoctor {
    id: Uuid,
    hospital_id: Uuid,
    name: String,
    department: &'static str,
    step: u16,
    first: u16,
    again: u16,
    seats: u8,
    release: Option<Release>,
    valid_from: NaiveDate,
    valid_until: NaiveDate,
    hours: &'static [Hours],
}

/// Hours of some weekdays (1 Monday .. 7 Sunday): opens, closes, lunch; as (hour, minute).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Hours {
    weekday: u8,
    opens: (u32, u32),
    closes: (u32, u32),
    lunch: Option<[(u32, u32); 2]>,
}

const fn full(weekday: u8) -> Hours {
    Hours { weekday, opens: (9, 0), closes: (18, 0), lunch: Some([(12, 30), (14, 0)]) }
}

const fn long(weekday: u8) -> Hours {
    Hours { weekday, opens: (8, 0), closes: (20, 0), lunch: None }
}

/// Weekdays 09:00-18:00 with lunch 12:30-14:00, Saturday until 13:00.
const WEEK: [Hours; 6] = [
    full(1),
    full(2),
    full(3),
    full(4),
    full(5),
    Hours { weekday: 6, opens: (9, 0), closes: (13, 0), lunch: None },
];

/// Every day 08:00-20:00, for loads that should not depend on the day of the week.
const EVERY_DAY: [Hours; 7] = [long(1), long(2), long(3), long(4), long(5), long(6), long(7)];

fn clock_time((hour, minute): (u32, u32)) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default()
}

/// Today in the zone, and the last of `days` further days.
fn span_of(now: Timestamp, zone: &str, days: u16) -> Result<(NaiveDate, NaiveDate), CliError> {
    let tz: Tz =
        zone.parse().map_err(|_| CliError::refused(format!("{zone} is not a known zone")))?;
    let today = time::day_of(now, tz);
    let until = today.checked_add_days(Days::new(days.into())).unwrap_or(today);
    Ok((today, until))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_follow_from_the_number() {
        assert_eq!(id("doctor", 3), id("doctor", 3));
        assert_ne!(id("doctor", 3), id("patient", 3));
        assert_eq!(name(0), "김서연");
        assert_ne!(name(1), name(12));
    }

    #[test]
    fn a_span_begins_with_the_zone_s_day() {
        let now = time::parse("2026-11-22T15:30:00Z").unwrap();
        assert_eq!(span_of(now, "Asia/Seoul", 1).unwrap().0.to_string(), "2026-11-23");
        assert_eq!(span_of(now, "America/New_York", 1).unwrap().0.to_string(), "2026-11-22");
        assert!(span_of(now, "Asia/Nowhere", 1).is_err());
    }
}
