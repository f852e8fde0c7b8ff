//! The demonstration that the project makes itself: hospitals, doctors, patients and staff, all with
//! ids derived from their number, so that making them again finds them there. No person or institution
//! here is real.

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use domain::schedule::Hours;
use domain::time::{self, Timestamp};
use uuid::Uuid;

pub mod doctors;
pub mod hospitals;
pub mod patients;
pub mod seed;
pub mod staff;
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

/// Weekdays 09:00-18:00 with lunch 12:30-14:00, Saturday until 13:00.
fn week() -> [Option<Hours>; 7] {
    let lunch = Some((clock_time(12, 30), clock_time(14, 0)));
    let weekday = Hours { opens: clock_time(9, 0), closes: clock_time(18, 0), lunch };
    let saturday = Hours { opens: clock_time(9, 0), closes: clock_time(13, 0), lunch: None };
    let [weekday, saturday] = [Some(weekday), Some(saturday)];
    [weekday, weekday, weekday, weekday, weekday, saturday, None]
}

/// Every day 08:00-20:00, for loads that should not depend on the day of the week.
fn every_day() -> [Option<Hours>; 7] {
    [Some(Hours { opens: clock_time(8, 0), closes: clock_time(20, 0), lunch: None }); 7]
}

/// Every day, around the clock: a schedule's hours end on their own day, so its last second is not among them.
fn every_hour() -> [Option<Hours>; 7] {
    let closes = clock_time(23, 59) + TimeDelta::seconds(59);
    [Some(Hours { opens: clock_time(0, 0), closes, lunch: None }); 7]
}

fn clock_time(hour: i64, minute: i64) -> NaiveTime {
    NaiveTime::MIN + TimeDelta::minutes(hour * 60 + minute)
}

/// Today in the zone, and the last of `days` further days.
fn span_of(now: Timestamp, zone: Tz, days: u16) -> (NaiveDate, NaiveDate) {
    let today = time::day_of(now, zone);
    (today, today + Days::new(days.into()))
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
        assert_eq!(span_of(now, Tz::Asia__Seoul, 1).0.to_string(), "2026-11-23");
        assert_eq!(span_of(now, Tz::America__New_York, 1).0.to_string(), "2026-11-22");
    }
}
