//! Which of a doctor's slots can still be booked: the schedule minus booked time, as the rules see it at an instant. Time
//! alone changes it too, at midnight, when a day is released and when a slot's cut-off passes.

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use domain::booking::TakenTime;
use domain::directory::Doctor;
use domain::schedule::Visit;
use domain::time::{self, Timestamp};
use std::collections::BTreeMap;

/// Days that are counted, today included.
pub const DAYS: u64 = 30;

/// What can be booked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FreeSlots {
    /// Free starts of a first visit on each day that has any.
    pub by_day: BTreeMap<NaiveDate, u32>,
    /// When time alone changes it.
    pub until: Timestamp,
}

/// The days that are counted from an instant on.
pub fn days(doctor: &Doctor, at: Timestamp) -> impl Iterator<Item = NaiveDate> + use<> {
    let today = time::day_of(at, doctor.zone());
    (0..DAYS).filter_map(move |count| today.checked_add_days(Days::new(count)))
}

/// The doctor's free slots at that instant. `taken` has all time in use of these days.
pub fn free_slots(doctor: &Doctor, taken: &TakenTime, at: Timestamp) -> FreeSlots {
    let (schedule, zone) = (&doctor.schedule, doctor.zone());
    let midnight = time::day_of(at, zone).succ_opt();
    let midnight = midnight.and_then(|day| time::first_at(zone, day.and_time(NaiveTime::MIN)));
    let mut until = midnight.unwrap_or(at + TimeDelta::hours(24));
    let mut by_day = BTreeMap::new();
    for day in days(doctor, at) {
        for slot in schedule.slots_on(day, Visit::First) {
            let ends = schedule.booking_ends(slot.starts_at);
            let opens = schedule.opens_at(slot.starts_at).filter(|opens| at < *opens);
            if at >= ends || taken.seats_free(slot, schedule.seats_on(day)) == 0 {
                continue;
            }
            until = until.min(opens.unwrap_or(ends));
            if opens.is_none() {
                *by_day.entry(day).or_default() += 1;
            }
        }
    }
    FreeSlots { by_day, until }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::booking::Taken;
    use domain::hold_limits::HoldLimits;
    use domain::ids::{DoctorId, HospitalId, RequestId};
    use domain::schedule::{Hours, Release, Schedule, Terms};

    fn doctor(release: Option<Release>, cutoff: u32) -> Doctor {
        let clock = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let hours = Hours { opens: clock(9), closes: clock(12), lunch: None };
        let terms = Terms {
            step: 60,
            first_visit_minutes: 60,
            return_visit_minutes: 30,
            seats: 1,
            release,
            cutoff,
            notice: 0,
            horizon: None,
            open_on_holidays: false,
            approval_hours: None,
            valid_from: "2026-01-01".parse().unwrap(),
            valid_until: "2026-11-24".parse().unwrap(),
            hours: [Some(hours); 7],
            breaks: Vec::new(),
        };
        let schedule = Schedule::of(chrono_tz::Asia::Seoul, [terms]);
        Doctor {
            id: DoctorId::generate(),
            hospital_id: HospitalId::generate(),
            schedule,
            max_open_bookings: 3,
            max_open_account: None,
            max_per_doctor_day: 1,
            holds: HoldLimits::default(),
        }
    }

    fn at(text: &str) -> Timestamp {
        time::parse(text).unwrap()
    }

    fn counted(found: &FreeSlots) -> Vec<(String, u32)> {
        found.by_day.iter().map(|(day, count)| (day.to_string(), *count)).collect()
    }

    #[test]
    fn booked_time_and_time_that_has_passed_are_not_free() {
        let doctor = doctor(None, 30);
        let starts_at = at("2026-11-24T10:00:00+09:00");
        let ends_at = starts_at + TimeDelta::minutes(30);
        let request_id = RequestId::generate();
        let taken = Taken { seat: 0, starts_at, ends_at, request_id, held_until: None };
        let taken = TakenTime::new(vec![taken]);
        let found = free_slots(&doctor, &taken, at("2026-11-23T09:29:59+09:00"));
        assert_eq!(counted(&found), [("2026-11-23".to_owned(), 2), ("2026-11-24".to_owned(), 2)]);
        assert_eq!(found.until, at("2026-11-23T09:30:00+09:00"), "the cut-off of 10:00");
        let found = free_slots(&doctor, &taken, at("2026-11-23T11:00:00+09:00"));
        assert_eq!(counted(&found), [("2026-11-24".to_owned(), 2)]);
        assert_eq!(found.until, at("2026-11-24T00:00:00+09:00"));
    }

    #[test]
    fn a_day_that_is_not_released_is_not_free_and_becomes_so_by_time() {
        let release = Release { days: 1, at: NaiveTime::from_hms_opt(8, 0, 0).unwrap() };
        let doctor = doctor(Some(release), 0);
        let found = free_slots(&doctor, &TakenTime::default(), at("2026-11-23T07:00:00+09:00"));
        assert_eq!(counted(&found), [("2026-11-23".to_owned(), 3)]);
        assert_eq!(found.until, at("2026-11-23T08:00:00+09:00"));
        let found = free_slots(&doctor, &TakenTime::default(), found.until);
        assert_eq!(counted(&found), [("2026-11-23".to_owned(), 3), ("2026-11-24".to_owned(), 3)]);
    }
}
