//! Versions of a schedule, dates with other hours, public holidays, breaks, and what may not be set.

use super::tests::{clock, day, local_starts, schedule};
use super::*;

/// The first of December begins a version with other hours; the one before has no end of its own.
fn changed_in_december() -> Schedule {
    let mut schedule = schedule(chrono_tz::Asia::Seoul);
    let mut later = schedule.versions[0].clone();
    later.valid_from = day("2026-12-01");
    later.step = 20;
    (later.seats, later.cutoff, later.notice) = (3, 0, 180);
    later.horizon = Some(30);
    later.release = None;
    let hours = Hours { opens: clock("10:00"), closes: clock("12:00"), lunch: None };
    later.hours = [Some(hours); 7];
    schedule.versions.push(later);
    schedule
}

#[test]
fn a_version_holds_from_its_day_on_until_the_next() {
    let schedule = changed_in_december();
    assert_eq!(local_starts(&schedule, "2026-11-30", Visit::Return).first().unwrap(), "09:00");
    let starts = local_starts(&schedule, "2026-12-01", Visit::Return);
    assert_eq!(starts[..3], ["10:00", "10:20", "10:40"]);
    assert_eq!((schedule.seats_on(day("2026-11-30")), schedule.most_seats()), (1, 3));
    assert_eq!(schedule.seats_on(day("2026-12-01")), 3);
    assert!(local_starts(&schedule, "2027-01-04", Visit::Return).is_empty(), "both have ended");
    let at = time::parse("2026-12-01T09:15:00+09:00").unwrap();
    assert_eq!(schedule.slot_at(at, Visit::Return), Err(NotOffered::Never));
}

#[test]
fn notice_ends_booking_before_the_cutoff_and_the_horizon_opens_a_day() {
    let schedule = changed_in_december();
    let visit = time::parse("2026-12-14T10:00:00+09:00").unwrap();
    assert_eq!(schedule.booking_ends(visit), visit - TimeDelta::minutes(180));
    assert_eq!(schedule.cutoff_of(visit), visit);
    assert_eq!(schedule.opens_at(visit), Some(time::parse("2026-11-14T00:00:00+09:00").unwrap()));
    let before = time::parse("2026-11-23T10:00:00+09:00").unwrap();
    assert_eq!(schedule.booking_ends(before), schedule.cutoff_of(before));
}

#[test]
fn a_holiday_is_closed_unless_a_version_or_a_date_opens_it() {
    let mut schedule = schedule(chrono_tz::Asia::Seoul);
    let monday = "2026-11-23";
    schedule.holidays = Arc::new(BTreeSet::from([day(monday)]));
    assert!(local_starts(&schedule, monday, Visit::Return).is_empty());
    assert_eq!(schedule.reception_on(day(monday)), None);
    let at = time::parse("2026-11-23T09:00:00+09:00").unwrap();
    let until = time::parse("2026-11-24T00:00:00+09:00").unwrap();
    assert_eq!(schedule.slot_at(at, Visit::First), Err(NotOffered::Closed { until }));
    let short = Hours { opens: clock("10:00"), closes: clock("11:00"), lunch: None };
    schedule.other_hours.insert(day(monday), short);
    assert_eq!(local_starts(&schedule, monday, Visit::First), ["10:00", "10:15", "10:30"]);
    schedule.other_hours.clear();
    schedule.versions[0].open_on_holidays = true;
    assert_eq!(local_starts(&schedule, monday, Visit::First).first().unwrap(), "09:00");
}

#[test]
fn a_date_of_its_own_may_open_a_free_weekday_and_has_no_breaks_but_its_own() {
    let mut schedule = schedule(chrono_tz::Asia::Seoul);
    let saturday = "2026-11-28";
    assert!(local_starts(&schedule, saturday, Visit::First).is_empty());
    let hours = Hours { opens: clock("12:00"), closes: clock("14:00"), lunch: None };
    schedule.other_hours.insert(day(saturday), hours);
    assert_eq!(local_starts(&schedule, saturday, Visit::First).len(), 7);
    schedule.closures.push(Closure::of_days(day(saturday), day(saturday)));
    assert!(local_starts(&schedule, saturday, Visit::First).is_empty(), "a closing wins");
}

#[test]
fn no_slot_crosses_any_of_several_breaks() {
    let mut schedule = schedule(chrono_tz::Asia::Seoul);
    let pause = Break { weekday: 0, span: (clock("10:30"), clock("10:45")) };
    schedule.versions[0].breaks = vec![pause];
    assert_eq!(schedule.versions[0].fault(), None);
    let starts = local_starts(&schedule, "2026-11-23", Visit::First);
    for (start, offered) in
        [("10:00", true), ("10:15", false), ("10:30", false), ("10:45", true), ("12:15", false)]
    {
        assert_eq!(starts.contains(&start.to_owned()), offered, "{start}");
    }
    assert!(local_starts(&schedule, "2026-11-24", Visit::First).contains(&"10:15".to_owned()));
    let now = time::parse("2026-11-23T10:00:00+09:00").unwrap();
    assert_eq!(schedule.time_left(day("2026-11-23"), now), TimeDelta::minutes(6 * 60 + 15));
}

#[test]
fn what_may_not_be_set_is_named() {
    let sane = schedule(chrono_tz::Asia::Seoul).versions.remove(0);
    assert_eq!(sane.fault(), None);
    let pause = |from, until| Break { weekday: 0, span: (clock(from), clock(until)) };
    let night = Hours { opens: clock("18:00"), closes: clock("09:00"), lunch: None };
    let outside = Hours {
        opens: clock("09:00"),
        closes: clock("12:00"),
        lunch: sane.hours[0].unwrap().lunch,
    };
    let five = ["09:00", "09:15", "09:30", "09:45", "10:00"].map(|from| {
        let from = clock(from);
        Break { weekday: 0, span: (from, from + TimeDelta::minutes(5)) }
    });
    for (field, wrong) in [
        ("until", Terms { valid_until: day("2025-12-31"), ..sane.clone() }),
        ("until", Terms { valid_until: day("2200-01-01"), ..sane.clone() }),
        ("slot_minutes", Terms { step: 4, ..sane.clone() }),
        ("slot_minutes", Terms { step: 481, ..sane.clone() }),
        ("first_minutes", Terms { first_visit_minutes: 0, ..sane.clone() }),
        ("return_minutes", Terms { return_visit_minutes: 481, ..sane.clone() }),
        ("seats", Terms { seats: 0, ..sane.clone() }),
        ("seats", Terms { seats: 51, ..sane.clone() }),
        ("cutoff_minutes", Terms { cutoff: MAX_AHEAD_MINUTES + 1, ..sane.clone() }),
        ("notice_minutes", Terms { notice: MAX_AHEAD_MINUTES + 1, ..sane.clone() }),
        ("horizon_days", Terms { horizon: Some(MAX_AHEAD_DAYS + 1), ..sane.clone() }),
        ("approval_hours", Terms { approval_hours: Some(0), ..sane.clone() }),
        ("approval_hours", Terms { approval_hours: Some(169), ..sane.clone() }),
        ("hours", Terms { hours: [Some(night); 7], ..sane.clone() }),
        ("hours", Terms { hours: [Some(outside); 7], ..sane.clone() }),
        ("breaks", Terms { breaks: vec![pause("08:00", "09:15")], ..sane.clone() }),
        ("breaks", Terms { breaks: vec![pause("12:00", "13:00")], ..sane.clone() }),
        ("breaks", Terms { breaks: vec![pause("10:00", "10:00")], ..sane.clone() }),
        ("breaks", Terms { breaks: five.to_vec(), ..sane.clone() }),
    ] {
        assert_eq!(wrong.fault(), Some(field), "{wrong:?}");
    }
    assert_eq!(Terms { breaks: five[..4].to_vec(), ..sane }.fault(), None);
}
