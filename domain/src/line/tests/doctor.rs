//! The doctor of the rules' tests.

use chrono::{NaiveDate, NaiveTime};

use crate::directory::Doctor;
use crate::hold_limits::HoldLimits;
use crate::ids::{DoctorId, HospitalId};
use crate::schedule::{Closure, Hours, Schedule, Terms};

fn schedule() -> Schedule {
    let clock = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
    let hours = Hours { opens: clock(9), closes: clock(18), lunch: Some((clock(12), clock(13))) };
    let closed = day("2026-11-26");
    let mut week = [Some(hours); 7];
    week[6] = None;
    let terms = Terms {
        step: 15,
        first_visit_minutes: 30,
        return_visit_minutes: 15,
        seats: 1,
        release: None,
        cutoff: 0,
        notice: 0,
        horizon: None,
        open_on_holidays: false,
        approval_hours: None,
        valid_from: day("2026-11-01"),
        valid_until: day("2027-11-01"),
        hours: week,
        breaks: Vec::new(),
    };
    let closures = vec![Closure::of_days(closed, closed)];
    Schedule { closures, ..Schedule::of(chrono_tz::Asia::Seoul, [terms]) }
}

/// Who sees patients from 09:00 to 18:00 on all days but Sundays and the 26th of November.
pub(super) fn doctor_of(hospital_id: HospitalId) -> Doctor {
    Doctor {
        id: DoctorId::generate(),
        hospital_id,
        schedule: schedule(),
        max_open_bookings: 3,
        max_open_account: None,
        max_per_doctor_day: 1,
        holds: HoldLimits::default(),
    }
}
