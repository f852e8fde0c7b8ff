//! Schedules on the calendar: hours, lunch, closures, releases, both clock changes.

use super::*;

pub(super) fn clock(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").unwrap()
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn schedule(zone: Tz) -> Schedule {
    let hours = Hours {
        opens: clock("09:00"),
        closes: clock("18:00"),
        lunch: Some((clock("12:30"), clock("14:00"))),
    };
    let terms = Terms {
        release: Some(Release { days: 14, at: clock("08:00") }),
        cutoff: 60,
        valid_from: day("2026-01-01"),
        valid_until: day("2026-12-31"),
        hours: [Some(hours), Some(hours), Some(hours), Some(hours), Some(hours), None, None],
        ..Terms::plain(15, 30, 15)
    };
    let closures = vec![Closure::of_days(day("2026-11-25"), day("2026-11-26"))];
    Schedule { closures, ..Schedule::of(zone, [terms]) }
}

pub(super) fn local_starts(schedule: &Schedule, on: &str, visit: Visit) -> Vec<String> {
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
    let closure = |first_day: &str, last_day: &str| Closure::of_days(day(first_day), day(last_day));
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
    schedule.versions[0].release = Some(Release { days: 1, at: clock("02:30") });
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
    for zone in [chrono_tz::Asia::Seoul, chrono_tz::America::New_York, chrono_tz::Europe::Berlin] {
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
    schedule.versions[0].hours = [Some(night); 7];
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
fn time_left_is_without_lunch_and_ends_with_the_hours() {
    let schedule = schedule(chrono_tz::Asia::Seoul);
    for (at, hours, minutes) in [
        ("23T08:00", 7, 30),
        ("23T09:00", 7, 30),
        ("23T12:00", 4, 30),
        ("23T13:00", 4, 0),
        ("23T17:50", 0, 10),
        ("23T18:00", 0, 0),
        ("23T23:00", 0, 0),
        ("25T10:00", 0, 0),
        ("28T10:00", 0, 0),
    ] {
        let now = time::parse(&format!("2026-11-{at}:00+09:00")).unwrap();
        let left = schedule.time_left(time::day_of(now, schedule.zone), now);
        assert_eq!(left, TimeDelta::minutes(hours * 60 + minutes), "{at}");
    }
}

#[test]
fn the_day_opens_by_the_release_rule() {
    let schedule = schedule(chrono_tz::Asia::Seoul);
    let visit = time::parse("2026-12-07T10:00:00+09:00").unwrap();
    assert_eq!(schedule.opens_at(visit), Some(time::parse("2026-11-23T08:00:00+09:00").unwrap()));
}

/// 09:00 to 18:00 with lunch from 12:30 to 14:00.
#[test]
fn closed_hours_take_the_slots_that_they_meet_and_tell_until_when() {
    let mut schedule = schedule(chrono_tz::Asia::Seoul);
    let monday = day("2026-11-23");
    let hours_from = |from: &str, until: &str| Closure {
        hours: Some((clock(from), clock(until))),
        ..Closure::of_days(monday, monday)
    };
    let all = schedule.slots_on(monday, Visit::First).len();
    schedule.closures.push(hours_from("15:10", "16:00"));
    let at = |clock: &str| time::parse(&format!("2026-11-23T{clock}:00+09:00")).unwrap();
    let closed_at =
        |schedule: &Schedule, clock: &str| match schedule.slot_at(at(clock), Visit::First) {
            Err(NotOffered::Closed { until }) => Some(until),
            other => other.map(|_| None).unwrap(),
        };
    let slots = schedule.slots_on(monday, Visit::First);
    let meets = slots.iter().any(|slot| slot.starts_at < at("16:00") && slot.ends_at > at("15:10"));
    assert!(slots.len() < all && !meets, "{slots:?}");
    assert_eq!(closed_at(&schedule, "15:30"), Some(at("16:00")));
    assert_eq!(closed_at(&schedule, "16:00"), None);
    assert_eq!(schedule.closed_until(at("15:09")), None);
    assert_eq!(schedule.closed_until(at("15:10")), Some(at("16:00")));
    assert_eq!(
        schedule.slot_at(at("15:07"), Visit::First),
        Err(NotOffered::Never),
        "no start at all"
    );
    let (opens, closes) = schedule.reception_on(monday).unwrap();
    let left = schedule.time_left(monday, opens);
    schedule.closures.push(hours_from("16:00", "23:00"));
    assert_eq!(closed_at(&schedule, "15:30"), Some(at("23:00")), "hours that adjoin");
    assert_eq!(schedule.reception_on(monday), Some((opens, at("15:10"))), "the day ends earlier");
    assert_eq!(schedule.time_left(monday, opens), left - (closes - at("16:00")));
    assert_eq!(schedule.slots_on(day("2026-11-24"), Visit::First).len(), all, "another day");
}
